/** Mails for the pages' tests, and the pieces they come in. */
import { deflateSync, crc32 } from 'node:zlib';

/** A picture that a browser shows: one colour all over. */
export function png(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, 0x7a)]);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.concat(Array.from({ length: height }, () => row)))), chunk('IEND', Buffer.alloc(0))]);
}

export interface FilePart {
  readonly name: string;
  readonly type: string;
  readonly bytes: Buffer;
  readonly contentId?: string;
}

export interface MailParts {
  readonly head?: Readonly<Record<string, string>>;
  readonly plain?: string;
  readonly html?: string;
  readonly files?: readonly FilePart[];
}

const HEAD = { From: 'Romeo Montague <romeo@montague.test>', To: 'Juliet <juliet@mail.example.com>', Subject: 'A <b>ball</b> & more', Date: 'Mon, 02 Nov 2026 10:00:00 +0000' };

export function mailOf({ head = {}, plain, html, files = [] }: MailParts): Buffer {
  const part = (type: string, body: string, more = ''): string => `--b\r\nContent-Type: ${type}\r\n${more}Content-Transfer-Encoding: base64\r\n\r\n${body.replace(/.{76}/g, '$&\r\n')}\r\n`;
  const text = (kind: string, body: string | undefined): string => (body === undefined ? '' : part(`text/${kind}; charset=utf-8`, Buffer.from(body).toString('base64')));
  const fields = Object.entries({ ...HEAD, ...head, 'MIME-Version': '1.0', 'Content-Type': 'multipart/mixed; boundary=b' }).map(([name, value]) => `${name}: ${value}\r\n`);
  const texts = plain !== undefined && html !== undefined
    ? `--b\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n${(text('plain', plain) + text('html', html)).replaceAll('--b\r\n', '--a\r\n')}--a--\r\n`
    : text('plain', plain) + text('html', html);
  const attached = files.map(({ name, type, bytes, contentId }) =>
    part(`${type}; name="${name}"`, bytes.toString('base64'), `Content-Disposition: ${contentId === undefined ? 'attachment' : 'inline'}; filename="${name}"\r\n${contentId === undefined ? '' : `Content-ID: <${contentId}>\r\n`}`),
  );
  return Buffer.from(`${fields.join('')}\r\n${texts}${attached.join('')}--b--\r\n`);
}

/** As the store yields it: no `Buffer`. */
export async function* inPieces(bytes: Uint8Array, size = 1_000): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield new Uint8Array(bytes.subarray(at, at + size));
  }
}

export async function gathered(pieces: AsyncIterable<Uint8Array> | string): Promise<Buffer> {
  if (typeof pieces === 'string') return Buffer.from(pieces);
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}
