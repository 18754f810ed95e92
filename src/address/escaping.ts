/** XEP-0106 JID Escaping, version 1.1.1. */

const ESCAPED: Readonly<Record<string, string>> = {
  ' ': '\\20',
  '"': '\\22',
  '&': '\\26',
  "'": '\\27',
  '/': '\\2f',
  ':': '\\3a',
  '<': '\\3c',
  '>': '\\3e',
  '@': '\\40',
  '\\': '\\5c',
};

const UNESCAPED: Readonly<Record<string, string>> = Object.fromEntries(Object.entries(ESCAPED).map(([plain, escaped]) => [escaped, plain]));

/** The nine disallowed characters, and a backslash only where the two characters after it would make it an escape. */
const TO_ESCAPE = /[ "&'/:<>@]|\\(?=20|22|26|27|2f|3a|3c|3e|40|5c)/g;
const TO_UNESCAPE = /\\(?:20|22|26|27|2f|3a|3c|3e|40|5c)/g;

/**
 * XEP-0106 §4.2. Exact for every text that is lower-case already (the hex digits count in lower case only); a result
 * that begins or ends with `\20` is no localpart (§3.2), which `parseJid` and the address mapping check.
 */
export function escapeLocalpart(text: string): string {
  return text.replace(TO_ESCAPE, (character) => ESCAPED[character] ?? character);
}

/** XEP-0106 §3.3: only the listed lower-case sequences, once, left to right. */
export function unescapeLocalpart(text: string): string {
  return text.replace(TO_UNESCAPE, (sequence) => UNESCAPED[sequence] ?? sequence);
}
