/** Pictures that people give of themselves: what they are is told by their bytes, never by a name or a type. */

export interface GivenPicture {
  readonly type: 'image/png' | 'image/jpeg' | 'image/webp';
  readonly bytes: Buffer;
}

/** A vCard with it must fit into a stanza. */
export const PICTURE_LIMIT = 64 * 1024;
/** Both sides of a PNG, pixels: more is a way to fill a client's memory. */
const LONGEST_SIDE = 1_024;

/** Undefined for what is no picture, too large, or not of a kind that clients show. */
export function pictureOf(bytes: Buffer): GivenPicture | undefined {
  if (bytes.length > PICTURE_LIMIT) return undefined;
  if (isPng(bytes)) return { type: 'image/png', bytes };
  if (bytes.length > 100 && bytes.subarray(0, 3).equals(JPEG)) return { type: 'image/jpeg', bytes };
  if (bytes.length > 30 && bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP') return { type: 'image/webp', bytes };
  return undefined;
}

const JPEG = Buffer.from([0xff, 0xd8, 0xff]);
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Signature, then a header chunk with sides that are believable (PNG §5.2, §11.2.1). */
function isPng(bytes: Buffer): boolean {
  if (bytes.length < 45 || !bytes.subarray(0, 8).equals(PNG) || bytes.toString('latin1', 12, 16) !== 'IHDR') return false;
  const sides = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  return sides.every((side) => side > 0 && side <= LONGEST_SIDE);
}

/** The `Face` field of a mail's header: a small PNG in base64. */
export function faceOf(value: string | undefined): GivenPicture | undefined {
  const text = value?.replace(/\s+/g, '') ?? '';
  if (text === '' || text.length > 2 * PICTURE_LIMIT || !/^[A-Za-z0-9+/]+=*$/.test(text)) return undefined;
  const picture = pictureOf(Buffer.from(text, 'base64'));
  return picture?.type === 'image/png' ? picture : undefined;
}
