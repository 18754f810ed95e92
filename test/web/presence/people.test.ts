/** The page of somebody: what stands on it, for whom, and that nothing of a stranger's is markup. */
import fc from 'fast-check';
import { parse, type DefaultTreeAdapterTypes as Tree } from 'parse5';
import { describe, expect, it } from 'vitest';
import type { View } from '../../../src/presence/view.js';
import type { WebRequest } from '../../../src/web/answer.js';
import { Door } from '../../../src/web/presence/door.js';
import { People } from '../../../src/web/presence/people.js';
import { profilePage } from '../../../src/web/presence/profile.js';
import { ENGLISH } from '../../../src/web/presence/language.js';
import { idle, since } from '../../../src/web/presence/words.js';
import { checkAnswer } from './conformance.js';
import { foreignText, HOSTILE } from './foreign.js';
import { idOf, publicationOf, requestOf, textOf, URL_OF_ALL, worldOf, type Inhabitant } from './world.js';

const NOW = Date.UTC(2026, 10, 27, 12);
const HOUR = 3_600_000;

interface Shown {
  readonly title: string;
  readonly text: string;
  readonly tags: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;
}

/** As a browser reads it. */
function read(page: string): Shown {
  const tags: Record<string, Record<string, string>[]> = {};
  let text = '';
  let title = '';
  const walk = (node: Tree.Node, within: string): void => {
    if (node.nodeName === '#text' && within !== 'style') text += (node as Tree.TextNode).value;
    if ('tagName' in node) {
      (tags[node.tagName] ??= []).push(Object.fromEntries(node.attrs.map(({ name, value }) => [name, value])));
      if (node.tagName === 'title') title = node.childNodes.map((child) => (child as Tree.TextNode).value).join('');
    }
    if ('childNodes' in node) for (const child of node.childNodes) walk(child, node.nodeName);
  };
  walk(parse(page), '');
  return { title, text: text.replace(/\s+/g, ' '), tags };
}

function viewOf(more: Partial<View> = {}): View {
  return { name: idOf('a'), seq: 1, online: true, face: {}, ...more };
}

const pageOf = (more: Partial<View>): Shown => read(profilePage(viewOf(more), ENGLISH, NOW));

const TAGS = ['a', 'article', 'bdi', 'body', 'circle', 'div', 'footer', 'h1', 'head', 'html', 'img', 'li', 'link', 'main', 'meta', 'p', 'path', 'rect', 'script', 'span', 'style', 'svg', 'time', 'title', 'ul', 'wbr'];

/** Of a stranger's words, what would reach beyond its line, or make it endless. */
// eslint-disable-next-line no-control-regex
const UNRULY = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufffe\uffff]|\p{M}{5}/u;

function expectRuly({ title, text }: Shown): void {
  expect(title).not.toMatch(UNRULY);
  expect(text).not.toMatch(UNRULY);
  expect([title.length < 120, text.length < 800]).toEqual([true, true]);
}

function expectHarmless({ tags }: Shown): void {
  expect(Object.keys(tags).filter((tag) => !TAGS.includes(tag))).toEqual([]);
  expect(tags.script).toEqual([{ type: 'module', src: '../page.js' }]);
  expect([tags.style?.length, tags.h1?.length, tags.title?.length]).toEqual([1, 1, 1]);
  for (const attributes of Object.values(tags).flat()) {
    expect(Object.keys(attributes).filter((name) => /^on|^style$/.test(name))).toEqual([]);
    expect(attributes.href ?? '').toMatch(/^($|xmpp:|mailto:|data:image\/svg\+xml,|[a-z2-7]{26}\/embed$)/);
  }
}

const FULL: Partial<View> = {
  show: 'dnd', status: 'Rehearsal', client: 'phone', idleSince: NOW - 12 * 60_000, changedAt: NOW - 2 * HOUR,
  face: { name: 'Juliet', picture: { id: 'deadbeef'.repeat(8), type: 'image/png', bytes: new Uint8Array() } },
  contact: { jid: 'juliet@verona.test', mail: 'juliet@mail.test' },
};

describe('the page', () => {
  it('tells all that may be known', () => {
    const { title, text, tags } = pageOf(FULL);
    expect(title).toBe('Juliet is not to be disturbed');
    for (const word of ['Juliet', 'Do not disturb', 'Rehearsal', 'On a phone', 'Idle for 12 minutes', 'Changed 2 hours ago', 'Chat with me', 'Write a mail', 'juliet@verona.test', 'juliet@mail.test']) expect(text).toContain(word);
    expect(tags.img).toMatchObject([{ src: `${idOf('a')}/picture?v=deadbeefdeadbeef`, alt: '' }]);
    expect(tags.a?.map(({ href }) => href)).toEqual(['xmpp:juliet@verona.test?message', 'mailto:juliet@mail.test', `${idOf('a')}/embed`]);
    expect(tags.time?.map(({ datetime }) => datetime)).toEqual(['2026-11-27T11:48:00Z', '2026-11-27T10:00:00Z']);
    expect(tags.html).toEqual([{ lang: 'en' }]);
    expect([tags.main?.length, tags.div?.some(({ role, 'aria-live': live }) => role === 'status' && live === 'polite')]).toEqual([1, true]);
  });

  it('tells no more than that', () => {
    const { title, text, tags } = pageOf({});
    expect(title).toBe('Online');
    expect(text.replace(title, '')).toMatch(/^ *Online *Live ?Show this on your own page *$/);
    expect([tags.img, tags.time, tags.a?.length]).toEqual([undefined, undefined, 1]);
  });

  it('of who is offline says when he was there', () => {
    expect(pageOf({ online: false, seenAt: NOW - 3 * HOUR, changedAt: NOW - HOUR }).text).toContain('Last seen 3 hours ago');
    expect(pageOf({ online: false }).text).not.toContain('seen');
  });

  it('that was asked for by address is headed by it, or by the name', () => {
    expect(pageOf({ name: 'juliet@verona.test' }).title).toBe('juliet@verona.test is online');
    expect(pageOf({ name: 'juliet@verona.test', face: { name: 'Juliet' } }).title).toBe('Juliet is online');
  });

  it.each(HOSTILE)('shows %j as words', (text) => {
    const page = pageOf({ ...FULL, status: text, face: { name: text } });
    expectHarmless(page);
    expectRuly(page);
    // Addresses are parsed ones: whole characters.
    const local = text.replace(/\p{Surrogate}/gu, '');
    expectHarmless(pageOf({ ...FULL, contact: { jid: `${local}@verona.test`, mail: `${local}@verona.test` } }));
  });

  it('shows any text as words', () => {
    fc.assert(fc.property(foreignText, foreignText, (name, status) => {
      const page = pageOf({ ...FULL, status, face: { name } });
      expectHarmless(page);
      expectRuly(page);
    }), { numRuns: 100 });
  });
});

const SITES: Inhabitant = { publication: publicationOf('s', { audience: 'sites', origins: ['https://balcony.test'] }), state: { online: true } };
const OWN: Inhabitant = { publication: publicationOf('o', { audience: 'sites', origins: ['https://example.com'] }), state: { online: true } };
const HIDDEN: Inhabitant = { publication: publicationOf('h', { audience: 'nobody' }), state: { online: true } };
const LINKED: Inhabitant = { publication: publicationOf('a', { write: true }), state: { online: true }, face: { name: 'Juliet' } };
const EVERYBODY: Inhabitant = { publication: publicationOf('e', { audience: 'everybody' }), state: { online: false } };

function peopleOf(...inhabitants: readonly Inhabitant[]) {
  const { publisher, change } = worldOf(inhabitants);
  const people = new People({ publisher, door: new Door({ holder: () => undefined, rate: 60_000, publicUrl: URL_OF_ALL, running: () => 0 }), publicUrl: URL_OF_ALL, clock: () => NOW });
  const ask = async (target: string, headers: WebRequest['headers'] = {}, method = 'GET') => {
    const answer = await people.answer(requestOf(target, headers, { method }));
    if (target.includes('/picture')) checkAnswer({ method, target }, answer);
    const { status, headers: told, body } = answer;
    return { status, headers: told, text: textOf(body) };
  };
  return { ask, change };
}

describe('the answer', () => {
  it('is a page under a strict policy that nobody keeps unasked', async () => {
    const { headers, status, text } = await peopleOf(LINKED).ask(`/u/${idOf('a')}`);
    expect([status, headers['content-type'], headers['cache-control'], headers['x-robots-tag']]).toEqual([200, 'text/html; charset=utf-8', 'private, no-cache', 'noindex, nofollow, noarchive']);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/);
    expect(headers).toMatchObject({ 'referrer-policy': 'same-origin', 'x-content-type-options': 'nosniff' });
    expect(headers['set-cookie']).toBeUndefined();
    expect(text).toContain('Juliet is online');
    expect(text).toContain('<meta name="referrer" content="same-origin">');
  });

  it('is not sent again while it is the same', async () => {
    const { ask, change } = peopleOf(LINKED);
    const { etag = '' } = (await ask(`/u/${idOf('a')}`)).headers;
    expect(await ask(`/u/${idOf('a')}`, { 'if-none-match': etag })).toMatchObject({ status: 304, text: '', headers: { etag } });
    change('a', { online: true, show: 'away' });
    expect((await ask(`/u/${idOf('a')}`, { 'if-none-match': etag })).text).toContain('Juliet is away');
  });

  it('is by JID for whom everybody may see', async () => {
    const { ask } = peopleOf(LINKED, EVERYBODY);
    const statuses = await Promise.all(['e@verona.test', 'e%40Verona.test', 'a@verona.test'].map(async (name) => (await ask(`/u/${name}`)).status));
    expect(statuses).toEqual([200, 200, 404]);
  });

  it('for named sites is there when our own is one of them, whatever a link says of itself', async () => {
    const { ask } = peopleOf(SITES, OWN);
    expect((await ask(`/u/${idOf('o')}`)).status).toBe(200);
    expect((await ask(`/u/${idOf('s')}`, { origin: 'https://balcony.test', referer: 'https://balcony.test/' })).status).toBe(404);
  });

  it('is one and the same for the hidden, for nobody, and for what is no path of ours', async () => {
    const { ask } = peopleOf(SITES, HIDDEN);
    const paths = [idOf('s'), idOf('h'), idOf('x'), 'h@verona.test', 'x@verona.test', '%00', '%ff', '..%2fetc', `${idOf('x')}/nothing`, 'x'.repeat(16_000), '', '<script>alert(1)</script>@x'];
    const answers = await Promise.all(paths.map((path) => ask(`/u/${path}`)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.status).toBe(404);
  });

  it('is only to be read', async () => {
    expect(await peopleOf(LINKED).ask(`/u/${idOf('a')}`, {}, 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });
});

describe('the language', () => {
  const path = `/u/${idOf('a')}`;

  it('is that of the reader, and no cache mixes them up', async () => {
    const { ask } = peopleOf(LINKED);
    const german = await ask(path, { 'accept-language': 'de-CH, en;q=0.5' });
    expect(german.text).toMatch(/<html lang="de">.*<title>Juliet ist online<\/title>/s);
    expect([german.headers.vary, german.headers['content-language']]).toEqual(['accept-language', 'de']);
    const english = await ask(path);
    expect([english.headers.vary, english.headers['content-language'], english.headers.etag === german.headers.etag]).toEqual(['accept-language', 'en', false]);
    const again = await ask(path, { 'if-none-match': german.headers.etag });
    expect([again.status, again.headers.vary]).toEqual([200, 'accept-language']);
    expect(await ask(path, { 'if-none-match': german.headers.etag, 'accept-language': 'de' })).toMatchObject({ status: 304, headers: { vary: 'accept-language' } });
  });

  it('is what the address says, also further on and back', async () => {
    const { ask } = peopleOf(LINKED);
    const { text } = await ask(`${path}?lang=sv`, { 'accept-language': 'de' });
    expect(text).toContain(`href="${idOf('a')}/embed?lang=sv"`);
    const generator = (await ask(`${path}/embed?lang=sv`, { 'accept-language': 'de' })).text;
    expect(generator).toContain(`href="../${idOf('a')}?lang=sv"`);
    expect(generator).toMatch(/<option value="sv" lang="sv" selected>Svenska</);
    expect((await ask(`${path}?lang=<script>`, { 'accept-language': 'de' })).text).toContain(`href="${idOf('a')}/embed"`);
  });

  it('tells nobody who is hidden from who never was', async () => {
    const { ask } = peopleOf(HIDDEN, SITES);
    for (const header of ['uk', 'zh-CN', 'xx']) {
      const answers = await Promise.all([idOf('h'), idOf('s'), idOf('x'), `${idOf('x')}/picture`].map((name) => ask(`/u/${name}`, { 'accept-language': header })));
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    }
    expect((await ask(`/u/${idOf('x')}`, { 'accept-language': 'uk' })).text).toContain('Тут нікого не видно');
  });

  it('is that of what is copied as well', async () => {
    const { text } = await peopleOf().ask(`${path}/embed?style=pill&lang=zh`);
    for (const snippet of ['.svg?style=pill&amp;lang=zh', 'alt=&quot;与我聊天&quot;', '[![与我聊天](', 'lang=&quot;zh-Hans&quot; look=&quot;card&quot;']) expect(text).toContain(snippet);
    // The usual label of the language before is not one of his own.
    for (const label of ['chat', 'чат']) expect((await peopleOf().ask(`${path}/embed?label=${encodeURIComponent(label)}&lang=zh`)).text).toContain('value="聊天"');
    expect((await peopleOf().ask(`${path}/embed?label=Hi&lang=zh`)).text).toMatch(/svg\?label=Hi&amp;lang=zh/);
    // A PNG has the usual one.
    expect((await peopleOf().ask(`${path}/embed?label=Hi&lang=zh`)).text).toContain(`/badge/${idOf('a')}.png?lang=zh<`);
  });
});

describe('the picture', () => {
  const face = { picture: { id: 'deadbeef'.repeat(8), type: 'image/png', bytes: Buffer.from('bytes') } } as const;

  it('is what the API document says, for whom the user lets see it', async () => {
    const { ask } = peopleOf({ ...LINKED, face }, { ...SITES, face });
    const path = `/u/${idOf('a')}/picture?v=deadbeef`;
    const { status, text, headers } = await ask(path);
    expect([status, text, headers['content-type'], headers['cache-control']]).toEqual([200, 'bytes', 'image/png', 'private, no-cache']);
    expect((await ask(path, { 'if-none-match': headers.etag ?? '' })).status).toBe(304);
    const site = (referer: string) => ask(`/u/${idOf('s')}/picture`, { referer });
    expect(headers).toMatchObject({
      'content-disposition': 'inline', 'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'", 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow, noarchive', 'cross-origin-resource-policy': 'cross-origin', 'content-length': '5',
    });
    expect([(await site('https://balcony.test/x')).status, (await site('https://elsewhere.test/')).status, (await ask(`/u/${idOf('x')}/picture`)).status]).toEqual([200, 404, 404]);
  });
});

describe('the generator', () => {
  const path = (query = '', name = idOf('a')): string => `/u/${name}/embed${query}`;
  const snippetsOf = (text: string): string[] => [...text.matchAll(/<textarea[^>]*>([^<]*)</g)].map(([, snippet = '']) => snippet.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&'));

  it('has what to copy, for each kind of page', async () => {
    const { status, text, headers } = await peopleOf().ask(path('?style=pill&theme=dark'));
    expect([status, headers['content-security-policy']]).toEqual([200, expect.stringMatching(/script-src 'self'.*form-action 'self'/)]);
    const badge = `${URL_OF_ALL}/badge/${idOf('a')}.svg?style=pill&theme=dark`;
    const page = `${URL_OF_ALL}/u/${idOf('a')}`;
    expect(snippetsOf(text)).toEqual([
      `<a href="${page}"><img src="${badge.replace('&', '&amp;')}" alt="Chat with me" height="30"></a>`,
      `[![Chat with me](${badge})](${page})`,
      badge,
      badge.replace('.svg', '.png'),
      `<script type="module" src="${URL_OF_ALL}/widget.js"></script>\n<xmpp-presence of="${idOf('a')}" look="card"></xmpp-presence>`,
      page,
    ]);
    const { tags } = read(text);
    expect(tags.input?.filter((input) => 'checked' in input).map(({ value }) => value)).toEqual(['pill', 'dark']);
    for (const area of tags.textarea ?? []) expect(tags.label?.some((label) => label.for === area.id) && 'readonly' in area).toBe(true);
  });

  it('knows nothing of anybody: hidden, unknown and shown have the same page', async () => {
    const pages = await Promise.all([peopleOf(LINKED), peopleOf({ ...HIDDEN, publication: publicationOf('a', { audience: 'nobody' }) }), peopleOf()].map(({ ask }) => ask(path('?style=card'))));
    expect(new Set(pages.map((page) => JSON.stringify(page))).size).toBe(1);
  });

  it.each(HOSTILE)('takes the label %j as words', async (label) => {
    const { text } = await peopleOf().ask(path(`?${new URLSearchParams({ label }).toString()}`));
    const { tags } = read(text);
    expect([tags.script?.length, tags.img?.length, tags.svg, tags.iframe, tags.title?.length]).toEqual([1, 7, undefined, undefined, 1]);
    for (const attributes of Object.values(tags).flat()) expect(Object.keys(attributes).filter((name) => /^on|^style$/.test(name))).toEqual([]);
    for (const snippet of snippetsOf(text)) expect(snippet.split(`</a>`)[0]).not.toMatch(/script>alert|<svg|onload=alert/);
  });

  it.each(['no-name', '@', 'a@', '%ff', 'javascript:alert(1)', '"><script>@x'])('is not there for %j, which is nobody', async (name) => expect((await peopleOf().ask(path('', name))).status).toBe(404));
});

it.each([
  [0, 'just now'], [-HOUR, 'just now'], [59_000, 'just now'], [60_000, '1 minute ago'], [59.9 * 60_000, '59 minutes ago'], [HOUR, '1 hour ago'], [47 * HOUR, '1 day ago'], [6 * 24 * HOUR, '6 days ago'], [7 * 24 * HOUR, 'on 20 November 2026'],
])('%i ms before now is %s', (ms, words) => expect(since(ENGLISH, 'seen', NOW - ms, NOW).join('')).toBe(`Last seen ${words}`));

it('a span is a minute at least', () => expect([0, -1, 3 * HOUR].map((ms) => idle(ENGLISH, NOW - ms, NOW).join(''))).toEqual(['Idle for 1 minute', 'Idle for 1 minute', 'Idle for 3 hours']));
