/** Names that are no names, and who is there at all. The table of attacks is in docs/security.md. */
import { describe, expect, test } from 'vitest';
import { get, idOf, jidOf, publicationOf, setWhole, SITE, timesOf, type Told } from './whole.js';

const whole = setWhole({
  publications: [
    publicationOf('a'), publicationOf('n', { audience: 'nobody' }), publicationOf('l', { audience: 'link' }), publicationOf('s', { audience: 'sites', origins: [SITE] }),
    publicationOf('o'), publicationOf('v', { audience: 'everybody', shown: [] }),
  ],
  online: { a: { status: 'here' }, n: { status: 'shy words' }, l: { status: 'shy words' }, s: { status: 'shy words' }, v: { status: 'shy words', show: 'dnd' } },
});

const PROTOTYPE = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__', 'constructor@verona.test', '__proto__@verona.test'];

describe('names that every object has', () => {
  test.each(PROTOTYPE)('%s is nobody', async (name) => {
    for (const path of [`/v1/presence/${name}`, `/u/${name}`, `/u/${name}/picture`, `/badge/${name}.svg`, `/badge/${name}.png`, `/${name}`, `/v1/${name}`, `/u/${idOf('a')}/${name}`]) expect([path, (await get(whole, path)).status]).toEqual([path, 404]);
    const { status, body } = await get(whole, `/v1/presence?id=${name}`);
    expect([status, JSON.parse(body)]).toEqual([200, { presences: [{ id: name, presence: 'unknown' }] }]);
  });

  test.each(PROTOTYPE)('%s is no style, no label of its own, no format, no parameter', async (name) => {
    const plain = await get(whole, `/badge/${idOf('a')}.svg`);
    const styled = await get(whole, `/badge/${idOf('a')}.svg?style=${name}`);
    expect(styled.status === 200 ? styled.body : styled.status).toEqual(styled.status === 200 ? plain.body : 400);
    expect((await get(whole, `/badge/${idOf('a')}.${name}`)).status).toBe(404);
    expect([200, 400]).toContain((await get(whole, `/badge/${idOf('a')}.svg?${name}=${name}`)).status);
    expect([200, 406]).toContain((await get(whole, `/v1/presence/${idOf('a')}`, { Accept: name })).status);
    expect((await get(whole, `/v1/presence/${idOf('a')}`, { [name.replace('@', '-')]: name })).status).toBe(200);
  });

  test('as keys of JSON they change nothing', async () => {
    const body = '{"__proto__":{"ids":["polluted"],"presence":"online"},"constructor":{"prototype":{"polluted":1}},"ids":["__proto__"]}';
    const answer = await get(whole, '/v1/presence', { 'Content-Type': 'application/json' }, 'POST', body);
    if (answer.status === 200) expect(JSON.parse(answer.body)).toEqual({ presences: [{ id: '__proto__', presence: 'unknown' }] });
    else expect(answer.status).toBe(400);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(({} as { presence?: unknown }).presence).toBeUndefined();
  });
});

describe('names that lead out of their place', () => {
  test.each([
    '../../../etc/passwd', '..%2f..%2f..%2fetc%2fpasswd', '%2e%2e/%2e%2e/etc/passwd', '....//....//etc/passwd', '..\\..\\windows\\win.ini', '%00', `${idOf('a')}%00`, `${idOf('a')}%00.svg`, '%', '%zz', '%ff%fe', '%c0%ae%c0%ae/', '%u002e', '.', '..', '~root', 'C:',
    `${idOf('a')}/../${idOf('n')}`, "a'--@verona.test", "' OR '1'='1", 'a@verona.test/phone', 'a%40verona.test%2Fphone', 'a@', '@verona.test', '@', ' ', '%20', '%0a', 'a@verona.test@evil.test', `${idOf('a').toUpperCase()}`, `${idOf('a')}a`, `${idOf('a').slice(1)}`,
  ])('%j', async (name) => {
    for (const path of [`/v1/presence/${name}`, `/u/${name}`, `/badge/${name}.svg`, `/u/${name}/picture`]) {
      const { status, body } = await get(whole, path);
      expect(body).not.toMatch(/root:x:|shy words|ENOENT|SQLITE|\bat .*\.js:/);
      // A JID is looked up as servers do: without its resource.
      if (!/^a(?:@|%40)verona\.test(?:\/|%2f)phone$/i.test(name)) expect([path, status >= 400 && status < 500]).toEqual([path, true]);
    }
  });
});

describe('who is hidden cannot be told from who never was', () => {
  const HIDDEN = [idOf('n'), idOf('s'), jidOf('n'), jidOf('l'), jidOf('s')] as const;
  const of = (name: string): string => (name.includes('@') ? 'x@verona.test' : idOf('x'));
  const told = ({ status, head, body }: Told, name: string, path = ''): unknown[] => {
    const common = body.replaceAll(name, 'NAME').replaceAll(encodeURIComponent(name), 'NAME');
    // These say the name again: they have a tag of their own for each.
    return [status, path.endsWith('/embed') || path.includes('?id=') ? head.replace(/^etag: .*$/m, '') : head, common];
  };

  test.each(HIDDEN)('%s: the same bytes, whatever is asked and how', async (name) => {
    for (const path of ['/v1/presence/NAME', '/u/NAME', '/u/NAME/picture', '/u/NAME/embed', '/badge/NAME.svg', '/badge/NAME.png', '/badge/NAME.svg?style=dot', '/v1/presence?id=NAME']) {
      for (const headers of [{}, { Origin: 'https://evil.test' }, { Referer: 'https://evil.test/' }, { Accept: 'application/xml' }, { Accept: 'application/pidf+xml' }, { Accept: 'text/plain' }, { 'If-None-Match': '*' }, { 'If-None-Match': '"x"' }, { Range: 'bytes=0-1' }]) {
        const [hidden, never] = [await get(whole, path.replace('NAME', name), headers), await get(whole, path.replace('NAME', of(name)), headers)];
        expect([path, headers, ...told(hidden, name, path)]).toEqual([path, headers, ...told(never, of(name), path)]);
      }
      for (const method of ['HEAD', 'OPTIONS', 'POST', 'DELETE', 'TRACE']) {
        const [hidden, never] = [await get(whole, path.replace('NAME', name), {}, method), await get(whole, path.replace('NAME', of(name)), {}, method)];
        expect([path, method, ...told(hidden, name, path)]).toEqual([path, method, ...told(never, of(name), path)]);
      }
    }
  });

  test('in the same time: the quickest of 200 differ by less than a millisecond', async () => {
    const times = await timesOf([idOf('n'), idOf('x'), jidOf('n'), 'x@verona.test'].map((name) => () => get(whole, `/v1/presence/${name}`)));
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(1);
  }, 60_000);

  test('a user who shows nothing but online tells nothing else in any format', async () => {
    for (const path of [`/v1/presence/${idOf('v')}`, `/u/${idOf('v')}`, `/badge/${idOf('v')}.svg`]) for (const accept of ['application/json', 'application/xml', 'application/pidf+xml', 'text/plain', 'text/html']) {
      expect((await get(whole, path, { Accept: accept })).body).not.toMatch(/shy words|disturb|busy/i);
    }
  });
});
