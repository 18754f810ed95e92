/** Original mails, kept beside the message that owns them: in pieces, or known to be in a file (src/store/originals.ts). */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { ContentId } from '../message.js';
import type { Db } from './open.js';
import type { Sealed } from './original-file.js';
import { originalsBeside } from './originals.js';
import { StoreError } from './store-error.js';

const DAY = 86_400_000;
/** How long bytes wait for the message that owns them: an upload is done in minutes, or never. */
const ORPHAN_AGE = DAY;
const MOST_BROKEN = 10_000;
/** At most 256 KiB each; a file counts for more, as removing it takes its time. */
const PIECES_PER_PRUNE = 100;
const FILE_COUNTS = 10;

interface PieceRow {
  readonly bytes: Buffer;
  /** Null: kept before there were checksums. */
  readonly crc: number | null;
}

interface PastRow {
  readonly num: number;
  readonly id: ContentId;
  readonly inFile: 0 | 1;
}

function prepareStatements(db: Db) {
  return {
    find: db.prepare<[string], number>('SELECT num FROM contents WHERE id = ?').pluck(),
    add: db.prepare<[string]>('INSERT INTO contents (id) VALUES (?)'),
    write: db.prepare<[number, number, Uint8Array, number]>('INSERT OR REPLACE INTO pieces (content, seq, bytes, crc) VALUES (?, ?, ?, ?)'),
    read: db.prepare<[string, number], PieceRow>(
      'SELECT bytes, crc FROM pieces WHERE content = (SELECT num FROM contents WHERE id = ?) AND seq = ?',
    ),
    addFile: db.prepare<[string, number, number]>('INSERT INTO contents (id, file_size, file_crc) VALUES (?, ?, ?)'),
    file: db.prepare<[string], Sealed>('SELECT file_size AS size, file_crc AS crc FROM contents WHERE id = ? AND file_size IS NOT NULL'),
    keep: db.prepare<[number, string]>('UPDATE contents SET keep_until = MAX(?, COALESCE(keep_until, 0)) WHERE id = ?'),
    orphan: db.prepare<[number]>('UPDATE contents SET keep_until = ? WHERE keep_until IS NULL'),
    past: db.prepare<[number], PastRow>(
      'SELECT num, id, file_size IS NOT NULL AS inFile FROM contents WHERE keep_until < ? ORDER BY keep_until LIMIT 1',
    ),
    forgetPieces: db.prepare<[number, number]>(
      'DELETE FROM pieces WHERE rowid IN (SELECT rowid FROM pieces WHERE content = ? LIMIT ?)',
    ),
    forget: db.prepare<[number]>('DELETE FROM contents WHERE num = ?'),
  };
}

export class Contents {
  private readonly sql: ReturnType<typeof prepareStatements>;
  /** Originals of which a piece could not be stored: their message must not be accepted. */
  private readonly broken = new Set<ContentId>();

  private readonly directory: string;

  constructor(
    db: Db,
    private readonly keepFor: number,
  ) {
    this.directory = originalsBeside(db.name);
    this.sql = prepareStatements(db);
  }

  /** The engine's, under their own names. */
  operations() {
    return {
      write: this.write.bind(this),
      addFile: this.addFile.bind(this),
      file: this.file.bind(this),
      files: this.files.bind(this),
      lost: this.lost.bind(this),
      piece: this.read.bind(this),
    };
  }

  write(id: ContentId, seq: number, bytes: Uint8Array): void {
    const content = this.sql.find.get(id) ?? Number(this.sql.add.run(id).lastInsertRowid);
    this.sql.write.run(content, seq, bytes, crc32(bytes));
  }

  /** The original is in a file, which is on the disk. */
  addFile(id: ContentId, { size, crc }: Sealed): void {
    this.sql.addFile.run(id, size, crc);
  }

  file(id: ContentId): Sealed | undefined {
    return this.sql.file.get(id);
  }

  /** Those that are in files. */
  files(ids: readonly ContentId[]): readonly ContentId[] {
    return ids.filter((id) => this.file(id) !== undefined);
  }

  /** A piece was lost after its writer went on. */
  lost(id: ContentId): void {
    this.broken.add(id);
    const [oldest] = this.broken;
    if (this.broken.size > MOST_BROKEN && oldest !== undefined) this.broken.delete(oldest);
  }

  /** @returns false when the bytes are not all there */
  keep(id: ContentId, acceptedAt: number): boolean {
    return !this.broken.has(id) && this.sql.keep.run(acceptedAt + this.keepFor, id).changes === 1;
  }

  /** Throws when the piece is damaged. */
  read(id: ContentId, seq: number): Uint8Array | undefined {
    const piece = this.sql.read.get(id, seq);
    if (piece !== undefined && piece.crc !== null && piece.crc !== crc32(piece.bytes)) throw new StoreError(`the original ${id} is damaged`);
    return piece?.bytes;
  }

  /** Returns whether there is more to forget. */
  prune(now: number): boolean {
    this.sql.orphan.run(now + ORPHAN_AGE);
    let left = PIECES_PER_PRUNE;
    for (let past = this.sql.past.get(now); past !== undefined; past = this.sql.past.get(now)) {
      const { num, id, inFile } = past;
      left -= this.sql.forgetPieces.run(num, left).changes + 1;
      if (left <= 0) return true;
      if (inFile === 1) {
        rmSync(join(this.directory, id), { force: true });
        left -= FILE_COUNTS;
      }
      this.sql.forget.run(num);
    }
    return false;
  }
}
