/** Pictures that people give of themselves: what they are is told by their bytes, never by a name or a type. */

export interface GivenPicture {
  readonly type: 'image/png' | 'image/jpeg' | 'image/webp';
  readonly bytes: Buffer;
}

export interface WebPicture {
  readonly type: GivenPicture['type'] | 'image/gif';
  readonly bytes: Buffer;
}

/** A vCard with it must fit into a stanza. */
export const PICTURE_LIMIT = 64 * 1024;
/** Both sides, pixels: more is a way to fill a client's memory. */
const LONGEST_SIDE = 2_048;

/** Undefined for what is no picture, too large, or not of a kind that clients show. */
export function pictureOf(bytes: Buffer): GivenPicture | undefined {
  return pictureAmong(KINDS, bytes);
}

/** As `pictureOf`, and also what browsers alone show. */
export function webPictureOf(bytes: Buffer): WebPicture | undefined {
  return pictureAmong(WEB_KINDS, bytes);
}

function pictureAmong<Type extends string>(kinds: readonly Kind<Type>[], bytes: Buffer): { readonly type: Type; readonly bytes: Buffer } | undefined {
  if (bytes.length > PICTURE_LIMIT) return undefined;
  const found = kinds.find(({ is }) => is(bytes));
  const sides = found?.sidesOf(bytes) ?? [];
  const isBelievable = sides.length === 2 && sides.every((side) => side > 0 && side <= LONGEST_SIDE);
  return found !== undefined && isBelievable ? { type: found.type, bytes } : undefined;
}

interface Kind<Type extends string> {
  readonly type: Type;
  readonly is: (bytes: Buffer) => boolean;
  /** Undefined where it tells none. Its bytes suffice for a header. */
  readonly sidesOf: (bytes: Buffer) => readonly number[] | undefined;
}

const JPEG = Buffer.from([0xff, 0xd8, 0xff]);
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

const KINDS: readonly Kind<GivenPicture['type']>[] = [
  { type: 'image/png', is: (bytes) => bytes.length >= 45 && bytes.subarray(0, 8).equals(PNG), sidesOf: sidesOfPng },
  { type: 'image/jpeg', is: (bytes) => bytes.length > 100 && bytes.subarray(0, 3).equals(JPEG), sidesOf: sidesOfJpeg },
  { type: 'image/webp', is: (bytes) => bytes.length > 30 && latin1(bytes, 0) === 'RIFF' && latin1(bytes, 8) === 'WEBP', sidesOf: sidesOfWebp },
];

const WEB_KINDS: readonly Kind<WebPicture['type']>[] = [
  ...KINDS,
  // GIF89a §18: the logical screen.
  { type: 'image/gif', is: (bytes) => bytes.length > 13 && /^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6)), sidesOf: (bytes) => [bytes.readUInt16LE(6), bytes.readUInt16LE(8)] },
];

function latin1(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, at + 4);
}

/** A header chunk comes first (PNG §5.2, §11.2.1). */
function sidesOfPng(bytes: Buffer): readonly number[] | undefined {
  return latin1(bytes, 12) === 'IHDR' ? [bytes.readUInt32BE(16), bytes.readUInt32BE(20)] : undefined;
}

/** Start of frame: all of C0 to CF but DHT, JPG and DAC (ISO/IEC 10918-1, table B.1). */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** Segments with a length each, up to the frame header (ISO/IEC 10918-1, B.2.2). */
function sidesOfJpeg(bytes: Buffer): readonly number[] | undefined {
  for (let at = 2; at + 9 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1] ?? 0;
    if (isFrame(marker)) return [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7)];
    // A marker may have more than one FF before it.
    at += marker === 0xff ? 1 : 2 + Math.max(2, bytes.readUInt16BE(at + 2));
  }
  return undefined;
}

/** Each of the three kinds of a first chunk has its own header (RFC 9649 §2.5 to §2.7). */
function sidesOfWebp(bytes: Buffer): readonly number[] | undefined {
  const chunk = latin1(bytes, 12);
  if (chunk === 'VP8 ') return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff];
  if (chunk === 'VP8X') return [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1];
  const packed = bytes.readUInt32LE(21);
  return chunk === 'VP8L' ? [(packed & 0x3fff) + 1, ((packed >>> 14) & 0x3fff) + 1] : undefined;
}

/** The `Face` field of a mail's header: a small PNG in base64. */
export function faceOf(value: string | undefined): GivenPicture | undefined {
  const text = value?.replace(/\s+/g, '') ?? '';
  if (text === '' || text.length > 2 * PICTURE_LIMIT || !/^[A-Za-z0-9+/]+=*$/.test(text)) return undefined;
  const picture = pictureOf(Buffer.from(text, 'base64'));
  return picture?.type === 'image/png' ? picture : undefined;
}
