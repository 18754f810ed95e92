/** Writes a winmail.dat, by MS-OXTNEF. */

export interface PackedFile {
  /** File name of the old kind, in the title; `long` among the properties. */
  readonly title?: string;
  readonly long?: string;
  readonly type?: string;
  readonly contentId?: string;
  readonly bytes: Buffer;
  /** Among the properties, not as an attribute of its own. */
  readonly asProperty?: boolean;
  /** A message within. */
  readonly isMessage?: boolean;
  /** Its data before its name. */
  readonly dataFirst?: boolean;
}

export interface Packed {
  readonly codePage?: number;
  readonly body?: Buffer;
  readonly properties?: readonly Buffer[];
  readonly files?: readonly PackedFile[];
}

export function tnef({ codePage, body, properties = [], files = [] }: Packed): Buffer {
  return Buffer.concat([
    long(0x223e9f78),
    Buffer.from([1, 0]),
    ...(codePage === undefined ? [] : [attribute(1, 0x00069007, Buffer.concat([long(codePage), long(0)]))]),
    ...(body === undefined ? [] : [attribute(1, 0x0002800c, body)]),
    ...(properties.length === 0 ? [] : [attribute(1, 0x00069003, block(properties))]),
    ...files.flatMap(attachment),
  ]);
}

export function attribute(level: number, id: number, data: Buffer): Buffer {
  const checksum = data.reduce((sum, byte) => (sum + byte) & 0xffff, 0);
  return Buffer.concat([Buffer.from([level]), long(id), long(data.length), data, Buffer.from([checksum & 255, checksum >> 8])]);
}

export function block(properties: readonly Buffer[]): Buffer {
  return Buffer.concat([long(properties.length), ...properties]);
}

/** One that is a number. */
export function number(id: number, value: number): Buffer {
  return Buffer.concat([short(0x03), short(id), long(value)]);
}

/** One whose value has a length: `type` 0x1e, 0x1f, 0x0d or 0x102. */
export function value(type: number, id: number, bytes: Buffer): Buffer {
  return Buffer.concat([short(type), short(id), long(1), sized(bytes)]);
}

export function unicode(id: number, text: string): Buffer {
  return value(0x1f, id, Buffer.from(`${text}\0`, 'utf16le'));
}

/** Several numbers, under a name. */
export function named(id: number, name: string, numbers: readonly number[]): Buffer {
  const text = Buffer.from(`${name}\0`, 'utf16le');
  return Buffer.concat([short(0x1003), short(id), Buffer.alloc(16, 7), long(1), sized(text), long(numbers.length), ...numbers.map(long)]);
}

const MESSAGE = Buffer.from('0703020000000000c000000000000046', 'hex');

function attachment({ title, long: longName, type, contentId, bytes, asProperty = false, isMessage = false, dataFirst = false }: PackedFile): Buffer[] {
  const properties = [
    number(0x3705, isMessage ? 5 : 1),
    named(0x8001, 'a name', [1, 2, 3]),
    ...(longName === undefined ? [] : [unicode(isMessage ? 0x3001 : 0x3707, longName)]),
    ...(type === undefined ? [] : [value(0x1e, 0x370e, Buffer.from(`${type}\0`))]),
    ...(contentId === undefined ? [] : [unicode(0x3712, contentId)]),
    ...(isMessage ? [value(0x0d, 0x3701, Buffer.concat([MESSAGE, bytes]))] : asProperty ? [value(0x102, 0x3701, bytes)] : []),
  ];
  const data = isMessage || asProperty ? [] : [attribute(2, 0x0006800f, bytes)];
  const rest = [...(title === undefined ? [] : [attribute(2, 0x00018010, Buffer.from(`${title}\0`, 'latin1'))]), attribute(2, 0x00069005, block(properties))];
  return [attribute(2, 0x00069002, Buffer.alloc(14)), ...(dataFirst ? [...data, ...rest] : [...rest, ...data])];
}

function sized(bytes: Buffer): Buffer {
  return Buffer.concat([long(bytes.length), bytes, Buffer.alloc(-bytes.length & 3)]);
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function short(value: number): Buffer {
  return long(value).subarray(0, 2);
}
