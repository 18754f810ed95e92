/** Badges as they are answered: status, headers, caches. */
import { describe, expect, it } from 'vitest';
import type { WebRequest } from '../../../src/web/answer.js';
import { BADGE_STYLES } from '../../../src/web/presence/badge.js';
import { BadgePictures } from '../../../src/web/presence/badge-png.js';
import { Badges } from '../../../src/web/presence/badges.js';
import { Door } from '../../../src/web/presence/door.js';
import { checkAnswer } from './conformance.js';
import { idOf, publicationOf, requestOf, textOf, worldOf, type Inhabitant } from './world.js';

const SITE = 'https://balcony.test';

function badgesOf(inhabitants: readonly Inhabitant[], rate = 60_000) {
  const world = worldOf(inhabitants);
  const door = new Door({ holder: () => undefined, rate, running: () => 0 });
  const badges = new Badges({ publisher: world.publisher, door, pictures: new BadgePictures() });
  const ask = async (target: string, headers: WebRequest['headers'] = {}, method = 'GET') => {
    const request = requestOf(target, headers, { method });
    const answer = await badges.answer(request);
    if (/^\/badge\/[^/]+\.(?:svg|png)(?:\?|$)/.test(target)) checkAnswer(request, answer);
    const { status, headers: told, body } = answer;
    return { status, headers: told, text: textOf(body), body };
  };
  return { ...world, ask };
}

const OPEN: Inhabitant = { publication: publicationOf('a'), state: { online: true, show: 'away' }, face: { name: 'Juliet' } };
const EVERYBODY: Inhabitant = { publication: publicationOf('e', { audience: 'everybody' }), state: { online: true } };
const SITES: Inhabitant = { publication: publicationOf('s', { audience: 'sites', origins: [SITE] }), state: { online: true } };
const HIDDEN: Inhabitant = { publication: publicationOf('h', { audience: 'nobody' }), state: { online: true } };
const BLOCKED: Inhabitant = { publication: publicationOf('b'), blocked: true };

describe('a badge', () => {
  it('is a picture that every cache may keep for a short while', async () => {
    const { ask } = badgesOf([OPEN]);
    const { status, headers, text } = await ask(`/badge/${idOf('a')}.svg?style=pill`);
    expect([status, headers['content-type'], headers['cache-control'], headers.vary]).toEqual([200, 'image/svg+xml; charset=utf-8', 'public, max-age=30, stale-while-revalidate=30', undefined]);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'cross-origin', 'content-length': `${Buffer.byteLength(text)}` });
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(text).toContain('Juliet is away');
  });

  it('is not sent again while it is the same', async () => {
    const { ask, change } = badgesOf([OPEN]);
    const path = `/badge/${idOf('a')}.svg`;
    const { etag = '' } = (await ask(path)).headers;
    for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, '*']) expect(await ask(path, { 'if-none-match': tags })).toMatchObject({ status: 304, text: '', headers: { etag, 'cache-control': expect.stringContaining('max-age=30') as string } });
    change('a', { online: false });
    expect((await ask(path, { 'if-none-match': etag })).status).toBe(200);
  });

  it('is made once for each change', async () => {
    const { ask, change } = badgesOf([OPEN]);
    const path = `/badge/${idOf('a')}.svg?style=pill`;
    const [one, other] = [await ask(path), await ask(path)];
    expect(one.body).toBe(other.body);
    change('a', { online: false });
    expect((await ask(path)).text).toContain('offline');
  });

  it('of a JID is there for who may know it', async () => {
    const { ask } = badgesOf([OPEN, EVERYBODY]);
    expect((await ask('/badge/e@verona.test.svg')).status).toBe(200);
    expect((await ask('/badge/E%40VERONA.test.svg?style=dot')).status).toBe(200);
    expect((await ask('/badge/a@verona.test.svg')).status).toBe(404);
  });

  it('for named sites is seen from them alone, and no cache shows it to others', async () => {
    const { ask } = badgesOf([SITES]);
    const path = `/badge/${idOf('s')}.svg`;
    for (const from of [{ referer: `${SITE}/garden?x=y` }, { origin: SITE }]) {
      const { status, headers } = await ask(path, from);
      expect([status, headers['cache-control'], headers.vary]).toEqual([200, 'private, max-age=30', 'origin, referer, authorization']);
    }
    for (const from of [{}, { referer: 'https://elsewhere.test/' }, { referer: `https://elsewhere.test/${SITE}` }, { referer: SITE, origin: 'https://elsewhere.test' }, { referer: 'javascript:0' }]) {
      expect((await ask(path, from)).status).toBe(404);
    }
  });

  it.each(['svg', 'png'])('of the hidden, the blocked and nobody is one and the same .%s', async (ending) => {
    const { ask } = badgesOf([SITES, HIDDEN, BLOCKED]);
    for (const query of ['', '?style=card&theme=dark', '?label=me']) {
      const answers = await Promise.all([idOf('s'), idOf('h'), idOf('b'), idOf('x'), 'h@verona.test', 'x@verona.test', 'no%20name', '%ff', '..%2f..%2fetc'].map((name) => ask(`/badge/${name}.${ending}${query}`)));
      expect(new Set(answers.map(({ status, headers, body }) => JSON.stringify([status, headers, body]))).size).toBe(1);
      expect(answers[0]?.status).toBe(404);
      expect(answers[0]?.headers['cache-control']).toContain('private');
    }
  });

  it.each(['/badge', '/badge/', '/badge/.svg', `/badge/${idOf('a')}`, `/badge/${idOf('a')}.gif`, `/badge/${idOf('a')}/x.svg`, `/badge/${'x'.repeat(16_000)}.svg`, '/badge/<script>alert(1)</script>@x.svg', `/badge/${idOf('a')}.svg%00`])('is not at %j', async (path) => {
    const { status, text } = await badgesOf([OPEN]).ask(path);
    expect(status).toBe(404);
    expect(text).not.toContain('script>');
  });

  it('is only to be read', async () => {
    expect(await badgesOf([OPEN]).ask(`/badge/${idOf('a')}.svg`, {}, 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });

  it('is not for who asks too much, nor for a wrong key', async () => {
    const { ask } = badgesOf([OPEN], 60);
    const statuses = [];
    for (let i = 0; i < 12; i++) statuses.push((await ask(`/badge/${idOf('x')}.svg`)).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 404), 429, 429]);
    expect((await badgesOf([OPEN]).ask(`/badge/${idOf('a')}.svg`, { authorization: 'Bearer x' })).status).toBe(401);
  });
});

describe('a badge as PNG', () => {
  const sizeOf = (png: Buffer): [number, number] => [png.readUInt32BE(16), png.readUInt32BE(20)];

  it.each(BADGE_STYLES)('is the %s, twice as large', async (style) => {
    const { ask } = badgesOf([OPEN]);
    const { status, headers, body } = await ask(`/badge/${idOf('a')}.png?style=${style}`);
    const svg = (await ask(`/badge/${idOf('a')}.svg?style=${style}`)).text;
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
    expect([status, headers['content-type']]).toEqual([200, 'image/png']);
    const png = Buffer.from(body as Uint8Array);
    expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    expect(sizeOf(png)).toEqual([2 * Number(width), 2 * Number(height)]);
  });

  it('is drawn once for all who look the same, whatever label they ask for', async () => {
    const pictures = new BadgePictures();
    const [one, other] = await Promise.all(['<svg xmlns="http://www.w3.org/2000/svg" width="3" height="3"/>', '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="3"/>'].map((svg) => pictures.drawn(svg, [])));
    expect(one).toBe(other);
    const { ask } = badgesOf([OPEN]);
    const [plain, labelled] = await Promise.all(['', '?label=other'].map((query) => ask(`/badge/${idOf('a')}.png${query}`)));
    expect(plain?.body).toBe(labelled?.body);
  });

  it('waits in a queue that ends', async () => {
    const pictures = new BadgePictures();
    const all = await Promise.all(Array.from({ length: 30 }, (_, i) => pictures.drawn(`<svg xmlns="http://www.w3.org/2000/svg" width="${i + 1}" height="1"/>`, [])));
    expect(all.filter((picture) => picture === undefined)).toHaveLength(10);
    expect(await pictures.drawn('<svg xmlns="http://www.w3.org/2000/svg" width="29" height="1"/>', [])).toBeDefined();
  });
});
