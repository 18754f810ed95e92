/** Message Styling: the XEP's own examples, and what must hold of any text. */
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { parseDocument, DomUtils } from 'htmlparser2';
import { describe, expect, test } from 'vitest';
import { blocksOf, type Block } from '../../src/translate/styling.js';
import { spansOf, type Span } from '../../src/translate/styling-spans.js';
import { htmlOf } from '../../src/translate/styled-html.js';
import { linksIn } from '../../src/translate/text-links.js';
import { toMail, toMailWithFiles } from '../../src/translate/to-mail.js';
import { chat, GATEWAY, good, NOW, plainText, read } from './mail-helpers.js';
import { worked } from '../worked.js';

/** Spans as tags, to be read at a glance. */
function shown(spans: readonly Span[]): string {
  const tags = { strong: 'b', emphasis: 'i', strike: 's' } as const;
  return spans.map((span) => (span.kind === 'text' ? span.text : span.kind === 'code' ? `<c>${span.text}</c>` : `<${tags[span.kind]}>${shown(span.spans)}</${tags[span.kind]}>`)).join('');
}

describe('spans (XEP-0393 §5.2, §8)', () => {
  test.each([
    ['*strong*', '<b>strong</b>'],
    ['_emphasis_', '<i>emphasis</i>'],
    ['~strike~', '<s>strike</s>'],
    ['`mono`', '<c>mono</c>'],
    ['*strong*plain*', '<b>strong</b>plain*'],
    ['* plain *strong*', '* plain <b>strong</b>'],
    ['not strong*', 'not strong*'],
    ['*not strong', '*not strong'],
    ['*not *strong', '*not *strong'],
    ['**', '**'],
    ['***', '***'],
    ['****', '****'],
    ['**not strong**', '**not strong**'],
    ['*this is strong *this is not', '*this is strong *this is not'],
    ['_*both*_', '<i><b>both</b></i>'],
    ['*_~`all`~_*', '<b><i><s><c>all</c></s></i></b>'],
    ['`*code*`', '<c>*code*</c>'],
    ['*a `b*` c', '<b>a `b</b>` c'],
    ['This is *bold* and _this *too*_.', 'This is <b>bold</b> and <i>this <b>too</b></i>.'],
    ['snake_case_name and 2*3*4', 'snake_case_name and 2*3*4'],
    ['(*no*)', '(*no*)'],
    ['* *', '* *'],
    ['*👍*', '<b>👍</b>'],
  ])('%s', (line, expected) => expect(shown(spansOf(line))).toBe(expected));

  test('take linear time', () => {
    const start = process.cpuUsage();
    for (const piece of ['*a ', ' *a', '_*`~', '*a_ ', '****', '* *a* ']) spansOf(piece.repeat(100_000));
    expect(worked(start)).toBeLessThan(2_000);
  });

  test('leave nothing out but the directives', () => {
    const text = (spans: readonly Span[]): string => spans.map((span) => ('text' in span ? span.text : text(span.spans))).join('');
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('*', '_', '~', '`', ' ', 'a', '👍') }), (line) => {
      expect(text(spansOf(line)).replace(/[*_~`]/g, '')).toBe(line.replace(/[*_~`]/g, ''));
    }));
  });
});

function outline(blocks: readonly Block[]): unknown[] {
  return blocks.map((block) => (block.kind === 'line' ? shown(block.spans) : block.kind === 'code' ? { code: block.lines } : { quote: outline(block.blocks) }));
}

describe('blocks (XEP-0393 §5.1)', () => {
  test.each<[string, string, unknown[]]>([
    ['a fence and what follows it', '```ignored\n(println "Hello, world!")\n```\n\n*after*', [{ code: ['(println "Hello, world!")'] }, '', '<b>after</b>']],
    ['a fence that nothing closes', '```\na\n  b', [{ code: ['a', '  b'] }]],
    ['a fence that a line of other text does not close', '```\n*a*\n``` b\n```\nc', [{ code: ['*a*', '``` b'] }, 'c']],
    ['a fence alone', '```', [{ code: [] }]],
    ['code ended by its quote', '> ```\n> (println "Hello")\n\nplain', [{ quote: [{ code: ['(println "Hello")'] }] }, '', 'plain']],
    ['quotes within quotes', '>> That *that*\n> is\nhm', [{ quote: [{ quote: ['That <b>that</b>'] }, 'is'] }, 'hm']],
    ['quotes with spaces between', '> > two\n>  > two\n> one', [{ quote: [{ quote: ['two', 'two'] }, 'one'] }]],
    ['spans do not cross lines', '*a\nb*', ['*a', 'b*']],
    ['indented code in a quote', '> ```\n>   x\n> ```\n> y', [{ quote: [{ code: ['  x'] }, 'y'] }]],
  ])('%s', (_, text, expected) => expect(outline(blocksOf(text))).toEqual(expected));

  test('ten thousand marks are no ten thousand quotes', () => {
    expect(() => htmlOf(blocksOf(`${'>'.repeat(10_000)} a`))).not.toThrow();
  });
});

describe('links', () => {
  test.each([
    ['see https://a.example/b_(c), or not', ['https://a.example/b_(c)']],
    ['(https://a.example/)', ['https://a.example/']],
    ['https://a.example/?a=1&b=2#c.', ['https://a.example/?a=1&b=2#c']],
    ['mailto:bob@example.net xmpp:room@muc.example?join', ['mailto:bob@example.net', 'xmpp:room@muc.example?join']],
    ['javascript:alert(1) data:text/html,x file:///etc/passwd ftp://a.example/', []],
    ['xhttps://a.example mailto: xmpp:x http://', []],
    ['http://a.example/"onmouseover="alert(1)', ['http://a.example/']],
  ])('%s', (text, expected) => {
    expect(linksIn(text).flatMap(({ href }) => href ?? [])).toEqual(expected);
    expect(linksIn(text).map(({ words }) => words).join('')).toBe(text);
  });
});

const written = (text: string, more = {}) => read(good(toMail(chat({ text, ...more }), { gateway: GATEWAY, now: NOW })).raw);

describe('the mail of a styled text', () => {
  test.each(['Hello, at one?', 'It costs 3 * 4 = 12', 'snake_case', 'a > b'])('"%s" stays one plain part', async (text) => {
    expect((await written(text)).type).toBe('text/plain');
  });

  test('has the text as it stands, and HTML beside it', async () => {
    const mail = await written('*Hi*, see <https://a.example/?a=1&b=2>\n> old\n```\n  x < y\n```');
    expect(mail.type).toBe('multipart/alternative');
    expect(plainText(mail)).toBe('*Hi*, see <https://a.example/?a=1&b=2>\n> old\n```\n  x < y\n```');
    const html = mail.bodies[0]?.html ?? '';
    expect(html).toContain('<div dir="auto"><b>Hi</b>, see &lt;<a href="https://a.example/?a=1&amp;b=2">https://a.example/?a=1&amp;b=2</a>&gt;</div>');
    expect(htmlOf(blocksOf('  a *b*  c `d` e'))).toContain('<div dir="auto">&nbsp; a <b>b</b>&nbsp; c <code');
    expect(htmlOf(blocksOf('a *b* c'))).toContain('<b>b</b> c</div>');
    expect(html).toContain('<div dir="auto">old</div>\n</blockquote>');
    expect(html).toContain('>\n  x &lt; y</pre>');
  });

  test('is not styled when its author says so (§6), but its links are links', async () => {
    expect((await written('*Hi*', { unstyled: true })).type).toBe('text/plain');
    expect((await written('*Hi* https://a.example/', { unstyled: true })).bodies[0]?.html).toContain('>*Hi* <a href="https://a.example/">');
  });

  test('goes within a mail with files', async () => {
    const file = { name: 'a.txt', type: 'text/plain', size: 1, bytes: () => Readable.from([Buffer.from('a')]) };
    const mail = good(toMailWithFiles(chat({ text: '*Hi*' }), { gateway: GATEWAY, now: NOW, files: new Map([['x', file]]) }));
    if (Buffer.isBuffer(mail.raw)) throw new Error('no pieces');
    const pieces: Buffer[] = [];
    for await (const { bytes } of mail.raw.read()) pieces.push(bytes);
    const parts = await read(Buffer.concat(pieces));
    expect(parts.type).toBe('multipart/mixed');
    expect(parts.bodies).toEqual([{ plain: '*Hi*', html: expect.stringContaining('<b>Hi</b>') as string }]);
    expect(parts.attachments.map(({ name }) => name)).toEqual(['a.txt']);
  });
});

/** What htmlparser2 reads: the words, and every element with its attributes. */
function reading(html: string): { text: string; elements: string[]; hrefs: string[] } {
  const dom = parseDocument(html);
  const elements = DomUtils.findAll(() => true, dom);
  const body = elements.find(({ name }) => name === 'body');
  return {
    text: DomUtils.textContent(body ?? dom),
    elements: [...new Set(elements.flatMap(({ name, attribs }) => [name, ...Object.keys(attribs).map((key) => `${name} ${key}`)]))],
    hrefs: elements.flatMap(({ attribs }) => attribs.href ?? []),
  };
}

const ALLOWED = new Set(['html', 'head', 'meta', 'meta http-equiv', 'meta content', 'body', 'blockquote', 'blockquote type', 'blockquote style', 'pre', 'pre dir', 'pre style', 'div', 'div dir', 'br', 'b', 'i', 's', 'code', 'code style', 'a', 'a href']);
const hostile = fc.array(fc.constantFrom('<', '>', '"', "'", '&', '&lt;', '<script>', '</pre>', '-->', '<!--', '*', '_', '`', '```\n', '\n', '> ', ' ', '  ', '\t', 'a', 'https://x.example/', 'javascript:', 'mailto:a@b.example', '👍', 'ש', ']]>')).map((pieces) => pieces.join(''));

test('HTML of any text holds that text, and nothing that was not ours', () => {
  fc.assert(fc.property(hostile, (text) => {
    const { text: said, elements, hrefs } = reading(htmlOf(blocksOf(text)));
    expect(elements.filter((name) => !ALLOWED.has(name))).toEqual([]);
    for (const href of hrefs) expect(href).toMatch(/^(?:https?:\/\/|mailto:|xmpp:)/i);
    const letters = (words: string) => words.replace(/[*_~`>\s\u00a0]/g, '');
    // What stands on the line of an opening fence is not shown (§5.1.2).
    if (!text.includes('```')) expect(letters(said)).toBe(letters(text));
  }), { numRuns: 500 });
});
