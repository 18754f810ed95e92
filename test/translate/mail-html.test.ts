/** HTML as text with Message Styling (XEP-0393). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { htmlToPlain } from '../../src/translate/html-text.js';
import { HTML_LIMIT } from '../../src/translate/mail-parts.js';

describe('emphasis', () => {
  test.each([
    ['bold', 'a <b>bold</b> and <strong>strong</strong> word', 'a *bold* and *strong* word'],
    ['italic', 'an <i>italic</i>, <em>stressed</em> word', 'an _italic_, _stressed_ word'],
    ['struck', '<s>a</s> or <del>b</del> or <strike>c</strike>', '~a~ or ~b~ or ~c~'],
    ['code', 'type <code>npm i</code>.', 'type `npm i`.'],
    ['both', '<b><i>both</i></b>', '*_both_*'],
    ['one in the other', '<b>bold <i>and</i> more</b>', '*bold _and_ more*'],
    ['spaces inside stand outside', 'a<b> bold </b>word', 'a *bold* word'],
    ['in two elements is one', '<b>one</b> <b>two</b>', '*one two*'],
    ['over two lines is two', '<b>one<br>two</b>', '*one*\n*two*'],
    ['headings', '<h1>Title</h1><p>Text</p>', '*Title*\n\nText'],
    ['a bold heading', '<h2><b>Title</b></h2>', '*Title*'],
    ['a bold link', '<b><a href="https://a.example">here</a></b>', '*here* <https://a.example>'],
    ['in a list', '<ul><li><b>x</b> y</li></ul>', '• *x* y'],
    ['in brackets', '“<b>x</b>” (<i>y</i>)', '“x” (y)'],
    ['not inside a word', 'un<b>believ</b>able', 'unbelievable'],
    ['not at the start of a word', '<b>D</b>ear', 'Dear'],
    ['not of nothing', 'a<b> </b>b<b></b><i>.</i>', 'a b.'],
    ['not around its own directive', '<b>2*3</b>', '2*3'],
    ['not in a line that has the directive', '*a <b>b</b>', '*a b'],
    ['a directive in a link does not count', '<i>see</i> <a href="https://a.example/b_c">here</a>', '_see_ here <https://a.example/b_c>'],
    ['the mail\'s own directives stay', 'a *b* c_d_e `f', 'a *b* c_d_e `f'],
    ['no emphasis inside of code', '<code>a <b>b</b></code>', '`a b`'],
  ])('%s', (_, html, text) => expect(htmlToPlain(html)).toBe(text));
});

describe('blocks', () => {
  test.each([
    ['preformatted text', '<p>a</p><pre>x\n  y</pre><p>b</p>', 'a\n\n```\nx\n  y\n```\n\nb'],
    ['preformatted text with a fence in it', '<pre>```\nx</pre>', '```\nx'],
    ['text in a pre that a program made of plain text', '<pre wrap="">a\nb</pre>', 'a\nb'],
    ['nested quotes', '<blockquote>a<blockquote>b</blockquote></blockquote>', '> a\n>\n>> b'],
    ['nested lists', '<ul><li>a<ul><li>b</li><li>c</li></ul></li><li>d</li></ul>', '• a\n  • b\n  • c\n• d'],
    ['numbered lists', '<ol start="3"><li>a</li><li>b</li></ol>', '3. a\n4. b'],
    ['paragraphs in a list', '<ul><li><p>a</p><p>b</p></li></ul>', '• a\n\n  b'],
    ['blank lines of Gmail', '<div>a</div><div><br></div><div>b</div>', 'a\n\nb'],
    ['a break at the end of a block', '<div>a<br></div><div>b</div>', 'a\nb'],
    ['lines of Outlook', '<p class=MsoNormal>a</p><p class=MsoNormal>b</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>c</p>', 'a\nb\n\nc'],
    ['a rule', 'a<hr>b', 'a\n———\nb'],
    ['inline elements in one line', 'a<span>b</span> <font>c</font>', 'ab c'],
  ])('%s', (_, html, text) => expect(htmlToPlain(html)).toBe(text));
});

describe('tables', () => {
  test.each([
    ['of data', '<table><tr><th>Item</th><th>Price</th></tr><tr><td>Tea</td><td>2 €</td></tr></table>', 'Item | Price\nTea | 2 €'],
    ['with an empty cell', '<table><tr><td>a</td><td></td><td>c</td></tr><tr><td>d</td><td>e</td><td></td></tr></table>', 'a |  | c\nd | e'],
    ['of labels', '<table><tr><th>From: </th><td>Bob</td></tr><tr><th>To:</th><td>Anna</td></tr><tr><td></td></tr></table>', 'From: Bob\nTo: Anna'],
    ['that lay out a page', '<table><tr><td><table role="presentation"><tr><td><p>one</p></td></tr><tr><td><p>two</p></td></tr></table></td></tr></table>', 'one\n\ntwo'],
    ['of one row', '<table><tr><td>logo</td><td>name</td></tr></table>', 'logo\nname'],
    ['with texts in their cells', `<table><tr><td>${'long text '.repeat(15)}</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>`, `${'long text '.repeat(15).trim()}\nb\nc\nd`],
    ['said to be for layout', '<table role="presentation"><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>', 'a\nb\nc\nd'],
    ['with a caption', '<table><caption>Prices</caption><tr><td>a</td><td>1</td></tr><tr><td>b</td><td>2</td></tr></table>', 'Prices\na | 1\nb | 2'],
  ])('%s', (_, html, text) => expect(htmlToPlain(html)).toBe(text));
});

describe('links and images', () => {
  test.each([
    ['a link', '<a href="https://a.example/x?utm_source=n&amp;id=1">read on</a>', 'read on <https://a.example/x?utm_source=n&id=1>'],
    ['a link that is its own text', '<a href="https://www.a.example/">a.example</a>', 'a.example'],
    ['an address', '<a href="mailto:bob@example.net">bob@example.net</a> <a href="mailto:bob@example.net">Bob</a>', 'bob@example.net Bob <bob@example.net>'],
    ['an address in its brackets', '<a href="mailto:bob@example.net">&lt;bob@example.net&gt;</a>', '<bob@example.net>'],
    ['what leads nowhere', '<a href="#top">up</a> <a href="javascript:x()">js</a> <a name="x">here</a> <a href="/rel">rel</a>', 'up js here rel'],
    ['spaces around', 'a<a href="https://a.example"> b </a>c', 'a b <https://a.example> c'],
    ['a URL with what would end it', '<a href="https://a.example/ b&gt;c">x</a>', 'x <https://a.example/%20b%3Ec>'],
    ['an image that says something', 'a <img src="x.png" alt="Map of Verona"> b', 'a [Map of Verona] b'],
    ['an image that is a link', '<a href="https://a.example"><img src="x" alt="Read on"></a>', 'Read on <https://a.example>'],
    ['an emoji', 'well <img alt="🙂" src="e.png">', 'well 🙂'],
    ['images that say nothing', '<img alt=""><img src="x"><img alt="logo"><img alt="image001.png"><img width="1" height="1" alt="tracking">', ''],
  ])('%s', (_, html, text) => expect(htmlToPlain(html)).toBe(text));
});

describe('what is not to be seen', () => {
  test.each([
    ['display: none', 'a<div style="display:none">b</div>c', 'a' + 'c'],
    ['preview text', `<div style="display:none;max-height:0;overflow:hidden">Preview ${'&#847;&zwnj;&nbsp;'.repeat(50)}</div><p>text</p>`, 'text'],
    ['filled up preview', `<p>Preview${'&zwnj;&nbsp;'.repeat(80)}</p><p>text</p>`, 'Preview\n\ntext'],
    ['font-size 0', '<span style="font-size:0">x</span>y', 'y'],
    ['but what a layout closes its gaps with', '<table><tr><td style="font-size:0px;padding:10px 25px;"><div style="font-size:13px">text</div></td></tr></table>', 'text'],
    ['nor what only Outlook hides', '<div style="mso-hide:all">text</div>', 'text'],
    ['no height', '<div style="max-height:0px;overflow:hidden;">x</div><div style="height:0">y</div>', 'y'],
    ['comments for Outlook', '<!--[if mso]><p>only Outlook</p><![endif]--><p>text</p><![if !mso]><p>others</p><![endif]>', 'text\n\nothers'],
    ['scripts and styles', '<title>t</title><style>p{}</style><script>x</script>text', 'text'],
    ['soft hyphens', 'Donau&shy;dampf&#8203;schiff', 'Donaudampfschiff'],
    ['joiners that matter stay', 'می\u200cخواهم 👩\u200d👩\u200d👧', 'می\u200cخواهم 👩\u200d👩\u200d👧'],
    ['characters of our own', 'a&#xfdd4;b\ufde0c<pre>&#xfdd5;d</pre>', 'abc\n\n```\nd\n```'],
  ])('%s', (_, html, text) => expect(htmlToPlain(html)).toBe(text));
});

describe('hostile HTML', () => {
  const fill = (piece: string): string => piece.repeat(Math.floor(HTML_LIMIT / piece.length));

  test.each([
    ['1,000 deep', `${'<div>'.repeat(1_000)}x${'</div>'.repeat(1_000)}`],
    ['deep by elements that nest by mistake', fill('<li><p>')],
    ['lists in lists, each with many items', fill('<ul><li>a<li>b<li>c')],
    ['spans', fill('<b>x</b>y')],
    ['spans in one another, closed again', `${'<b><i>'.repeat(90)}${fill('x ')}`],
    ['cells', `<table>${fill('<tr><td>a<td>b')}`],
    ['tables in tables, with many rows', `${'<table><tr><td>'.repeat(60)}${'a<br>'.repeat(80_000)}`],
    ['links in links', fill('<a href="http://a.b">x')],
    ['directives', `<b>${fill('* ')}</b>`],
    ['entities', fill('&lt;')],
    ['attributes', `<p ${fill('a ')}>x`],
    ['one attribute', `<p style="${fill('a;')}">x`],
    ['styles with a rule on top', fill('<p style="border-top:solid 1pt"><b>From:</b>')],
    ['Gmail quotes', fill('<div class=gmail_quote><blockquote>a</blockquote></div>')],
    ['nested Gmail quotes', fill('<div class=gmail_quote>a')],
    ['invisible characters', fill('\u200c ')],
  ])('takes no long time: %s', (_, html) => {
    const before = process.cpuUsage();
    const text = htmlToPlain(html);
    // Microseconds: ten times what it takes on a machine with nothing else to do, as a busy one counts twice and more.
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
    expect(text.length).toBeLessThan(2.2 * HTML_LIMIT);
  });

  test('never throws, and leaves no mark of ours', () => {
    const tag = fc.constantFrom('b', 'i', 's', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li', 'table', 'tr', 'td', 'p', 'br', 'a', 'h1', 'div');
    const piece = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), tag.map((name) => `<${name}>`), tag.map((name) => `</${name}>`), fc.constantFrom('&nbsp;', '&#xfde0;', '<!--', '-->', '*', '_', '<a href="', '">'));
    fc.assert(fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => void expect(htmlToPlain(pieces.join(''))).not.toMatch(/[\ufdd0-\ufdef]/)), { numRuns: 2_000 });
  });

  test('every directive put in makes a span (XEP-0393 §5.2)', () => {
    const word = fc.constantFrom('a', 'bc', '1', '.', ' ', ', ', '(', ')');
    const run = fc.tuple(fc.constantFrom('', 'b', 'i', 's'), fc.array(word, { maxLength: 4 })).map(([name, words]) => (name === '' ? words.join('') : `<${name}>${words.join('')}</${name}>`));
    fc.assert(
      fc.property(fc.array(run, { maxLength: 8 }), (runs) => {
        const text = htmlToPlain(runs.join(''));
        for (const directive of ['*', '_', '~']) {
          const places = [...text].flatMap((character, i) => (character === directive ? [i] : []));
          expect(places.length % 2).toBe(0);
          places.forEach((at, i) => {
            const [outside, inside] = i % 2 === 0 ? [text[at - 1], text[at + 1]] : [text[at + 1], text[at - 1]];
            expect(inside).toMatch(/\S/);
            expect(outside ?? ' ').toMatch(i % 2 === 0 ? /[\s*_~]/ : /[\s*_~.,)]/);
          });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

test('an element or a class that is called like what objects inherit is nothing special', () => {
  expect(htmlToPlain('<p>before <constructor>in it</constructor> after</p><div class="constructor">below</div>')).toBe('before in it after\n\nbelow');
});
