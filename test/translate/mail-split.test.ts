/** Our splitter and decoders against those of mailsplit: same parts, same bytes, however the mail is cut into pieces. */
import { Readable } from 'node:stream';
import { Splitter, type MessageChunk, type MimeNode } from '@zone-eu/mailsplit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Leaf } from '../../src/translate/mail-leaf.js';
import { MailSplitter } from '../../src/translate/mail-split.js';

const LIMITS = { head: 256 * 1024, parts: 1000 };

interface Part {
  readonly headers: string;
  readonly multipart: string | false;
  readonly body: string;
  readonly decoded: string;
}

function ours(mail: Buffer, sizes: readonly number[]): Part[] {
  const found: { node: MimeNode; raw: Buffer[]; leaf: Leaf }[] = [];
  const splitter = new MailSplitter(LIMITS, {
    begin: (node) => found.push({ node, raw: [], leaf: new Leaf(node, Infinity) }),
    body: (bytes) => {
      found.at(-1)?.raw.push(Buffer.from(bytes));
      found.at(-1)?.leaf.write(bytes);
    },
  });
  for (const piece of cut(mail, sizes)) splitter.write(piece);
  splitter.end();
  return found.map(({ node, raw, leaf }) => {
    leaf.end();
    return { ...head(node), body: Buffer.concat(raw).toString('latin1'), decoded: leaf.bytes.toString('latin1') };
  });
}

async function theirs(mail: Buffer): Promise<Part[]> {
  const found: { node: MimeNode; raw: Buffer[] }[] = [];
  for await (const chunk of Readable.from([mail]).pipe(new Splitter({ ignoreEmbedded: true }))) {
    const given = chunk as MimeNode | MessageChunk;
    if (given.type === 'node') found.push({ node: given, raw: [] });
    else if (given.type === 'body' && found.at(-1)?.node === given.node) found.at(-1)?.raw.push(given.value);
  }
  return Promise.all(
    found.map(async ({ node, raw }) => {
      const body = Buffer.concat(raw);
      const decoded: Buffer[] = [];
      for await (const piece of Readable.from([body]).pipe(node.getDecoder())) decoded.push(piece as Buffer);
      return { ...head(node), body: body.toString('latin1'), decoded: Buffer.concat(decoded).toString('latin1') };
    }),
  );
}

function head(node: MimeNode): Pick<Part, 'headers' | 'multipart'> {
  return { headers: node.getHeaders().toString('latin1'), multipart: node.multipart };
}

function* cut(mail: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, i = 0; at < mail.length; i++) {
    const size = sizes[i % sizes.length] ?? mail.length;
    yield mail.subarray(at, at + size);
    at += size;
  }
}

const LINES = [
  '--b', '--b--', '--c', '--c--', '--b-x', '--bb', '--', '-', '', '', '', 'text', 'Subject: x', 'Content-Type: multipart/mixed; boundary=b',
  'Content-Type: multipart/alternative; boundary=c', 'Content-Type: text/plain; boundary=c', 'Content-Type: text/html; charset=utf-8',
  'Content-Type: message/rfc822', 'Content-Transfer-Encoding: base64', 'Content-Transfer-Encoding: quoted-printable', ' folded', 'QUJD', 'QUI=', 'Q', '=41=zz= ',
  'a=', '  blanks  ', '=', 'x'.repeat(300),
];
const mails = fc.array(fc.constantFrom(...LINES), { maxLength: 30 }).map((lines) => lines.join('\r\n'));
const ends = fc.constantFrom('', '\r\n', '\r\n\r\n');
const starts = fc.constantFrom('Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n', 'Content-Type: multipart/mixed; boundary=b\r\n', 'Subject: y\r\n\r\n', '');
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

/** The line break before a delimiter belongs to it (RFC 2046 §5.1.1); mailsplit leaves it where nothing else is in the part. */
function withoutLoneBreaks(parts: readonly Part[]): Part[] {
  const text = (value: string): string => (value === '\r\n' ? '' : value);
  return parts.map((part) => ({ ...part, body: text(part.body), decoded: text(part.decoded) }));
}

describe('a mail is taken apart as mailsplit does it', () => {
  test('in one piece and in many', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(starts, mails, ends, sizes, async (start, middle, end, pieces) => {
        const mail = Buffer.from(start + middle + end);
        const expected = withoutLoneBreaks(await theirs(mail));
        expect(withoutLoneBreaks(ours(mail, [mail.length]))).toEqual(expected);
        expect(withoutLoneBreaks(ours(mail, pieces))).toEqual(expected);
      }),
      { numRuns: 1_500 },
    );
  });
});
