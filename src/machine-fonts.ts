/**
 * Fonts that the administrator has installed, for what ours have no picture of: Chinese, Japanese, Korean, Devanagari, Thai and so on. They are looked
 * for when a picture first needs one, never at the start, and known from then on until the gateway ends.
 */
import { open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { directoryOf, facesIn, metricsOf, namesOf, type FaceNames, type Metrics, type Table } from './font-tables.js';

/** A font in a file, of one weight. */
export interface Face {
  readonly file: string;
  readonly metrics: Metrics;
}

export interface Family {
  readonly name: string;
  /** At least one of the two. */
  readonly regular?: Face;
  readonly bold?: Face;
}

/** Bounds what a strange directory can cost. */
const MOST_FILES = 2_000;
const DEEPEST = 6;
/** Bytes: where all faces of a collection begin. */
const HEAD = 65_536;
/** Bytes; the largest are the `cmap` and `hmtx` of 65,535 glyphs. */
const LARGEST_TABLE = 4_194_304;

/** The `fonts` of each data directory (XDG Base Directory Specification), as fontconfig has it. */
export function fontDirectories({ XDG_DATA_DIRS }: Readonly<Record<string, string | undefined>>): readonly string[] {
  return (XDG_DATA_DIRS || '/usr/local/share:/usr/share').split(':').filter((directory) => directory.startsWith('/')).map((directory) => join(directory, 'fonts'));
}

export class MachineFonts {
  private known: Promise<readonly Family[]> | undefined;

  /** @param directories looked through with all below them */
  constructor(private readonly directories: readonly string[] = fontDirectories(process.env)) {}

  /** All that can be drawn, the plainest first. Never rejects: what is no font, or broken, is not there. */
  families(): Promise<readonly Family[]> {
    return (this.known ??= this.look());
  }

  private async look(): Promise<readonly Family[]> {
    const files: string[] = [];
    for (const directory of this.directories) await collect(directory, DEEPEST, files);
    const found = (await inTurn(files, namesIn)).flat();
    const names = new Set(found.map(({ names: { family } }) => family));
    const chosen = [...names].map((name) => ({ name, all: found.filter(({ names: { family } }) => family === name) })).map(({ name, all }) => ({ name, regular: nearest(all, false), bold: nearest(all, true) }));
    const families = await inTurn(chosen, async ({ name, regular, bold }) => {
      const [light, strong] = [await faceOf(regular), await faceOf(bold)];
      return { name, ...(light && { regular: light }), ...(strong && { bold: strong }) };
    });
    return families.filter(({ regular, bold }) => regular !== undefined || bold !== undefined).sort((one, other) => rank(one.name) - rank(other.name) || (one.name < other.name ? -1 : 1));
  }
}

/** One after the other: nobody waits for it but one picture. */
async function inTurn<In, Out>(all: readonly In[], what: (one: In) => Promise<Out>): Promise<Out[]> {
  const results: Out[] = [];
  for (const one of all) results.push(await what(one));
  return results;
}

async function collect(directory: string, deep: number, files: string[]): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    if (files.length >= MOST_FILES) return;
    if (entry.isDirectory() && deep > 0) await collect(path, deep - 1, files);
    else if (/\.(?:ttf|otf|ttc|otc)$/i.test(entry.name)) files.push(path);
  }
}

interface Found {
  readonly file: string;
  /** Where the face begins in the file. */
  readonly at: number;
  readonly names: FaceNames;
}

async function namesIn(file: string): Promise<readonly Found[]> {
  return (
    (await reading(file, async (handle, head) => {
      const faces = facesIn(head).filter((at) => isOutlined(directoryOf(head, at)));
      return inTurn(faces, async (at) => ({ file, at, names: namesOf(await tablesOf(handle, head, at, ['name', 'OS/2'])) }));
    })) ?? []
  );
}

/** Not one of coloured pictures, which are not drawn. */
function isOutlined(tables: ReadonlyMap<string, unknown>): boolean {
  return (tables.has('glyf') || tables.has('CFF ')) && !['CBDT', 'COLR', 'sbix', 'SVG '].some((tag) => tables.has(tag));
}

function nearest(all: readonly Found[], isBold: boolean): Found | undefined {
  const wanted = isBold ? 700 : 400;
  const away = ({ names: { weight } }: Found): number => Math.abs(weight - wanted);
  return all.filter(({ names: { weight, isSlanted } }) => !isSlanted && weight >= 550 === isBold).sort((one, other) => away(one) - away(other))[0];
}

/** Those that go with our own letters come first. */
function rank(family: string): number {
  return /mono|typewriter/i.test(family) ? 3 : /serif|ming|song|batang|kai|nastaliq/i.test(family) ? 2 : /sans|gothic/i.test(family) ? 0 : 1;
}

async function faceOf(found: Found | undefined): Promise<Face | undefined> {
  if (found === undefined) return undefined;
  const { file, at } = found;
  return reading(file, async (handle, head) => ({ file, metrics: metricsOf(await tablesOf(handle, head, at, ['head', 'hhea', 'hmtx', 'cmap'])) }));
}

/** @returns undefined for a file that cannot be read, or is no font */
async function reading<T>(file: string, read: (handle: FileHandle, head: Buffer) => Promise<T>): Promise<T | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    const head = await part(handle, 0, HEAD);
    return await read(handle, head);
  } catch (error) {
    if (error instanceof RangeError || (error instanceof Error && 'syscall' in error)) return undefined;
    throw error;
  } finally {
    await handle?.close();
  }
}

/** One that is not there is empty. */
async function tablesOf(handle: FileHandle, head: Buffer, face: number, tags: readonly string[]): Promise<Table> {
  const directory = directoryOf(head, face);
  const tables = new Map<string, Buffer>();
  for (const tag of tags) {
    const { at, length } = directory.get(tag) ?? { at: 0, length: 0 };
    tables.set(tag, await part(handle, at, Math.min(length, LARGEST_TABLE)));
  }
  return (tag) => tables.get(tag) ?? Buffer.alloc(0);
}

async function part(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}
