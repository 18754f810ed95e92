/** Brings the originals that lie in files into the copy of their database: a backup is one file, and a whole store by itself. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { hasFiles } from './backup-holdings.js';
import type { Db } from './open.js';
import type { Sealed } from './original-file.js';
import { Sum } from './sum.js';

const PIECE = 256 * 1024;

interface Row extends Sealed {
  readonly num: number;
  readonly id: string;
}

export interface BringIn {
  /** The copy. */
  readonly copy: Db;
  /** The store's own directory. */
  readonly directory: string;
  /** Does the store, as it is now, still have this original? */
  readonly isKept: (id: string) => boolean;
  /** So many more bytes are in. */
  readonly progress: (bytes: number) => void;
}

/** @returns the ids of originals that are lost or damaged in the store itself; they are not in the copy */
export function bringInOriginals({ copy, directory, isKept, progress }: BringIn): readonly string[] {
  if (!hasFiles(copy)) return [];
  const rows = copy.prepare<[], Row>('SELECT num, id, file_size AS size, file_crc AS crc FROM contents WHERE file_size IS NOT NULL');
  const write = copy.prepare<[number, number, Buffer, number]>('INSERT INTO pieces (content, seq, bytes, crc) VALUES (?, ?, ?, ?)');
  const done = copy.prepare<[number]>('UPDATE contents SET file_size = NULL, file_crc = NULL WHERE num = ?');
  const forget = [copy.prepare<[number]>('DELETE FROM pieces WHERE content = ?'), copy.prepare<[number]>('DELETE FROM contents WHERE num = ?')];
  const lost: string[] = [];
  for (const { num, id, size, crc } of rows.all()) {
    const sum = new Sum();
    let seq = 0;
    for (const piece of piecesOf(join(directory, id))) {
      sum.add(piece);
      write.run(num, seq++, piece, crc32(piece));
      progress(piece.length);
    }
    if (sum.size === size && sum.crc === crc) {
      done.run(num);
      continue;
    }
    for (const statement of forget) statement.run(num);
    // What has been forgotten since the copy began is not missing.
    if (isKept(id)) lost.push(id);
  }
  return lost;
}

/** None of a file that is gone. */
function* piecesOf(path: string): Iterable<Buffer> {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r');
  try {
    for (;;) {
      const piece = Buffer.alloc(PIECE);
      const length = readSync(file, piece, 0, PIECE, null);
      if (length === 0) return;
      yield piece.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}
