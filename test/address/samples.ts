import fc from 'fast-check';
import type { MailAddress } from '../../src/address.js';

/** Characters that mean something somewhere, and characters that should mean nothing anywhere. */
const PIECES = [
  ...' !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
  '\\20', '\\22', '\\26', '\\27', '\\2f', '\\2F', '\\3a', '\\3c', '\\3e', '\\40', '\\5c', '\\5C', '\\41', '\\2',
  'a', 'B', 'z9', 'ab.cd', 'xn--', 'example', '.example', 'ß', 'ς', 'Σ', 'ı', 'İ', '\u212a', 'é', 'e\u0301', 'Ａ', '＠', '％', '。', 'ﬁ', '語', '宮', 'שלום', 'سلام', '\u{1f600}',
  '\u00ad', '\u200b', '\u200d', '\u202e', '\u2060', '\u3000', '\u00a0', '\ufeff', '\ufffe', '\uffff', '\ud800', '\udc00', '\0', '\x1b', '\r', '\n', '\t', '\x7f', '\u0085', '\u2028',
];

/** Short texts made of trouble. */
export const hostileText = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ maxLength: 20 }),
);

const SAFE = "abcXYZ0189!#$%&'*+-/=?^_`{|}~.. \"(),:;<>[]\\éñ語宮дю";
const HOSTS = ['b.example', 'localhost', 'xn--bcher-kva.example', 'mail.other.example', 'a-b.c-d.org', 'sub.mail.example.com', 'example.com'];

/** Mail addresses as the parser gives them, many of which need quotes. */
export const mailAddress: fc.Arbitrary<MailAddress> = fc
  .tuple(fc.string({ unit: fc.constantFrom(...SAFE), minLength: 1, maxLength: 16 }), fc.constantFrom(...HOSTS))
  .map(([local, domain]) => ({ kind: 'mail', local, domain }));
