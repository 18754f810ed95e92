import fc from 'fast-check';
import { parse, type DefaultTreeAdapterTypes } from 'parse5';
import { describe, expect, it } from 'vitest';
import { safeStyle } from '../../src/web/safe-css.js';
import { safeHtml } from '../../src/web/safe-html.js';
import { worked } from '../worked.js';
import { VECTORS } from './vectors.js';

type Node = DefaultTreeAdapterTypes.ChildNode;
type Element = DefaultTreeAdapterTypes.Element;

const OWN_IMAGE = '3/logo.png';
const imageOf = (id: string): string | undefined => (id === 'known' ? OWN_IMAGE : undefined);

async function safe(html: string): Promise<string> {
  return (await safeHtml(html, imageOf))?.html ?? 'too much';
}

function elementsIn(nodes: readonly Node[]): Element[] {
  return nodes.flatMap((node) => ('tagName' in node ? [node, ...elementsIn(node.childNodes)] : []));
}

/** Every element, as a browser's parser sees it, that is not on lists kept apart from the code's own. */
const TAGS = /^(html|head|body|a|abbr|address|article|aside|b|bdi|bdo|big|blockquote|br|caption|center|cite|code|col|colgroup|dd|del|dfn|div|dl|dt|em|figcaption|figure|font|footer|h[1-6]|header|hr|i|img|ins|kbd|li|main|mark|nav|ol|p|pre|q|rp|rt|ruby|s|samp|section|small|span|strike|strong|sub|sup|table|tbody|td|tfoot|th|thead|time|tr|tt|u|ul|var|wbr)$/;
const ATTRIBUTES = /^(href|target|rel|src|alt|title|style|class|align|valign|dir|lang|nowrap|type|width|height|border|cellpadding|cellspacing|colspan|rowspan|span|start|value|bgcolor|color|face|size|scope|role|aria-hidden|aria-label)$/;
const BAD_STYLE = /url|expression|import|position|behavior|binding|image|content|\\|[<>{}@]|\/\*/i;

function complaints(html: string): string[] {
  const found: string[] = [];
  for (const { tagName, namespaceURI, attrs } of elementsIn(parse(`<!doctype html><body>${html}`).childNodes)) {
    if (!TAGS.test(tagName) || String(namespaceURI) !== 'http://www.w3.org/1999/xhtml') found.push(`<${tagName}>`);
    for (const { name, value } of attrs) {
      const wrong =
        !ATTRIBUTES.test(name) ||
        (name === 'href' && !/^(https?:\/\/|mailto:|tel:|xmpp:)/.test(value)) ||
        (name === 'src' && value !== OWN_IMAGE && !/^data:image\/(png|jpe?g|gif|webp);base64,[\w+/=]+$/.test(value)) ||
        (name === 'style' && BAD_STYLE.test(value)) ||
        (name === 'class' && value !== 'off') ||
        (name === 'target' && value !== '_blank') ||
        (name === 'rel' && value !== 'noopener noreferrer nofollow');
      if (wrong) found.push(`${tagName} ${name}="${value}"`);
    }
  }
  return found;
}

describe('HTML made safe', () => {
  it('is judged by a parser that sees what is wrong', () => {
    expect(VECTORS.filter((vector) => complaints(vector).length > 0).length).toBeGreaterThan(85);
  });

  it.each(VECTORS)('has no script, no fetch and no way out: %j', async (vector) => {
    expect(complaints(await safe(vector))).toEqual([]);
    expect(complaints(await safe(`<table><tr><td>a ${vector} b</td></tr></table>`))).toEqual([]);
  });

  it('is so for any mixture of them, and for what is cut anywhere', async () => {
    const bit = fc.oneof(
      fc.constantFrom(...VECTORS),
      fc.constantFrom('<', '>', '"', "'", '=', '/', '&', '<!--', '-->', '<b', '</', '<table>', '<p>', '<svg>', '<math>', '<style>', '</style>', '<script>', '\0', '&#0;', '&lt', 'x', ' '),
      fc.tuple(fc.constantFrom(...VECTORS), fc.nat(60)).map(([vector, at]) => vector.slice(at)),
      fc.string({ unit: 'binary', maxLength: 8 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(bit, { maxLength: 12 }).map((bits) => bits.join('')), async (html) => {
        const out = await safe(html);
        expect(complaints(out), html).toEqual([]);
        // Once more changes nothing that matters: there is no second reading of it.
        expect(complaints(await safe(out))).toEqual([]);
      }),
      { numRuns: 1_500 },
    );
  }, 120_000);

  it.each('script style title template svg math iframe frameset noframes object audio video canvas map noembed xmp textarea select datalist'.split(' '))('leaves out what stands in <%s>, which is not for reading', async (tag) => {
    const out = await safe(`<p>before</p><${tag}>secret<b>secret</b></${tag}><p>after</p>`);
    expect(out).toBe('<p>before</p><p>after</p>');
  });

  it.each([
    ['<img src="cid:known" alt="&quot; onerror=&quot;alert(1)">', `<img src="3/logo.png" alt="&quot; onerror=&quot;alert(1)">`], ['<img src="cid:known" title="&quot;><script>">', '<img src="3/logo.png" alt="" title="&quot;&gt;&lt;script&gt;">'],
    [`<p style='font-family:"A" onclick ""'>x</p>`, '<p style="font-family:&quot;A&quot; onclick &quot;&quot;">x</p>'], [`<p style="font-family:'A'">x</p>`, '<p style="font-family:&#39;A&#39;">x</p>'],
    ['<a href="https://a.test/&quot;onclick=&quot;x">x</a>', '<a href="https://a.test/%22onclick=%22x" target="_blank" rel="noopener noreferrer nofollow">x</a>'],
  ])('ends no attribute early: %s', async (html, expected) => expect(await safe(html)).toBe(expected));

  it('is too much beyond 50,000 elements, and beyond 256 in one another', async () => {
    expect(await safe('<br>'.repeat(50_000))).toBe('<br>'.repeat(50_000));
    expect(await safe('<br>'.repeat(50_001))).toBe('too much');
    expect(await safe(`${'<b>'.repeat(256)}x`)).toBe(`${'<b>'.repeat(256)}x${'</b>'.repeat(256)}`);
    expect(await safe(`${'<b>'.repeat(257)}x`)).toBe('too much');
  });

  it('gives way to others every 16 KB', async () => {
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    await safe('word '.repeat(200_000));
    isOver = true;
    expect(turns).toBeGreaterThan(50);
  });

  it('keeps what makes a mail readable', async () => {
    const mail = '<h1 style="color:#7a1f2b;font-size:28px">Hi</h1><table width="600" bgcolor="#fff"><tr><td align="center" style="padding:4px 8px">x <b>y</b></td></tr></table><a href="https://a.test/?b=1&amp;c=2">l</a><img src="cid:known" width="10" alt="Logo"><ul><li>1</li></ul>';
    expect(await safe(mail)).toBe(
      '<h1 style="color:#7a1f2b;font-size:28px">Hi</h1><table width="600" bgcolor="#fff"><tr><td align="center" style="padding:4px 8px">x <b>y</b></td></tr></table><a href="https://a.test/?b=1&amp;c=2" target="_blank" rel="noopener noreferrer nofollow">l</a><img src="3/logo.png" alt="Logo" width="10"><ul><li>1</li></ul>',
    );
  });

  it('counts the images from elsewhere that somebody would have seen, and shows what they are', async () => {
    const made = await safeHtml('<img src="https://x.test/a.png" alt="A ball"><img src="//x.test/b.png"><img src="http://x.test/p.gif" width=1 height=1><img src="cid:known">', imageOf);
    expect(made).toMatchObject({ remoteImages: 2, html: '<span class="off">A ball</span><img src="3/logo.png" alt="">' });
  });

  it.each([
    ['a million div', '<div>'.repeat(1_000_000)], ['180,000 blockquotes', '<blockquote>'.repeat(180_000)], ['140,000 links', '<a href=x>y</a>'.repeat(140_000)], ['what is never closed', '<p><b><i>'.repeat(100_000)], ['a long attribute', `<a href="${'a'.repeat(5_000_000)}">x`],
    ['many attributes', `<a ${Array.from({ length: 100_000 }, (_, i) => `a${i}=1`).join(' ')}>x`], ['only <', '<'.repeat(500_000)], ['only &', '&'.repeat(500_000)], ['wrong ends', '<b>'.repeat(200) + '</x>'.repeat(200_000)], ['a long style', `<p style="${'color:red;('.repeat(100_000)}">`], ['half comments', '<!--'.repeat(200_000)],
  ])('holds up nobody with %s', async (_name, html) => {
    // Of the processor and not of the day: what else runs on the machine does not count.
    let longest = 0;
    let last = process.cpuUsage();
    const watch = setInterval(() => {
      longest = Math.max(longest, worked(last));
      last = process.cpuUsage();
    }, 1);
    const made = await safeHtml(html, imageOf);
    clearInterval(watch);
    expect(longest).toBeLessThan(500);
    if (made !== undefined) expect(made.html.length).toBeLessThan(html.length * 6 + 1_000);
  });
});

describe('a style', () => {
  it('is nothing but harmless declarations, whatever is written', () => {
    const bit = fc.constantFrom('color', 'background', 'position', ':', ';', 'red', 'url(', ')', '"', "'", '\\', '/*', '*/', 'expression(', 'rgb(1,2,3)', '@import', '{', '}', '<', ' ', 'font-family', '!important', '-moz-binding', 'var(--x)', 'fixed');
    fc.assert(
      fc.property(fc.array(bit, { maxLength: 20 }).map((bits) => bits.join('')), (style) => {
        const out = safeStyle(style);
        expect(out).not.toMatch(/(?:url|expression|var)\(|(?:^|;)(?:position|-moz-binding):|\\|[<>{}@]|\/\*/i);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each(['font-family:"A', "font-family:'A", 'color:rgb(1,2', 'color:rgb(1,2))', 'font-family:"A"B"'])('leaves out what does not end by itself, and so would take the next with it: %s', (open) => expect(safeStyle(`${open};color:red`)).toBe('color:red'));
});
