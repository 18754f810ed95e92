/** What is read of a mail to be shown, how often, and that nothing a stranger wrote is more than text. */
import { parseFragment, type DefaultTreeAdapterTypes } from 'parse5';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFailure } from '../../src/failure.js';
import { viewOf } from '../../src/web/mail-view.js';
import { plainBody } from '../../src/web/plain-body.js';
import { RecentViews } from '../../src/web/recent-views.js';
import { inPieces, mailOf, png } from './mails.js';

async function htmlOf(mail: Buffer): Promise<string | undefined> {
  const view = await viewOf(inPieces(mail));
  if (view === undefined || isFailure(view)) throw new Error('it cannot be read');
  return view.html?.html;
}

describe('a mail with HTML', () => {
  it('has its plain parts beside it as text, whatever they say', async () => {
    const part = (type: string, body: string): string => `--b\r\nContent-Type: text/${type}\r\n\r\n${body}\r\n`;
    const mail = Buffer.from(`From: a@x.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${part('html', '<p>Hello</p>')}${part('plain', '</pre><script>alert(1)</script> & "more"')}--b--\r\n`);
    expect(await htmlOf(mail)).toBe('<p>Hello</p><hr><pre>&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;more&quot;</pre>');
  });

  it('has pictures of its own in it, and no other file', async () => {
    const files = [
      { name: 'a.png', type: 'image/png', bytes: png(1, 1), contentId: 'picture' }, { name: 'a.svg', type: 'image/svg+xml', bytes: Buffer.from('<svg/>'), contentId: 'drawing' }, { name: 'a.html', type: 'text/html', bytes: Buffer.from('<p>'), contentId: 'page' },
    ];
    const html = await htmlOf(mailOf({ html: '<img src="cid:picture"><img src="cid:drawing" alt="A drawing"><img src="cid:page" alt="A page">', files }));
    expect([...(html ?? '').matchAll(/src="([^"]*)"/g)].map(([, src]) => src)).toEqual([expect.stringMatching(/^\d+\/a\.png$/)]);
  });
});

type Node = DefaultTreeAdapterTypes.ChildNode;
const nodesIn = (nodes: readonly Node[]): Node[] => nodes.flatMap((node) => ('childNodes' in node ? [node, ...nodesIn(node.childNodes)] : [node]));
const elementsIn = (text: string) => nodesIn(parseFragment(plainBody(text).text).childNodes).flatMap((node) => ('tagName' in node ? [node] : []));
const hrefsIn = (text: string) => elementsIn(text).flatMap(({ attrs }) => attrs.filter(({ name }) => name === 'href').map(({ value }) => value));

describe('plain text', () => {
  it.each(['javascript:alert(1)', 'JavaScript://x.test/%0aalert(1)', 'data:text/html,<script>alert(1)</script>', 'vbscript:x', 'file:///etc/passwd', 'https://', 'https://[', 'xhttp:/x'])('has no link in %s', (text) => expect(hrefsIn(text)).toEqual([]));

  it('has a link where there is one, without what stands behind it', () => {
    expect(hrefsIn('See (https://a.test/b_(c)), https://a.test/?x="y or <http://b.test>.')).toEqual(['https://a.test/b_(c)', 'https://a.test/?x=', 'http://b.test/']);
    expect([hrefsIn(`https://a.test/${'a'.repeat(1_985)}`).length, hrefsIn(`https://a.test/${'a'.repeat(1_986)}`).length]).toEqual([1, 0]);
  });

  it('has the link that is written, shown as it is written', () =>
    expect(plainBody('https://a.test/?a&lt;b&amp;c').text).toContain('<a href="https://a.test/?a&amp;lt;b&amp;amp;c" target="_blank" rel="noopener noreferrer nofollow">https://a.test/?a&amp;lt;b&amp;amp;c</a>'));

  it('is quoted eight deep at most', () => expect(elementsIn(`${'>'.repeat(40)} x`).filter(({ tagName }) => tagName === 'blockquote')).toHaveLength(8));

  it('is all there, in our elements alone, and its links lead to the web alone', () => {
    const word = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\n', '> ', '>>', '-- \n', 'https://a.test/', 'javascript:', 'http:', '//', '<a href=', '</div>', '<!--', '"', "'", '&lt;', '&', '\0', ')', '('));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        const text = words.join('');
        const elements = elementsIn(text);
        for (const { tagName, attrs } of elements) {
          expect(['div', 'blockquote', 'a']).toContain(tagName);
          for (const { name, value } of attrs) expect(`${name}=${value}`).toMatch(/^(?:class=(?:plain|signature)|href=https?:\/\/.*|target=_blank|rel=noopener noreferrer nofollow)$/s);
        }
        const shown = nodesIn(parseFragment(plainBody(text).text).childNodes).map((node) => ('value' in node ? node.value : '')).join('');
        // The marks of quotes are elements now; a parser makes line ends one.
        const bare = (of: string): string => of.replace(/[\0\s>]/g, '');
        expect(bare(shown)).toBe(bare(text));
      }),
    );
  });
});

describe('recent views', () => {
  function views() {
    const time = { now: 1_000 };
    const reads: string[] = [];
    const recent = new RecentViews<string>(() => time.now);
    const of = (id: string, read = (): Promise<string> => Promise.resolve(`view of ${id}`)): Promise<string> => recent.of(id, () => (reads.push(id), read()));
    return { time, reads, of };
  }

  it('are read once, while somebody reads and a minute after', async () => {
    const { time, reads, of } = views();
    expect(await Promise.all([of('a'), of('a'), of('b')])).toEqual(['view of a', 'view of a', 'view of b']);
    time.now += 59_999;
    await of('a');
    expect(reads).toEqual(['a', 'b']);
    time.now += 1;
    await of('a');
    expect(reads).toEqual(['a', 'b', 'a']);
  });

  it('are eight; the one that was read longest ago goes', async () => {
    const { reads, of } = views();
    for (const id of 'abcdefghi') await of(id);
    reads.length = 0;
    for (const id of 'bcdefghi') await of(id);
    expect(reads).toEqual([]);
    await of('a');
    expect(reads).toEqual(['a']);
  });

  it('are none of what failed', async () => {
    const { reads, of } = views();
    await expect(of('a', () => Promise.reject(new Error('the disk')))).rejects.toThrow('the disk');
    expect(await of('a')).toBe('view of a');
    expect(reads).toEqual(['a', 'a']);
  });
});
