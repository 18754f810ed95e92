import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { isFailure } from '../../src/failure.js';
import { htmlToPlain } from '../../src/translate/html-text.js';
import { HTML_LIMIT, PLAIN_LIMIT } from '../../src/translate/mail-parts.js';
import { readMail } from '../../src/translate/read-mail.js';
import { fromMail } from '../../src/translate/from-mail.js';
import { FACTS, good, plainText, read } from './mail-helpers.js';

const multipart = (...parts: string[]) => `Content-Type: multipart/mixed; boundary=b\n\n${parts.map((part) => `--b\n${part}\n`).join('')}--b--\n`;

describe('the header', () => {
  test('hides no line break in an encoded word', async () => {
    const mail = await read('Subject: =?utf-8?q?a=0D=0ABcc:_evil=40e.example=00=E2=80=A8x?=\nFrom: =?utf-8?q?B=0D=0Aob?= <bob@example.net>\n\nx\n');
    expect(mail.subject).toBe('a Bcc: evil@e.example x');
    expect(mail.from).toEqual([{ name: 'B ob', address: 'bob@example.net' }]);
  });

  test('is kept in order, unfolded, raw and decoded', async () => {
    const { headers } = await read('X-A: one\nX-B: =?utf-8?q?z=C3=BC?=\n =?utf-8?q?rich?=\nx-a: two\nX-C: Gr\u00fc\u00dfe\n\nx\n');
    expect(headers.fields.map((field) => field.name)).toEqual(['x-a', 'x-b', 'x-a', 'x-c']);
    expect(headers.all('x-a')).toEqual(['one', 'two']);
    expect(headers.text('x-b')).toBe('zürich');
    expect(headers.first('x-c')).toBe('Grüße');
  });

  test('takes a date, ids and addresses, or leaves them out', async () => {
    const mail = await read('Date: Thu, 15 Jan 2026 12:00:00 +0100 (CET)\nMessage-ID: <m@x>\nIn-Reply-To: Message of Tuesday <r@x>\nReferences: <a@x>\n\t<b@x>\nTo: A: "B, C" <b@x>, d@x;\n\nx\n');
    expect(mail.date).toBe(Date.UTC(2026, 0, 15, 11));
    expect([mail.messageId, mail.inReplyTo, mail.references]).toEqual(['<m@x>', ['<r@x>'], ['<a@x>', '<b@x>']]);
    expect(mail.to).toEqual([{ name: 'B, C', address: 'b@x' }, { name: '', address: 'd@x' }]);
    const odd = await read('Date: yesterday\nMessage-ID: none\n\nx\n');
    expect([odd.date, odd.messageId]).toEqual([undefined, undefined]);
  });
});

describe('attachments', () => {
  test('are measured, named by their last path part, and numbered', async () => {
    const mail = await read(
      multipart(
        'Content-Type: text/plain\n\nhello',
        'Content-Type: image/PNG; name="../../etc/passwd"\nContent-Transfer-Encoding: base64\n\nAAAA\nAAA=',
        "Content-Type: application/pdf\nContent-Disposition: attachment; filename*=utf-8''%e4%bd%a0.pdf\n\n12345",
        'Content-Type: text/plain; name=notes.txt\nContent-Disposition: attachment\n\nnot the body',
        'Content-Type: message/rfc822\n\nSubject: inner\n\ninner body',
      ),
    );
    expect(plainText(mail)).toBe('hello');
    expect(mail.attachments).toEqual([
      { name: 'passwd', type: 'image/png', size: 5, where: { part: 0 } },
      { name: '你.pdf', type: 'application/pdf', size: 5, where: { part: 1 } },
      { name: 'notes.txt', type: 'text/plain', size: 12, where: { part: 2 } },
      { name: 'inner.eml', type: 'message/rfc822', size: 28, where: { part: 3 } },
    ]);
  });

  test('of 50 MB are never held', async () => {
    const line = Buffer.from(`${'A'.repeat(76)}\r\n`.repeat(1000));
    let most = 0;
    function* big() {
      yield Buffer.from('Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n');
      for (let i = 0; i < 900; i++) {
        most = Math.max(most, process.memoryUsage().arrayBuffers);
        yield line;
      }
      yield Buffer.from('--b--\r\n');
    }
    const before = process.memoryUsage().arrayBuffers;
    const mail = good(await readMail(Readable.from(big(), { objectMode: false })));
    expect(mail.attachments[0]?.size).toBe(900 * 1000 * 57);
    expect(most - before).toBeLessThan(40 * 1024 * 1024);
  });
});

describe('text', () => {
  test('is cut at its limit, in characters, with a note', async () => {
    const mail = await read(Buffer.from(`Content-Type: text/plain; charset=utf-8\r\n\r\n${'語'.repeat(PLAIN_LIMIT / 3 + 10)}`));
    expect(plainText(mail)).toBe('語'.repeat(Math.floor(PLAIN_LIMIT / 3)));
    expect(mail.notes).toEqual(['cut']);
    expect(fromMail(mail, FACTS).text).toMatch(/語\n\n\[This mail is longer than shown here\.\]$/);
  });

  test('HTML has a limit of its own', async () => {
    const mail = await read(`Content-Type: text/html\n\n${'<p>word</p>'.repeat(HTML_LIMIT / 10)}`);
    expect(mail.bodies[0]?.html).toHaveLength(HTML_LIMIT);
    expect(mail.notes).toEqual(['cut']);
  });

  test('loses its control characters', async () => {
    expect(plainText(await read('\na\0b\x1bc\x07d\n'))).toBe('abcd');
  });

  test('of a mail without a boundary is shown raw, with a note', async () => {
    const mail = await read('Content-Type: multipart/mixed\n\nsome text\n');
    expect(mail.notes).toEqual(['raw']);
    expect(plainText(mail)).toBe('some text\n');
  });
});

describe('what cannot be read', () => {
  test.each([
    ['a header of 300 KB', Buffer.from(`X: ${'x'.repeat(300_000)}\r\n\r\nx`)],
    ['5,000 parts', Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(5000)}`)],
    ['1,100 levels', Buffer.from(`Content-Type: multipart/mixed; boundary=b0\r\n\r\n${Array.from({ length: 1100 }, (_, i) => `--b${i}\r\nContent-Type: multipart/mixed; boundary=b${i + 1}\r\n\r\n`).join('')}`)],
  ])('%s is a permanent failure, and the source is read to its end', async (_, bytes) => {
    const source = Readable.from([bytes, Buffer.alloc(100_000, 'x'), Buffer.from('end')], { objectMode: false });
    const result = await readMail(source);
    expect(isFailure(result) && [result.kind, result.reason]).toEqual(['permanent', 'bad-content']);
    expect([source.readableEnded, source.errored]).toEqual([true, null]);
  });

  test('a source that breaks off is a temporary failure', async () => {
    const source = new Readable({ read: () => undefined });
    source.push('Subject: x\r\n\r\nhalf a');
    setImmediate(() => source.destroy(new Error('connection reset')));
    const result = await readMail(source);
    expect(isFailure(result) && result.kind).toBe('temporary');
  });

  test('a source destroyed without an error too', async () => {
    const source = new Readable({ read: () => undefined });
    source.push('Subject: x\r\n\r\nhalf a');
    setImmediate(() => source.destroy());
    expect(isFailure(await readMail(source))).toBe(true);
  });

  test('nothing at all is an empty mail', async () => {
    expect(fromMail(await read(''), FACTS).text).toBe('');
  });
});

describe('HTML', () => {
  test.each([
    ['paragraphs and breaks', '<p>one</p><p>two<br>three</p>', 'one\n\ntwo\nthree'],
    ['links', '<a href="https://a.example/x">here</a> <a href="https://b.example">https://b.example</a>', 'here <https://a.example/x> https://b.example'],
    ['lists', '<ul><li>a</li><li>b</li></ul>', '• a\n• b'],
    ['quotes', 'yes<blockquote>a<br>b</blockquote>', 'yes\n\n> a\n> b'],
    ['nothing that is not text', '<style>a{}</style><script>alert(1)</script><img src=x><!-- c -->text&nbsp;here', 'text here'],
    ['broken', '<p>a<b>b<p>c</x></b', 'ab\n\n*c*'],
  ])('%s', (_, html, text) => expect(htmlToPlain(html)).toBe(text));

  test.each([
    ['unclosed', '<div>'.repeat(100_000)],
    ['lists', '<ul><li>'.repeat(60_000)],
    ['tables', '<table><tr><td>'.repeat(35_000)],
    ['quotations', '<blockquote>a'.repeat(40_000)],
    ['closed again', `${'<b>'.repeat(60_000)}x${'</b>'.repeat(60_000)}`],
    ['with end tags of nothing', '<div></x>'.repeat(50_000)],
    ['table heads', '<thead>'.repeat(70_000)],
    ['angles', '<'.repeat(HTML_LIMIT)],
    ['paragraphs', '<p>a</p>'.repeat(65_000)],
    ['list items', `<ol>${'<li>x'.repeat(100_000)}</ol>`],
    ['lines, quoted deep', `${'<blockquote>'.repeat(90)}<pre>${'a\n'.repeat(250_000)}`],
    ['breaks, quoted deep', `${'<blockquote>'.repeat(90)}${'x<br>'.repeat(4_800)}`],
    ['links', '<a href="http://a.b/c">x</a>'.repeat(4_990)],
  ])('that is hostile holds nobody up: %s', (_, html) => {
    const before = process.cpuUsage();
    const text = htmlToPlain(html);
    // Microseconds: ten times what it takes on a machine with nothing else to do, as a busy one counts twice and more.
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
    expect(text.length).toBeLessThan(2 * HTML_LIMIT);
  });

  test.each([
    ['lines of a long log', 'line<br>'.repeat(4_000), 'line'],
    ['cells of a long table', `<table>${'<tr><td>word</td></tr>'.repeat(2_400)}</table>`, 'word'],
    ['more elements than are laid out', '<p>para</p>'.repeat(20_000), 'para'],
    ['quotations, one in the other', `${'<blockquote>'.repeat(99)}${'<b>deep</b> '.repeat(50)}`, 'deep'],
    ['tables, one in the other', `${'<table><tr><td>'.repeat(90)}cell`, 'cell'],
  ])('loses nothing of it: %s', (_, html, word) => {
    expect(htmlToPlain(html).split(word).length).toBe(html.split(word).length);
  });

  test('brings no control character, however spelt', () => {
    expect(htmlToPlain('a&#1;b&#8;c&#27;d')).toBe('abcd');
  });

  test('nested too deep is its bare text', () => {
    expect(htmlToPlain(`<style>p{}</style>${'<div>'.repeat(400)}<p>one</p>two &amp; three<script>x</script>`)).toBe('one\ntwo & three');
  });
});
