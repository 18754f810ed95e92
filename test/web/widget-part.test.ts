import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ENGLISH, LANGUAGES, codeOf, widgetWords } from '../../src/web/presence/language.js';
import { LOOKS, STANDINGS } from '../../src/web/presence/standing.js';
import { SCRIPTS, WidgetPart } from '../../src/web/presence/widget-part.js';

const part = new WidgetPart();
const ask = (target: string, headers: Record<string, string> = {}, method = 'GET') => part.answer({ method, target, headers });

describe.each(SCRIPTS)('/%s', (name) => {
  it('is for pages of any origin, kept for an hour, and not sent again to who has it', () => {
    const { status, headers, body } = ask(`/${name}?v=1`);
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8', 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin', 'cache-control': 'public, max-age=3600, stale-while-revalidate=86400', vary: 'accept-encoding' });
    expect(headers['content-length']).toBe(`${body.length}`);
    const { etag = '' } = headers;
    expect(ask(`/${name}`, { 'if-none-match': `"other", ${etag}` })).toEqual({ status: 304, headers: expect.objectContaining({ etag }) as unknown, body: '' });
    expect(ask(`/${name}`, { 'if-none-match': '"other"' }).status).toBe(200);
  });

  it('is packed for who can read it so', () => {
    const packed = ask(`/${name}`, { 'accept-encoding': 'br, gzip;q=0.8' });
    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': `${packed.body.length}` });
    expect(gunzipSync(packed.body)).toEqual(Buffer.from(ask(`/${name}`).body));
    for (const not of ['', 'br', 'gzip;q=0', 'gzip; q=0.0']) expect(ask(`/${name}`, { 'accept-encoding': not }).headers['content-encoding']).toBeUndefined();
  });
});

it('is a few kilobytes: what a page loads', () => {
  const sizes = (headers: Record<string, string>) => ['widget.js', 'live.js'].map((name) => ask(`/${name}`, headers).body.length).reduce((sum, size) => sum + size);
  expect(sizes({ 'accept-encoding': 'gzip' })).toBeLessThan(5_700);
  expect(sizes({})).toBeLessThan(13_000);
});

it('is nothing else, and only to be read', () => {
  expect(ask('/widget.ts').status).toBe(404);
  expect(ask('/../widget.js').status).toBe(404);
  expect([ask('/widget.js', {}, 'POST').status, ask('/widget.js', {}, 'HEAD').status]).toEqual([405, 200]);
});

it.each(STANDINGS)('shows %s in the word, the colours and the shape of the pages and badges', (standing) => {
  const script = Buffer.from(ask('/widget.js').body).toString();
  const { light, dark, shapes } = LOOKS[standing];
  const word = ENGLISH.standing[standing];
  const paths = [...shapes.matchAll(/ d="([^"]+)"/g)].map(([, path]) => path);
  for (const part of [`"${word}"`, light.spot, dark.spot, ...paths]) expect(script).toContain(part);
});

describe('the words of the widget', () => {
  it('are in it in English, as pages and badges have them', () => {
    const script = Buffer.from(ask('/widget.js').body).toString();
    for (const [key, word] of Object.entries(widgetWords(ENGLISH))) expect(script).toMatch(new RegExp(`\\b${key}:"${word}"`));
  });

  it.each(LANGUAGES.filter((language) => language !== ENGLISH).map((language) => [codeOf(language), language] as const))('in %s are half a kilobyte, for pages that are in it', (code, language) => {
    const { status, headers, body } = ask(`/words/${code}.json`, { 'accept-encoding': 'gzip' });
    expect(headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin', vary: 'accept-encoding' });
    expect([status, JSON.parse(gunzipSync(body).toString())]).toEqual([200, widgetWords(language)]);
    expect(Object.keys(widgetWords(language)).sort()).toEqual(Object.keys(widgetWords(ENGLISH)).sort());
    // Within a line they begin small, but for what is written large: no sMS.
    for (const word of Object.values(widgetWords(language))) expect(word).not.toMatch(/^\p{Ll}\p{Lu}/u);
    expect(body.length).toBeLessThan(600);
    expect(Buffer.from(ask('/widget.js').body).toString()).toMatch(new RegExp(`["\` ]${code}["\` ]`));
  });

  it.each(['/words/en.json', '/words/xx.json', '/words', '/words/', '/words/../widget.js', '/words/de.json/x'])('are not at %s', (path) => expect(ask(path).status).toBe(404));
});
