/** What people type for the site on which their presence may be shown. */
import { describe, expect, it } from 'vitest';
import { parseOrigin } from '../../src/presence/origin.js';

describe('an origin', () => {
  it.each([
    ['https://example.org', 'https://example.org'],
    [' HTTPS://Example.ORG:443/ ', 'https://example.org'],
    ['example.org', 'https://example.org'],
    ['example.org:8443', 'https://example.org:8443'],
    ['https://example.org/blog/?page=2#top', 'https://example.org'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['https://intranet', 'https://intranet'],
    ['https://192.0.2.1:8443', 'https://192.0.2.1:8443'],
    ['https://[2001:DB8::1]', 'https://[2001:db8::1]'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['http://blog.localhost', 'http://blog.localhost'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://[::1]:80', 'http://[::1]'],
  ])('%s is %s', (typed, origin) => {
    expect(parseOrigin(typed)).toBe(origin);
    expect(parseOrigin(origin)).toBe(origin);
  });

  it.each([
    '', ' ', 'http://example.org', 'http://localhost.example.org', 'http://notlocalhost', 'http://example.org.localhost.evil', 'ftp://example.org', 'data:text/html,x', 'javascript:alert(1)//', 'file:///etc/passwd', 'https://',
    'https://*.example.org', '*', 'https://user@example.org', 'https://user:word@example.org', 'https://example.org.', 'https://ex_ample.org', 'https://exa mple.org', 'example.org example.com',
    'https://example.org:99999', 'https://a;b', 'https://"x"', `https://${'a'.repeat(64)}.example`, `https://example.org/${'a'.repeat(3_000)}`, 'http://127.0.0.1.example.org', 'chrome-extension://abcdefgh',
  ])('is none: %s', (typed) => {
    expect(parseOrigin(typed)).toBeUndefined();
  });
});
