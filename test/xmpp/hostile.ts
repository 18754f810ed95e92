/** Texts that have closed streams and broken parsers: a list of known kinds, and a generator of their mixtures. */
import fc from 'fast-check';

const CONTROLS = Array.from({ length: 33 }, (_, code) => String.fromCharCode(code === 32 ? 127 : code));

/** One of each kind: controls, non-characters, surrogates, markup, direction, look-alikes. */
export const HOSTILE: readonly string[] = [
  ...CONTROLS,
  ...CONTROLS.map((control) => `a${control}b`),
  '\uFFFE', '\uFFFF', 'a\uFFFEb', '\uFDD0', '\u{1FFFE}', '\u{10FFFF}', '\uD800', '\uDFFF', 'a\uD83D', '\uDE00b', '\uDE00\uD83D', '\uFEFF', '\uFFF9', '\u0085', '\u2028',
  '&', '&amp;', '&#0;', '&#x0;', '&#xFFFE;', '&undefined;', '&lt', '<', '</message>', '</stream:stream>', '<!-- c -->', '<?xml version="1.0"?>', '<?pi?>',
  '<!DOCTYPE a [<!ENTITY b "c">]>', '<![CDATA[x]]>', ']]>', ']]', ']]&gt;', '"', "'", '"\'<>&', '<message to="x"/>', "' xmlns='y", '\\', '\\00', '%00', '%s%n%x', '`', '$(x)', '${x}',
  '\u202E', '\u202Eabc\u202C', '\u200B', '\u200D', '\u00AD', '\u3000', '\u180E', '\uFF20', '\uFF0F', '\u2064', '\uE000', '\u{E0001}', '\u{F0000}',
  ' ', ' a', 'a ', 'a b', 'a@b', 'a/b', '@', '/', ':', 'a:b', '.', '..', '-', 'xn--a', 'ß', 'ς', 'İ', 'ı', 'K', '\u0345', 'ﬁ', '①', '㎏', 'ﷺ', '\u0300', 'e\u0301',
  '日本語', 'العربية', 'אב1', 'א1', '1א', 'ไทย', '🎉', '👩‍👩‍👧', '🏳️‍🌈', '\u{1F3F4}\u{E0067}\u{E0062}\u{E007F}', 'Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤', '﷽', '社會科學院語學研究所',
  "1;DROP TABLE users", "' OR 1=1 -- 1", '<script>alert(1)</script>', '\u0000\u0001\u0002', '\r\n.\r\n', 'a\r\nb: c', '\u001B[2J', 'x'.repeat(1_023), 'x'.repeat(1_024), '界'.repeat(400), '\u0000'.repeat(2_000),
];

/** Up to 40 pieces: any code unit (lone surrogates too), any character, or one of the list. */
export const hostileText = fc
  .array(
    fc.oneof(
      fc.constantFrom(...HOSTILE.filter((text) => text.length < 100)),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.string({ unit: 'binary', maxLength: 10 }),
      fc.string({ unit: 'grapheme', maxLength: 10 }),
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(''));
