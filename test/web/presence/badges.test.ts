/** Badges as they are answered: status, headers, caches. */
import { afterAll, describe, expect, it } from 'vitest';
import { Drawing, type Drawable } from '../../../src/drawing.js';
import { MachineFonts } from '../../../src/machine-fonts.js';
import type { WebRequest } from '../../../src/web/answer.js';
import { BADGE_STYLES } from '../../../src/web/presence/badge.js';
import { Badges } from '../../../src/web/presence/badges.js';
import { Door } from '../../../src/web/presence/door.js';
import { png } from '../mails.js';
import { checkAnswer } from './conformance.js';
import { idOf, publicationOf, requestOf, textOf, worldOf, type Inhabitant } from './world.js';

const SITE = 'https://balcony.test';
const drawing = new Drawing();
afterAll(() => drawing.close());


function badgesOf(inhabitants: readonly Inhabitant[], rate = 60_000) {
  const drawn: Drawable[] = [];
  const draw: Drawing['draw'] = (drawable) => (drawn.push(drawable), drawing.draw(drawable));
  const world = worldOf(inhabitants);
  const door = new Door({ holder: () => undefined, rate, publicUrl: 'https://example.com', running: () => 0 });
  const badges = new Badges({ publisher: world.publisher, door, drawing: { draw }, fonts: new MachineFonts([]) });
  const ask = async (target: string, headers: WebRequest['headers'] = {}, method = 'GET') => {
    const request = requestOf(target, headers, { method });
    const answer = await badges.answer(request);
    if (/^\/badge\/[^/]+\.(?:svg|png)(?:\?|$)/.test(target)) checkAnswer(request, answer);
    const { status, headers: told, body } = answer;
    return { status, headers: told, text: textOf(body), body };
  };
  return { ...world, ask, drawn };
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

  it('has the label that was asked for, whoever asked for another before', async () => {
    const { ask } = badgesOf([OPEN]);
    const labelled = async (query: string): Promise<string | undefined> => /aria-label="([^"]*)"/.exec((await ask(`/badge/${idOf('a')}.svg${query}`)).text)?.[1];
    for (const _ of [1, 2]) for (const [query, expected] of [['', 'chat: Away'], ['?label=one', 'one: Away'], ['?label=two', 'two: Away'], ['?label=', 'Away']] as const) expect([query, await labelled(query)]).toEqual([query, expected]);
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
      expect([status, headers['cache-control'], headers.vary]).toEqual([200, 'private, max-age=30', 'origin, referer, sec-fetch-site, authorization']);
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
    const { ask, drawn } = badgesOf([OPEN]);
    const [plain, labelled] = await Promise.all(['', '?label=other'].map((query) => ask(`/badge/${idOf('a')}.png${query}`)));
    expect(plain?.body).toBe(labelled?.body);
    expect(drawn).toHaveLength(1);
  });

  it('that cannot be drawn is asked for again later', async () => {
    const world = worldOf([OPEN]);
    const answers = ['busy', undefined] as const;
    let count = 0;
    const door = new Door({ holder: () => undefined, rate: 60_000, publicUrl: 'https://example.com', running: () => 0 });
    const badges = new Badges({ publisher: world.publisher, door, drawing: { draw: () => Promise.resolve(answers[count++]) }, fonts: new MachineFonts([]) });
    for (const _ of answers) expect(await badges.answer(requestOf(`/badge/${idOf('a')}.png`))).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    expect(count).toBe(2);
  });
});

describe('in another language', () => {
  it('is asked for by the address alone, and never kept for another', async () => {
    const { ask } = badgesOf([OPEN]);
    const path = (lang: string): string => `/badge/${idOf('a')}.svg?style=pill${lang}`;
    const german = await ask(path('&lang=de'));
    expect(german.text).toMatch(/aria-label="Juliet ist abwesend".*>Abwesend<\/text>/);
    for (const usual of ['', '&lang=en', '&lang=xx', '&lang=zh-TW']) expect((await ask(path(usual), { 'accept-language': 'de' })).text).toMatch(/Juliet is away/);
    expect((await ask(path('&lang=de-AT'))).body).toBe(german.body);
    const tags = await Promise.all(['', '&lang=de', '&lang=ru', '&lang=ja'].map(async (lang) => (await ask(path(lang))).headers.etag));
    expect(new Set(tags).size).toBe(4);
    expect((await ask(path(''), { 'if-none-match': german.headers.etag })).status).toBe(200);
    expect((await ask(path('&lang=de'), { 'if-none-match': german.headers.etag })).status).toBe(304);
    expect(german.headers.vary).toBeUndefined();
  });

  it('says so too where there is nothing to be seen, the same for all', async () => {
    const { ask } = badgesOf([HIDDEN, BLOCKED]);
    const answers = await Promise.all([idOf('h'), idOf('b'), idOf('x')].map((name) => ask(`/badge/${name}.svg?lang=pl`)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.text).toContain('czat: Stan nieznany');
  });

  it('is drawn as PNG, or in English where no font has its letters', async () => {
    const { ask } = badgesOf([OPEN]);
    const png = async (lang: string): Promise<Buffer> => Buffer.from((await ask(`/badge/${idOf('a')}.png?style=flat&lang=${lang}`)).body as Uint8Array);
    const [english, russian, japanese] = await Promise.all(['en', 'ru', 'ja'].map(png));
    expect([english?.equals(russian ?? Buffer.alloc(0)), english?.equals(japanese ?? Buffer.alloc(0))]).toEqual([false, true]);
  });
});

describe('a card', () => {
  const face = { name: 'Juliet', picture: { id: 'ab'.repeat(32), type: 'image/png', bytes: png(60, 40) } } as const;
  const path = `/badge/${idOf('a')}.svg?style=card`;
  const IMAGE = /<image x="17" y="15" width="46" height="46" href="data:image\/png;base64,[A-Za-z0-9+/=]+"\/>/;

  it('has the picture, which is drawn once, however he is', async () => {
    const { ask, change, drawn } = badgesOf([{ ...OPEN, face }]);
    const [one, other] = await Promise.all([ask(path), ask(path)]);
    expect(one.text).toMatch(IMAGE);
    expect(one.text).toBe(other.text);
    expect((await ask(path)).body).toBe((await ask(path)).body);
    expect(one.headers['content-security-policy']).toContain('img-src data:');
    change('a', { online: false });
    expect((await ask(path)).text).toMatch(/offline[^]*<image /);
    expect(drawn).toHaveLength(1);
    expect((await ask(path, { 'if-none-match': (await ask(path)).headers.etag })).status).toBe(304);
  });

  it('has it as PNG too', async () => {
    const [with_, without] = await Promise.all([face, { name: 'Juliet' }].map((one) => badgesOf([{ ...OPEN, face: one }]).ask(path.replace('.svg', '.png'))));
    expect([with_?.status, with_?.headers['content-type']]).toEqual([200, 'image/png']);
    expect(Buffer.from(with_?.body as Uint8Array).equals(Buffer.from(without?.body as Uint8Array))).toBe(false);
  });

  it('has none of who does not show it, and the other badges have none', async () => {
    const { ask } = badgesOf([{ ...OPEN, face }, { publication: publicationOf('n', { shown: ['name'] }), state: { online: true }, face }]);
    expect((await ask(`/badge/${idOf('n')}.svg?style=card`)).text).toMatch(/Juliet/);
    expect((await ask(`/badge/${idOf('n')}.svg?style=card`)).text).not.toMatch(/<image/);
    for (const style of BADGE_STYLES.filter((one) => one !== 'card')) expect((await ask(`/badge/${idOf('a')}.svg?style=${style}`)).text).not.toMatch(/<image/);
  });

  it('of a picture that is none has the initial', async () => {
    const broken = { ...face, picture: { ...face.picture, bytes: Buffer.from('no picture at all') } };
    expect((await badgesOf([{ ...OPEN, face: broken }]).ask(path)).text).toMatch(/>J<\/text>/);
  });
});
