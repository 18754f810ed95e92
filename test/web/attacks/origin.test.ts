/** Other people's web sites, caches and proxies. The table of attacks is in docs/security.md. */
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { get, idOf, PUBLIC_URL, publicationOf, setWhole, SITE } from './whole.js';

const whole = setWhole({
  publications: [publicationOf('a'), publicationOf('s', { audience: 'sites', origins: [SITE] }), publicationOf('o', { audience: 'sites', origins: [new URL(PUBLIC_URL).origin] })],
  online: { a: { status: 'here' }, s: { status: 'secretly here' } },
});
const OPEN = idOf('a');
const OF_OURS = idOf('o');
const OF_SITE = idOf('s');
const EVIL = [
  'https://example.org.evil.test', 'https://evil.test', 'https://evilexample.org', 'https://example.org:444', 'http://example.org', 'https://sub.example.org', 'https://example.org@evil.test', 'https://example.org%60.evil.test', 'https://example.org\t.evil.test',
  'null', 'file://', '*', 'https://', '', 'https://example.org, https://evil.test', 'https://example.org\u3002evil.test', 'https://[::1]', 'https://EXAMPLE.ORG.evil.test',
];

describe('another origin than the named one', () => {
  test.each(EVIL)('%j is told nothing, and allowed nothing', async (origin) => {
    const stranger = await get(whole, `/v1/presence/${OF_SITE}`);
    const answer = await get(whole, `/v1/presence/${OF_SITE}`, { Origin: origin });
    expect([answer.status, answer.head, answer.body]).toEqual([404, stranger.head, stranger.body]);
    for (const path of [`/u/${OF_SITE}`, `/badge/${OF_SITE}.svg`]) expect((await get(whole, path, { Referer: `${origin}/page` })).body).not.toContain('secretly');
  });

  test('the named one is, and its name is all that is echoed', async () => {
    const answer = await get(whole, `/v1/presence/${OF_SITE}`, { Origin: SITE });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, SITE]);
    expect(answer.headers.get('vary')).toMatch(/\borigin\b/i);
  });

  test('nor is a page elsewhere our own, whatever else it says', async () => {
    const ask = (headers: Readonly<Record<string, string>>) => get(whole, `/v1/presence/${OF_OURS}`, headers);
    expect((await ask({ 'Sec-Fetch-Site': 'same-origin' })).status).toBe(200);
    for (const site of ['cross-site', 'same-site', 'none', 'Same-Origin', 'same-origin, same-origin', 'same-origin;x', '']) expect([site, (await ask({ 'Sec-Fetch-Site': site })).status]).toEqual([site, 404]);
    for (const Origin of EVIL) expect([Origin, (await ask({ Origin, 'Sec-Fetch-Site': 'same-origin' })).status]).toEqual([Origin, 404]);
    expect((await get(whole, `/v1/presence/${OF_SITE}`, { 'Sec-Fetch-Site': 'same-origin' })).status).toBe(404);
  });

  test('no answer is for those with cookies', async () => {
    for (const id of [OPEN, OF_SITE]) for (const origin of [SITE, 'https://evil.test']) {
      const answer = await get(whole, `/v1/presence/${id}`, { Origin: origin, Cookie: 'a=b' });
      expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
    }
  });
});

describe('a preflight', () => {
  const ask = (path: string, headers: Readonly<Record<string, string>>) => get(whole, path, { 'Access-Control-Request-Method': 'GET', ...headers }, 'OPTIONS');

  test('does not let a page show an API key', async () => {
    for (const path of [`/v1/presence/${OPEN}`, '/v1/presence', '/v1/lookup?mail=a@gw.test', `/v1/stream?id=${OPEN}`]) {
      const answer = await ask(path, { Origin: SITE, 'Access-Control-Request-Headers': 'authorization' });
      expect(answer.headers.get('access-control-allow-headers') ?? '').not.toMatch(/authorization|\*/i);
      expect(answer.headers.get('access-control-allow-methods') ?? '').not.toMatch(/PUT|DELETE|PATCH|\*/i);
    }
  });

  test('tells nothing of who is there', async () => {
    const [known, hidden, unknown] = await Promise.all([OPEN, OF_SITE, idOf('x')].map((id) => ask(`/v1/presence/${id}`, { Origin: 'https://evil.test' })));
    expect(hidden).toEqual(known);
    expect(unknown).toEqual(known);
  });
});

describe('a cache is not poisoned: no answer depends on a field that Vary does not name', () => {
  const FORGED = {
    'X-Forwarded-Host': 'evil.test', 'X-Forwarded-Proto': 'http', 'X-Forwarded-Prefix': '/evil', 'X-Original-URL': '/u/evil', 'X-Rewrite-URL': '/u/evil', 'X-Host': 'evil.test', Forwarded: 'host=evil.test;proto=http', 'X-HTTP-Method-Override': 'POST',
    'X-Forwarded-Port': '1', 'X-Original-Host': 'evil.test', 'X-Forwarded-Server': 'evil.test', 'Accept-Charset': 'utf-7', 'User-Agent': '<script>', From: 'x@evil.test', 'Sec-Fetch-Site': 'same-origin',
  };
  test.each([`/v1/presence/${OPEN}`, `/u/${OPEN}`, `/u/${OPEN}/embed`, `/badge/${OPEN}.svg`, '/widget.js', '/v1/openapi.json', '/nothing'])('%s', async (path) => {
    const plain = await get(whole, path);
    expect([plain.status < 500, path === '/nothing' || plain.status === 200]).toEqual([true, true]);
    for (const [name, value] of Object.entries(FORGED)) {
      const forged = await get(whole, path, { [name]: value });
      expect([name, forged.head, forged.body]).toEqual([name, plain.head, plain.body]);
    }
    const elsewhere = await get(whole, path, { Host: 'evil.test' });
    expect([elsewhere.head, elsewhere.body]).toEqual([plain.head, plain.body]);
    expect(plain.body).not.toContain('evil.test');
  });

  test('what depends on the site that asks is not kept by caches that all share', async () => {
    for (const [path, field] of [[`/v1/presence/${OF_SITE}`, { Origin: SITE }], [`/badge/${OF_SITE}.svg`, { Referer: `${SITE}/page` }]] as const) {
      const { status, headers } = await get(whole, path, field);
      expect(status).toBe(200);
      const vary = headers.get('vary') ?? '';
      const isPrivate = /private|no-store/.test(headers.get('cache-control') ?? '');
      expect([path, isPrivate || (/origin/i.test(vary) && (!('Referer' in field) || /referer/i.test(vary)))]).toEqual([path, true]);
    }
  });
});

describe('no answer leads elsewhere', () => {
  test.each(['//evil.test', '//evil.test/u/x', '/\\evil.test', '/%2f%2fevil.test', '/u//evil.test', `/u/${OPEN}?next=https://evil.test`, `/u/${OPEN}/?url=//evil.test`, '/https://evil.test', 'http://evil.test/', `/u/${OPEN}/`, '/u', '/.'])('%s', async (target) => {
    const { status, headers, body } = await get(whole, target);
    expect([Math.floor(status / 100) === 3, headers.has('location'), headers.has('refresh')]).toEqual([false, false, false]);
    expect(body).not.toMatch(/http-equiv="?refresh/i);
  });
});

describe('nobody makes us ask elsewhere (SSRF)', () => {
  test('an address in a request is not asked', async () => {
    let asked = 0;
    const bait = createServer((socket) => {
      asked++;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(bait, 'listening');
    const url = `http://127.0.0.1:${(bait.address() as AddressInfo).port}/`;
    for (const path of [`/v1/presence/${OPEN}`, `/u/${OPEN}`, `/badge/${OPEN}.svg`, `/u/${OPEN}/embed`, `/u/${OPEN}/picture`]) {
      await get(whole, `${path}?url=${url}&src=${url}&logo=${url}&picture=${url}&callback=${url}`, { Referer: url, Origin: url.slice(0, -1), 'X-Forwarded-Host': new URL(url).host });
    }
    bait.close();
    expect(asked).toBe(0);
  });

  test('nothing of the web part can ask anybody', async () => {
    for (const dir of ['src/web', 'src/presence']) {
      // What runs in browsers asks us.
      for (const name of (await readdir(dir, { recursive: true })).filter((file) => file.endsWith('.ts') && !file.startsWith('widget/'))) {
        const source = await readFile(`${dir}/${name}`, 'utf8');
        expect([name, /\bfetch\(|from 'node:(?:https|dns|dgram|child_process)'|from '.*\/(?:fetcher|downloads?)\.js'|\bimport \{[^}]*\b(?:request|get|connect)\b[^}]*\} from 'node:(?:http|net)'/.test(source)]).toEqual([name, false]);
      }
    }
  });
});
