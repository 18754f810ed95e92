/**
 * The words by which mail programs mark quoted history, per language. Data only: a language is added here, with a case
 * in test/translate/mail-quotes.test.ts.
 */

/**
 * The line above a quotation. `begins` may stand in an earlier line than `ends`; where a language begins with nothing
 * of its own (a date, or a name) `begins` is absent.
 */
export interface Attribution {
  readonly language: string;
  readonly begins?: RegExp;
  readonly ends: RegExp;
}

/** What every attribution ends in: looked at first, because it is cheap and hardly a line has it. */
export const ATTRIBUTION_TAILS: readonly string[] = [':', '：', 'wrote', '--'];

export const ATTRIBUTIONS: readonly Attribution[] = [
  { language: 'en', begins: /^On\b/, ends: /\b(?:wrote|writes|said)\s*[:：]$/ },
  { language: 'en', ends: /> (?:wrote|writes)\s*[:：]$/ },
  { language: 'en, without a colon', begins: /^(?:-{2,} )?On\b.{0,80}\d:\d\d/, ends: /@.{0,200} wrote(?: -{2,})?$/ },
  { language: 'any: a moment and an address', begins: /^(?=.{0,80}\b20\d\d\b)(?=.{0,80}\d[:.h]\d\d)/, ends: /<[^<>\s]{1,200}@[^<>\s]{1,200}>\s?[:：]$/ },
  { language: 'de', begins: /^Am\b/, ends: /\b(?:schrieb|hat geschrieben)\b.{0,200}:$/ },
  { language: 'fr', begins: /^Le\b/, ends: /\ba écrit\s*:$/ },
  { language: 'es', begins: /^El\b/, ends: /\bescribió\s*:$/ },
  { language: 'it', begins: /^(?:Il|In data)\b/, ends: /\bha scritto\s*:$/ },
  { language: 'pt', begins: /^(?:Em|A|No dia)\b/, ends: /\bescreveu\b.{0,200}:$/ },
  { language: 'nl', begins: /^(?:Op|Het)\b/, ends: /\b(?:schreef|geschreven)\b.{0,200}:$/ },
  { language: 'sv, da, no', ends: /\bskrev\b.{0,200}:$/ },
  { language: 'fi', ends: /\bkirjoitti\b.{0,200}:$/ },
  { language: 'pl', ends: /\b(?:napisał(?:\(?a\)?)?|pisze)\s*:$/ },
  { language: 'cs', begins: /^(?:Dne|[a-zá-ž]{2,3}\s)/, ends: /\bnapsal\(?a?\)?.{0,200}:$/ },
  { language: 'hu', ends: /\b(?:ezt írta|írta)\b.{0,200}:$/ },
  { language: 'ro', begins: /^(?:În|Pe)\b/, ends: /\ba scris\s*:$/ },
  { language: 'ru', ends: /(?:пишет|писал|написал|написала|написал\(а\))\s*:$/ },
  { language: 'uk', ends: /(?:пише|написав|написала)\s*:$/ },
  { language: 'el', ends: /έγραψε\s*:$/ },
  { language: 'tr', ends: /\b(?:şunu yazdı|yazdı)\s*:$/ },
  { language: 'vi', begins: /^Vào\b/, ends: /\sđã viết\s*:$/ },
  { language: 'ar', ends: /كتب.{0,200}:$/ },
  { language: 'he', ends: /כתב.{0,200}:$/ },
  { language: 'zh', ends: /(?:写道|寫道|写到)\s*[:：]$/ },
  { language: 'ja', ends: /(?:のメール|書きました|さんは書きました|wrote)\s*[:：]$/ },
  { language: 'ko', ends: /(?:작성|님이 작성|썼습니다)\s*[:：]$/ },
];

/** The fields of the header block that Outlook and its kin put above an unmarked quotation. */
export type BlockField = 'from' | 'sent' | 'to' | 'cc' | 'subject';

const BLOCK_LABELS: Readonly<Record<BlockField, readonly string[]>> = {
  from: ['From', 'Von', 'De', 'Da', 'Van', 'Från', 'Fra', 'Lähettäjä', 'Od', 'Feladó', 'От', 'Від', 'Από', 'Kimden', 'Gönderen', '发件人', '寄件者', '差出人', '보낸 사람'],
  sent: [
    'Sent', 'Date', 'Gesendet', 'Datum', 'Envoyé', 'Envoyé le', 'Fecha', 'Enviado', 'Enviado el', 'Inviato', 'Data', 'Verzonden', 'Skickat', 'Sendt', 'Dato',
    'Lähetetty', 'Päivämäärä', 'Wysłano', 'Odesláno', 'Elküldve', 'Дата', 'Отправлено', 'Надіслано', 'Ημερομηνία', 'Gönderilen', 'Gönderme Tarihi', 'Tarih',
    '发送时间', '日期', '寄件日期', '送信日時', '日付', '보낸 날짜', '날짜',
  ],
  to: ['To', 'An', 'À', 'Para', 'A', 'Aan', 'Till', 'Til', 'Vastaanottaja', 'Do', 'Komu', 'Címzett', 'Кому', 'Προς', 'Kime', 'Alıcı', '收件人', '收件者', '宛先', '받는 사람'],
  cc: ['Cc', 'CC', 'Kopie', 'Kopia', 'Kopi', 'Copie à', 'Копия', '抄送'],
  subject: ['Subject', 'Betreff', 'Objet', 'Sujet', 'Asunto', 'Oggetto', 'Assunto', 'Onderwerp', 'Ämne', 'Emne', 'Aihe', 'Temat', 'Předmět', 'Tárgy', 'Тема', 'Θέμα', 'Konu', '主题', '主旨', '件名', '제목'],
};

/** Label, lower-case, to its field. */
export const BLOCK_FIELD: ReadonlyMap<string, BlockField> = new Map(
  Object.entries(BLOCK_LABELS).flatMap(([field, labels]) => labels.map((label) => [label.toLowerCase(), field as BlockField])),
);

/** Between dashes or underscores above an answered mail. */
export const ORIGINAL_WORDS: readonly string[] = [
  'Original Message', 'Original Mail', 'Original Appointment', 'Reply Message', 'Ursprüngliche Nachricht', 'Originalnachricht', 'Message d’origine',
  "Message d'origine", 'Message original', 'Mensaje original', 'Messaggio originale', 'Mensagem original', 'Oorspronkelijk bericht',
  'Originalmeddelande', 'Ursprungligt meddelande', 'Original besked', 'Oprindelig meddelelse', 'Opprinnelig melding', 'Alkuperäinen viesti',
  'Oryginalna wiadomość', 'Wiadomość oryginalna', 'Původní zpráva', 'Eredeti üzenet', 'Исходное сообщение', 'Оригинальное сообщение', 'Orijinal Mesaj',
  '原始邮件', '原始郵件', '元のメッセージ', '원본 메시지',
];

/** Above a forwarded mail, which is what the sender wants to show: never cut. */
export const FORWARD_WORDS: readonly string[] = [
  'forwarded message', 'forwarded by', 'begin forwarded', 'weitergeleitete nachricht', 'anfang der weitergeleiteten', 'message transféré', 'début du message',
  'message réexpédié', 'mensaje reenviado', 'messaggio inoltrato', 'inizio messaggio', 'mensagem encaminhada', 'doorgestuurd bericht',
  'vidarebefordrat', 'videresendt', 'välitetty viesti', 'przekazana wiadomość', 'přeposlaná zpráva', 'továbbított', 'пересылаемое сообщение',
  'переслане повідомлення', 'iletilen', '转发的邮件', '轉寄', '転送', '전달된',
];

/** Subject prefixes of a forwarded mail. */
export const FORWARD_SUBJECT = /^\s*(?:fwd?|wg|tr|rv|i|enc|doorst|vs|vb|vl|pd|továbbítás|пер|fs|ilt|转发|轉寄|転送|전달)\s*[:：]/i;

/** The whole of a mail's last line, as telephones add it. */
export const DEVICE_LINES: readonly RegExp[] = [
  /^Sent from (?:my|the) [^.!?]{1,60}$/i,
  /^Sent (?:from|with|via) (?:Outlook|Mail|Yahoo Mail|Proton ?Mail|Gmail|Samsung|AOL|Zoho|BlackBerry|Nine|K-9 Mail|Thunderbird|Fairmail)\b[^.!?]{0,60}\.?$/i,
  /^Get Outlook for (?:iOS|Android)(?: ?<[^<>]{1,200}>)?$/i,
  /^(?:Von meinem|Gesendet von meinem|Gesendet mit der|Von unterwegs) [^.!?]{1,60}(?: gesendet\.?)?$/i,
  /^(?:Envoyé de(?:puis)? (?:mon|ma|l['’])|Télécharger Outlook|Obtenir Outlook) ?[^.!?]{1,60}$/i,
  /^Enviado (?:desde|do|de) (?:mi|meu|o meu|Correo|o) [^.!?]{1,60}$/i,
  /^Inviato da(?:l mio)? [^.!?]{1,60}$/i,
  /^(?:Verstuurd|Verzonden) (?:vanaf|met|vanuit) [^.!?]{1,60}$/i,
  /^Skickat från min [^.!?]{1,60}$/i,
  /^Sendt fra min [^.!?]{1,60}$/i,
  /^Lähetetty [^.!?]{1,40}(?:stä|sta|ltä|lta)$/i,
  /^Wysłane z [^.!?]{1,60}$/i,
  /^Odesláno z [^.!?]{1,60}$/i,
  /^Отправлено (?:с|из) [^.!?]{1,60}$/i,
  /^(?:iPhone|iPad)'?(?:umdan|imden) gönderildi$/i,
  /^(?:发自我的|從我的|从我的).{1,40}$/,
  /^(?:iPhone|iPad|Android)から送信$/,
  /^나의 .{1,20}에서 보냄$/,
];
