/** What stands in a font file (OpenType 1.9): which characters have a glyph, how wide each is, and how the font calls itself. Pure. */

/** The bytes of a table; throws a RangeError, as do all readers here, when the file is not whole. */
export type Table = (tag: string) => Buffer;

/** Of what a font draws. */
export interface Metrics {
  /** 0: none. @param code of a character */
  readonly glyphOf: (code: number) => number;
  /** In em. */
  readonly advanceOf: (glyph: number) => number;
}

/** Where each table of a face stands in the file. @param head the file's beginning. @param at where the face begins there */
export function directoryOf(head: Buffer, at: number): ReadonlyMap<string, { readonly at: number; readonly length: number }> {
  const count = head.readUInt16BE(at + 4);
  return new Map(
    Array.from({ length: count }, (_, i) => {
      const record = at + 12 + 16 * i;
      return [head.toString('latin1', record, record + 4), { at: head.readUInt32BE(record + 8), length: head.readUInt32BE(record + 12) }] as const;
    }),
  );
}

/** Where the faces of a file begin: several in a collection (TTC). @param head the file's beginning */
export function facesIn(head: Buffer): readonly number[] {
  if (head.toString('latin1', 0, 4) !== 'ttcf') return [0];
  return Array.from({ length: Math.min(MOST_FACES, head.readUInt32BE(8)) }, (_, i) => head.readUInt32BE(12 + 4 * i));
}

const MOST_FACES = 64;

/** `head` has the units of an em, `hhea` how many glyphs have an advance of their own in `hmtx`; all further ones have the last. */
export function metricsOf(table: Table): Metrics {
  const unitsPerEm = table('head').readUInt16BE(18);
  const count = table('hhea').readUInt16BE(34);
  const hmtx = table('hmtx');
  const advances = Uint16Array.from({ length: count }, (_, i) => hmtx.readUInt16BE(4 * i));
  const glyphOf = glyphsIn(table('cmap'));
  return { glyphOf, advanceOf: (glyph) => (advances[Math.min(glyph, count - 1)] ?? 0) / unitsPerEm };
}

/** Some characters one after the other, whose glyphs are so as well. */
type Run = readonly [first: number, last: number, glyph: number];

/** By the `cmap` of format 12, or of format 4, which has the characters of the BMP. */
export function glyphsIn(cmap: Buffer): (code: number) => number {
  const tables = Array.from({ length: cmap.readUInt16BE(2) }, (_, i) => cmap.readUInt32BE(4 + 8 * i + 4));
  const formats = new Map(tables.map((at) => [cmap.readUInt16BE(at), at]));
  const [wide, narrow] = [formats.get(12), formats.get(4)];
  return lookUp(wide !== undefined ? runsOf12(cmap, wide) : narrow !== undefined ? runsOf4(cmap, narrow) : []);
}

function runsOf12(cmap: Buffer, at: number): Run[] {
  return Array.from({ length: cmap.readUInt32BE(at + 12) }, (_, i) => {
    const group = at + 16 + 12 * i;
    return [cmap.readUInt32BE(group), cmap.readUInt32BE(group + 4), cmap.readUInt32BE(group + 8)] as const;
  });
}

function runsOf4(cmap: Buffer, at: number): Run[] {
  const double = cmap.readUInt16BE(at + 6);
  const runs: Run[] = [];
  for (let i = 0; i < double; i += 2) {
    const last = cmap.readUInt16BE(at + 14 + i);
    const first = cmap.readUInt16BE(at + 16 + double + i);
    const delta = cmap.readUInt16BE(at + 16 + 2 * double + i);
    const place = at + 16 + 3 * double + i;
    const offset = cmap.readUInt16BE(place);
    if (offset === 0) runs.push(...wrapped(first, last, (first + delta) % 65_536));
    else for (let code = first; code <= last; code++) runs.push([code, code, indirect(cmap, place + offset + 2 * (code - first), delta)]);
  }
  return runs;
}

/** Glyph numbers go round at 65,536. */
function wrapped(first: number, last: number, glyph: number): Run[] {
  const most = first + 65_535 - glyph;
  return last <= most ? [[first, last, glyph]] : [[first, most, glyph], [most + 1, last, 0]];
}

function indirect(cmap: Buffer, at: number, delta: number): number {
  // 0xFFFF, which every such table ends with, may point anywhere.
  const glyph = at + 2 <= cmap.length ? cmap.readUInt16BE(at) : 0;
  return glyph === 0 ? 0 : (glyph + delta) % 65_536;
}

function lookUp(runs: readonly Run[]): (code: number) => number {
  const [firsts, lasts, glyphs] = [0, 1, 2].map((i) => Uint32Array.from(runs, (run) => run[i] ?? 0)) as [Uint32Array, Uint32Array, Uint32Array];
  return (code) => {
    let [low, high] = [0, firsts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((lasts[middle] ?? 0) < code) low = middle + 1;
      else high = middle;
    }
    const first = firsts[low];
    return first === undefined || code < first ? 0 : (glyphs[low] ?? 0) + code - first;
  };
}

/** How a font is told from others. */
export interface FaceNames {
  readonly family: string;
  /** 400 regular, 700 bold. */
  readonly weight: number;
  readonly isSlanted: boolean;
}

/** `name` 16 is the family where a family has more than four styles, else 1; `OS/2` has the weight. */
export function namesOf(table: Table): FaceNames {
  const name = table('name');
  const os2 = table('OS/2');
  return { family: textIn(name, 16) ?? textIn(name, 1) ?? '', weight: os2.readUInt16BE(4), isSlanted: (os2.readUInt16BE(62) & 0x201) !== 0 };
}

/** In English, as Windows has it: UTF-16. */
function textIn(name: Buffer, id: number): string | undefined {
  const strings = name.readUInt16BE(4);
  for (let i = 0; i < name.readUInt16BE(2); i++) {
    const record = 6 + 12 * i;
    const [platform, language, its] = [0, 4, 6].map((at) => name.readUInt16BE(record + at));
    if (platform !== 3 || language !== 0x409 || its !== id) continue;
    const at = strings + name.readUInt16BE(record + 10);
    return Buffer.from(name.subarray(at, at + name.readUInt16BE(record + 8))).swap16().toString('utf16le');
  }
  return undefined;
}
