/** What a browser is told of a file of a mail, whatever its sender calls it. */
import { expect, it } from 'vitest';
import { fileHeaders } from '../../src/web/files.js';

const headersOf = (name: string, type = 'application/pdf'): Record<string, string> => fileHeaders({ name, type, size: 1, where: { part: 1 } });

it.each([
  ['a.pdf', 'inline; filename="a.pdf"'], ['ä.pdf', `inline; filename="_.pdf"; filename*=UTF-8''%C3%A4.pdf`], ["ä'(*).pdf", `inline; filename="_'(*).pdf"; filename*=UTF-8''%C3%A4%27%28%2A%29.pdf`],
  ['a";b="c.pdf', `inline; filename="a_;b=_c.pdf"; filename*=UTF-8''a%22%3Bb%3D%22c.pdf`], ['100%41.pdf', `inline; filename="100_41.pdf"; filename*=UTF-8''100%2541.pdf`],
])('%j is called %s', (name, disposition) => expect(headersOf(name)['content-disposition']).toBe(disposition));

it.each(['a\r\nSet-Cookie: x=1.pdf', 'a\0b.pdf', '\u202efdp.exe', '../../etc/passwd', '\ud800.pdf', ' ', ''])('%j is one value, of one line, in ASCII, and no path', (name) => {
  const { 'content-disposition': value = '' } = headersOf(name);
  expect(value).toMatch(/^(?:inline|attachment); filename="[ !#$&-[\]-~]*"(?:; filename\*=UTF-8''[\w!#$&+.^`|~%-]*)?$/);
  expect(value).not.toMatch(/\.\.\/|\/etc/);
});

it.each([
  ['image/svg+xml', 'x.svg'], ['text/html', 'x.html'], ['application/xhtml+xml', 'x.xhtml'], ['text/xml', 'x.xml'], ['application/javascript', 'x.js'], ['text/css', 'x.css'], ['multipart/mixed', 'x'], ['application/octet-stream', 'x.svg'], ['application/octet-stream', 'x.html'], ['', 'x'], ['__proto__', 'x'], ['message/rfc822', 'x.eml'],
])('%s called %s is kept, not shown, and could do nothing', (type, name) => {
  expect(headersOf(name, type)).toMatchObject({ 'content-type': 'application/octet-stream', 'content-disposition': expect.stringMatching(/^attachment; /) as string, 'content-security-policy': expect.stringMatching(/^sandbox; default-src 'none'; /) as string });
});
