/** What strangers put where their names and words go. */
import fc from 'fast-check';

export const HOSTILE: readonly string[] = [
  '"><svg onload=alert(1)>', "'><script>alert(1)</script>", '</title><script>alert(1)</script>', ']]><script/>', '<!--', '&lt;b&gt; &amp; &#x3c;', 'javascript:alert(1)', '{{7*7}} ${1}',
  '</style><img src=x onerror=alert(1)>', 'a\0b\u0001\u001f\u007f\u0085c', '\ufffe\uffff\ud800x\udc00', '\u202etxt.exe\u2066\u200f', 'line\r\nSet-Cookie: a=b\u2028x', 'Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324'.repeat(20),
  '<'.repeat(5_000), '👩‍👩‍👧‍👦'.repeat(60), 'مرحبا بالعالم', '漢字かな交じり文'.repeat(30), 'W'.repeat(300), ' '.repeat(40), '…', '\u200b',
];

/** Any text, and what is worse. */
export const foreignText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.array(fc.constantFrom(...HOSTILE, '<', '>', '&', '"', "'", '\0', '\ud83d', '\u0300'), { maxLength: 8 }).map((parts) => parts.join('')),
);
