/** Text that XML 1.0 can carry: one forbidden character closes the stream that all users share. */

/** XML 1.0 §2.2 Char, negated. With the `u` flag the surrogate range matches lone surrogates only. */
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\ud800-\udfff]/gu;

/** Each character that XML forbids becomes U+FFFD, which every client shows as damage. */
export function withoutForbidden(text: string): string {
  return text.replace(FORBIDDEN, '\ufffd');
}

/** LF line ends and no forbidden character; everything else stays as it is. */
export function cleanText(text: string): string {
  return withoutForbidden(text.replace(/\r\n?/g, '\n'));
}
