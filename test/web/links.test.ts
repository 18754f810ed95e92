import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newMessageId } from '../../src/message.js';
import { Links, type Token } from '../../src/web/links.js';

const KEY = randomBytes(32);
const links = new Links({ publicUrl: 'https://mail.example.com/post', key: KEY, lifetime: 1_000 });
const ID = '01k9z7t3w0abcdefghjkmnpqrs';
const EXPIRY = 1_800_000_000_000;

const tokenIn = (url: string): string => new URL(url).pathname.split('/')[3] ?? '';
const page = tokenIn(links.pageUrl(ID, 'verified', EXPIRY));

describe('a token', () => {
  it('says what it was made for, whatever that is', () => {
    const anyToken: fc.Arbitrary<Token> = fc.record({
      linked: fc.oneof(
        fc.record({ kind: fc.constant('page' as const), original: fc.nat(2 ** 45).map(newMessageId), authenticity: fc.constantFrom('verified' as const, 'unverified' as const) }),
        fc.record({ kind: fc.constant('file' as const), original: fc.nat(2 ** 45).map(newMessageId), part: fc.nat(999) }),
        fc.record({ kind: fc.constant('file' as const), original: fc.nat(2 ** 45).map(newMessageId), part: fc.nat(999), inside: fc.nat(999) }),
      ),
      expiresAt: fc.nat(2 ** 32).map((s) => s * 1_000),
    });
    fc.assert(
      fc.property(anyToken, (token) => {
        const { linked, expiresAt } = token;
        const url = linked.kind === 'page' ? links.pageUrl(linked.original, linked.authenticity, expiresAt) : links.fileUrl(linked.original, linked, 'a.png', expiresAt);
        expect(links.read(tokenIn(url))).toEqual(token);
      }),
    );
  });

  it('is refused when any of its bits is another', () => {
    for (let at = 0; at < page.length * 8; at++) {
      const bytes = Buffer.from(page);
      bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
      expect(links.read(bytes.toString('latin1')), `bit ${at}`).toBeUndefined();
    }
  });

  it('is refused with another id, expiry, purpose or key, cut, lengthened, or spelt otherwise', () => {
    const [id = '', what = '', expiry = '', proof = ''] = page.split('-');
    const later = (parseInt(expiry, 36) + 1).toString(36);
    const forged = [
      [newMessageId(Date.now()), what, expiry, proof], [id, 'u', expiry, proof], [id, '0', expiry, proof], [id, what, later, proof], [id, what, expiry, proof.slice(1)],
      [id, what, expiry, `0${proof}`], [id, what, expiry, proof.toUpperCase()], [id, what, `0${expiry}`, proof], [id, what, expiry, ''], [id, what, expiry, proof, ''],
    ].map((parts) => parts.join('-'));
    for (const token of [...forged, `${page} `, ` ${page}`, `${page}\n`, '', '-', '---', 'x'.repeat(100_000), page.replaceAll('-', '.')]) expect(links.read(token), token.slice(0, 200)).toBeUndefined();
    expect(new Links({ publicUrl: 'https://x.example', key: randomBytes(32), lifetime: 1_000 }).read(page)).toBeUndefined();
    expect(links.read(page)).toBeDefined();
  });

  it('of a file is no token of the page, and the other way round', () => {
    const file = tokenIn(links.fileUrl(ID, { part: 0 }, 'a.png', EXPIRY));
    expect(links.read(file)?.linked.kind).toBe('file');
    expect(links.read(file.replace('-0-', '-v-'))).toBeUndefined();
    expect(links.read(file.replace('-0-', '-1-'))).toBeUndefined();
    expect(links.read(file.replace('-0-', '-0.0-'))).toBeUndefined();
    expect(links.read(page.replace('-v-', '-0-'))).toBeUndefined();
  });

  it('is the same at each try, and has 128 bits of proof', () => {
    expect(links.pageUrl(ID, 'verified', EXPIRY)).toBe(`https://mail.example.com/post/m/${page}`);
    expect(links.pageUrl(ID, 'verified', EXPIRY + 999)).toBe(`https://mail.example.com/post/m/${page}`);
    expect(36n ** 25n).toBeGreaterThan(2n ** 128n);
    expect(page.split('-')[3]).toHaveLength(25);
  });
});

describe('the URL of a file', () => {
  const nameIn = (name: string): string => links.fileUrl(ID, { part: 2 }, name, EXPIRY).split('/').at(-1) ?? '';

  it.each([
    ['photo.jpg', 'photo.jpg'],
    ['my photo (1).JPG', 'my%20photo%20%281%29.JPG'],
    ['Grüße 🌹.pdf', 'Gr%C3%BC%C3%9Fe%20%F0%9F%8C%B9.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['..', 'attachment-3'],
    ['', 'attachment-3'],
    ['C:\\evil\\a.exe', 'a.exe'],
    ['a?b#c&d=e%2f.png', 'a%3Fb%23c%26d%3De%252f.png'],
    ['evil\u202egpj.exe', 'evilgpj.exe'],
    ['a\r\nX: y.png', 'a%20X%3A%20y.png'],
    ['<script>alert(1)</script>.png', 'script%3E.png'],
    ['half \ud83d.png', 'half%20%EF%BF%BD.png'],
  ])('ends in %j as %s', (name, expected) => {
    expect(nameIn(name)).toBe(expected);
  });

  it('has one segment and only harmless characters, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const url = links.fileUrl(ID, { part: 0 }, name, EXPIRY);
        expect(nameIn(name)).toMatch(/^(?!\.{1,2}$)[A-Za-z0-9._~%-]+$/);
        expect(new URL(url).href).toBe(url);
        expect(url.length).toBeLessThan(1_300);
      }),
    );
  });

  it('keeps the ending of a name that is too long', () => {
    expect(nameIn(`${'long '.repeat(1_000)}.jpeg`)).toMatch(/^.{100,400}\.jpeg$/);
  });
});
