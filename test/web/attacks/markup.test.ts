/** A stranger's words on a web page: in every place that tells them, and in every format. The table of attacks is in docs/security.md. */
import { parse, type DefaultTreeAdapterMap } from 'parse5';
import { SaxesParser } from 'saxes';
import { describe, expect, test } from 'vitest';
import { dial, get, idOf, publicationOf, setWhole, type Told } from './whole.js';

/** Each is the status of a user of its own. */
const WORDS = [
  '<script>alert(1)</script>', '"><svg onload=alert(1)>', "' onmouseover='alert(1)' x='", '</title></style></textarea><img src=x onerror=alert(1)>', '--><!-- <![CDATA[ ]]><x/>', '&#60;script&#62;alert(1)&#60;/script&#62;',
  'javascript:alert(1)', '{{7*7}} ${7*7} #{7*7}', '\\u003cscript\\u003e \\x3cscript\\x3e \u2028\u2029', 'a\r\nSet-Cookie: x=1\r\n\r\n<script>', 'a\n\nevent: presence\ndata: {"id":"forged"}\n\n', '+ADw-script+AD4-alert(1)', '\u202egnp.exe\u2066',
  'x'.repeat(256), '\ud800 \ufffe \ufdd0', '=HYPERLINK("http://evil.test")',
] as const;
const letters = WORDS.map((_, i) => String.fromCharCode(97 + i));
const whole = setWhole({
  publications: letters.map((letter) => publicationOf(letter)),
  online: Object.fromEntries(letters.map((letter, i) => [letter, { status: WORDS[i] ?? '', show: 'away' as const }])),
});
const USERS = WORDS.map((words, i) => [JSON.stringify(words.slice(0, 40)), letters[i] ?? ''] as const);

type Element = DefaultTreeAdapterMap['element'];

function* elementsOf(node: DefaultTreeAdapterMap['node']): Iterable<Element> {
  if ('tagName' in node) yield node;
  if ('childNodes' in node) for (const child of node.childNodes) yield* elementsOf(child);
}

/** Nothing in it runs that is not a file of ours, and no address leads anywhere but to web, mail and chat. */
function expectInert(html: string): void {
  for (const { tagName, attrs, childNodes } of elementsOf(parse(html))) {
    expect(['object', 'embed', 'base', 'applet', 'frame']).not.toContain(tagName);
    if (tagName === 'script') expect([childNodes.length, attrs.find(({ name }) => name === 'src')?.value]).toEqual([0, expect.stringMatching(/^(?:https:\/\/gw\.test\/|(?:\.\.\/)+)[a-z]+\.js$/)]);
    for (const { name, value } of attrs) {
      expect(name).not.toMatch(/^on|^srcdoc$|^formaction$/);
      if (['href', 'src', 'action', 'data'].includes(name)) expect(value).toMatch(/^(?:https:\/\/gw\.test\/|\/|#|\?|\.|[\w-]+(?:\/[\w-]+|\.\w+)?$|xmpp:|mailto:|data:image\/)/);
    }
  }
}

const DRAWN = ['svg', 'title', 'desc', 'style', 'defs', 'g', 'a', 'rect', 'circle', 'ellipse', 'path', 'line', 'polygon', 'text', 'tspan', 'clipPath', 'mask', 'linearGradient', 'stop', 'use'];

/** Well-formed, and of nothing but lines and letters. */
function expectDrawing(svg: string): void {
  const parser = new SaxesParser({ xmlns: false });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    expect(DRAWN).toContain(name);
    for (const [attribute, value] of Object.entries(attributes)) {
      expect(attribute).not.toMatch(/^on/);
      if (/href$/.test(attribute)) expect(String(value)).toMatch(/^#/);
      if (/url\(/.test(String(value))) expect(String(value)).toMatch(/url\(#/);
    }
  });
  parser.on('doctype', () => expect.unreachable('a document type'));
  parser.on('processinginstruction', () => expect.unreachable('a processing instruction'));
  parser.write(svg).close();
}

function expectXml(xml: string): void {
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => expect.unreachable('a document type'));
  parser.write(xml).close();
}

/** What holds for every answer. */
function expectManners({ headers, head }: Told): void {
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.has('set-cookie')).toBe(false);
  expect(headers.get('content-type')).toMatch(/^(?:text\/(?:html|plain|javascript|event-stream)|application\/(?:json|problem\+json|xml|pidf\+xml|javascript)|image\/(?:svg\+xml|png))(?:; ?charset=utf-8)?$/i);
  // Header values are ours: no word of a stranger is in one.
  expect(head).not.toMatch(/alert|forged|evil|onload|x=1/);
}

describe.each(USERS)('the status %s', (_words, letter) => {
  const id = idOf(letter);

  test.each([`/u/${id}`, `/u/${id}/embed`])('in the page %#', async (path) => {
    const answer = await get(whole, path);
    expect(answer.status).toBe(200);
    expectManners(answer);
    expectInert(answer.body);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/(?:^|;) ?default-src 'none'/);
    expect(policy).not.toMatch(/script-src[^;]*'unsafe-/);
    expect(policy).toMatch(/frame-ancestors '(?:none|self)'/);
    expect(policy).toMatch(/base-uri 'none'/);
    expect(policy).toMatch(/form-action '(?:none|self)'/);
  });

  test('in the badge', async () => {
    const answer = await get(whole, `/badge/${id}.svg`);
    expect(answer.status).toBe(200);
    expectManners(answer);
    expectDrawing(answer.body);
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'/);
  });

  test('in JSON, which may stand in a page as it is', async () => {
    const answer = await get(whole, `/v1/presence/${id}`, { Accept: 'application/json' });
    expectManners(answer);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.body).not.toMatch(/[<\u2028\u2029]/);
    expect(JSON.parse(answer.body)).toMatchObject({ id, presence: 'online', show: 'away' });
  });

  test.each(['application/xml', 'application/pidf+xml'])('in %s', async (type) => {
    const answer = await get(whole, `/v1/presence/${id}`, { Accept: type });
    expect(answer.status).toBe(200);
    expectManners(answer);
    expect(answer.headers.get('content-type')).toContain(type);
    expectXml(answer.body);
  });

  test('in text, where it does not begin a line of its own', async () => {
    const answer = await get(whole, `/v1/presence/${id}`, { Accept: 'text/plain' });
    expectManners(answer);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(answer.body).not.toMatch(/^(?:event|data|Set-Cookie|<script)/m);
  });

  test('in the stream, where it does not begin an event', async () => {
    const socket = await dial(whole.port);
    socket.write(`GET /v1/stream?id=${id} HTTP/1.1\r\nHost: gw.test\r\nX-Forwarded-For: 10.9.9.9\r\n\r\n`);
    const text = await new Promise<string>((resolve) => {
      let received = '';
      socket.on('data', (piece: Buffer) => {
        received += piece.toString();
        if (/data: .*\n\n/.test(received)) resolve(received);
      });
      socket.on('close', () => resolve(received));
    });
    socket.destroy();
    expect(text.match(/^event: presence$/gm)).toHaveLength(1);
    const [, data = ''] = /^data: (.*)$/m.exec(text) ?? [];
    expect(JSON.parse(data)).toMatchObject({ id });
    expect(text).not.toMatch(/^data: .*forged"\}$/m);
  });
});

describe('what a document may do', () => {
  const OWN = /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/;
  const ALONE = /^default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'$/;
  test.each([
    ['the page', `/u/${idOf('a')}`, OWN], ['the page of nobody', `/u/${idOf('z')}`, OWN], ['the picture of nobody', `/u/${idOf('z')}/picture`, OWN], ['the generator', `/u/${idOf('a')}/embed`, new RegExp(OWN.source.replace("form-action 'none'", "form-action 'self'"))],
    ['a badge', `/badge/${idOf('a')}.svg`, ALONE], ['a card', `/badge/${idOf('a')}.svg?style=card`, ALONE], ['a badge of nobody', `/badge/${idOf('z')}.svg`, ALONE], ['a badge as PNG', `/badge/${idOf('z')}.png`, ALONE],
  ])('is in the policy of %s, and its address goes nowhere', async (_name, path, policy) => {
    const { headers } = await get(whole, path);
    expect(headers.get('content-security-policy')).toMatch(policy);
    expect(headers.get('referrer-policy')).toMatch(/^(?:no-referrer|same-origin)$/);
    expect(headers.get('x-robots-tag')).toBe('noindex, nofollow, noarchive');
  });
});

describe('what the asker writes himself comes back nowhere as markup', () => {
  const evil = encodeURIComponent('"><script>alert(1)</script>');
  const lines = '%0d%0aSet-Cookie:%20x=1%0d%0a%0d%0a<script>';
  test.each([
    `/u/${evil}`, `/u/${evil}/embed`, `/badge/${evil}.svg`, `/v1/presence/${evil}`, `/v1/presence?id=${evil}`, `/v1/${evil}`, `/${evil}`, `/u/<script>alert(1)</script>@x`,
    `/badge/${idOf('a')}.svg?label=${evil}`, `/badge/${idOf('a')}.svg?style=${evil}`, `/badge/${idOf('a')}.svg?label=${lines}`, `/u/${idOf('a')}?label=${evil}`, `/u/${idOf('a')}/embed?style=${evil}`, `/u/${idOf('a')}/embed?label=${evil}`,
    `/v1/presence/${lines}`, `/u/${lines}`, `/v1/stream?id=${evil}`, `/v1/presence/${idOf('a')}?callback=alert(1)//`, `/v1/presence/${idOf('a')}?jsonp=alert`, `/v1/lookup?mail=${evil}`, `/v1/openapi.json?x=${evil}`, `/widget.js?x=${evil}`,
  ])('%s', async (path) => {
    const answer = await get(whole, path, {}, path.startsWith('/v1/stream') ? 'HEAD' : 'GET');
    expectManners(answer);
    const type = answer.headers.get('content-type') ?? '';
    if (type.startsWith('text/html')) expectInert(answer.body);
    if (type.startsWith('image/svg')) expectDrawing(answer.body);
    if (type.includes('json')) expect(answer.body).not.toContain('<script');
    expect(answer.body).not.toMatch(/^alert/);
  });

  test('a page that says what it is called, in whatever bytes, is of no other type', async () => {
    for (const path of [`/u/${idOf('a')}.js`, `/v1/presence/${idOf('a')}.html`, `/v1/presence/${idOf('a')}/x.html`, `/badge/${idOf('a')}.html`]) {
      const answer = await get(whole, path);
      expectManners(answer);
      expect(answer.status).toBe(404);
    }
  });
});
