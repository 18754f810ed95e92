/** Ways to damage the files of a store that is at rest. */
import { closeSync, openSync, readdirSync, readFileSync, readSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

const PAGE = 4_096;

export interface Damage {
  readonly name: string;
  /** @param path of the database */
  apply(path: string): void;
}

/** A flipped bit in each of so many pages, spread over the file; the place in the page is drawn. */
export function flips(path: string, most: number, random: () => number): Damage[] {
  const pages = Math.floor(statSync(path).size / PAGE);
  const count = Math.min(most, pages);
  return Array.from({ length: count }, (_, i) => {
    const at = Math.floor((i * pages) / count) * PAGE + Math.floor(random() * PAGE);
    const bit = 1 << Math.floor(random() * 8);
    return { name: `bit ${bit} of byte ${at}`, apply: (file: string) => flip(file, at, bit) };
  });
}

function flip(path: string, at: number, bit: number): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ bit;
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
}

/** On a store whose gateway was killed: there is a log beside the file. */
export const WHOLE_FILES: readonly Damage[] = [
  { name: 'log (WAL) cut in half', apply: (path) => truncateSync(`${path}-wal`, Math.floor(statSync(`${path}-wal`).size / 2)) },
  { name: 'log (WAL) deleted', apply: (path) => rmSync(`${path}-wal`) },
  { name: 'log (WAL) with a broken frame in the middle', apply: (path) => flip(`${path}-wal`, Math.floor(statSync(`${path}-wal`).size / 2), 4) },
  { name: 'database replaced by zeros', apply: (path) => writeFileSync(path, Buffer.alloc(statSync(path).size)) },
  { name: 'database cut in half', apply: (path) => truncateSync(path, Math.floor(statSync(path).size / 2 / PAGE) * PAGE) },
  { name: 'database of no bytes', apply: (path) => truncateSync(path, 0) },
  { name: 'database deleted', apply: (path) => rmSync(path) },
];

/** What is made anew at each start and holds nothing. */
export const SIDE_FILES: readonly Damage[] = [
  { name: 'garbage in the lock file', apply: (path) => writeFileSync(`${path}.lock`, 'garbage '.repeat(1_000)) },
  { name: 'garbage in the shared memory file', apply: (path) => writeFileSync(`${path}-shm`, Buffer.alloc(32_768, 0xa5)) },
];

/** The files of a store, as they are. */
export interface Copy {
  readonly files: ReadonlyMap<string, Buffer>;
}

export function copyOf(path: string): Copy {
  // The directories beside it hold nothing here: the mails are small.
  const names = readdirSync(dirname(path), { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));
  return { files: new Map(names.map((name) => [name, readFileSync(join(dirname(path), name))])) };
}

/** Makes the directory what it was. */
export function restore(path: string, { files }: Copy): void {
  for (const name of readdirSync(dirname(path))) rmSync(join(dirname(path), name), { recursive: true });
  for (const [name, bytes] of files) writeFileSync(join(dirname(path), name), bytes, { mode: 0o600 });
}

/** Whether the database and its log still have the bytes of the copy. */
export function untouched(path: string, { files }: Copy): boolean {
  const now = copyOf(path).files;
  const holds = (name: string): boolean => !/-shm$|\.lock/.test(name);
  const kept = [...files.keys()].filter(holds);
  const added = [...now.keys()].filter((name) => holds(name) && !files.has(name) && now.get(name)?.length !== 0);
  return added.length === 0 && kept.every((name) => now.get(name)?.equals(files.get(name) ?? Buffer.alloc(0)));
}
