/** Greetings, in the languages that we know them in. Pure. */

const GREETING = /^(?:hi|hey|hello|dear|good (?:morning|afternoon|evening)|hallo|guten (?:tag|morgen|abend)|liebe[rs]?|sehr geehrte[r]?|moin|servus|bonjour|bonsoir|salut|chère?s?|hola|buen[oa]s (?:d[ií]as|tardes|noches)|estimad[oa]s?|querid[oa]s?|ciao|buongiorno|gentile|car[oa]|olá|bom dia|prezad[oa]s?|hoi|beste|geachte|hej|cześć|dzień dobry|ahoj|dobrý den|привет|здравствуйте|добрый (?:день|вечер)|привіт|merhaba|sayın|γεια)(?![\p{L}\p{N}])[^?]{0,30}$/iu;
const GREETING_EAST_ASIAN = /^(?:你好|您好|大家好|こんにちは|こんばんは|おはようございます|お疲れ様です|안녕하세요)[\s!！。,，、~～]*$/u;

/** Is this a line that only greets, when something follows it? */
export function isGreeting(line: string): boolean {
  return GREETING.test(line) || GREETING_EAST_ASIAN.test(line);
}
