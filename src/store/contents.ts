/** Original mails, in pieces, kept beside the message that owns them. */
import type { ContentId } from '../message.js';
import type { Db } from './open.js';

const DAY = 86_400_000;
/** How long bytes wait for the message that owns them: an upload is done in minutes, or never. */
const ORPHAN_AGE = DAY;
const MOST_BROKEN = 10_000;
/** At most 256 KiB each. */
const PIECES_PER_PRUNE = 100;

function prepareStatements(db: Db) {
  return {
    find: db.prepare<[string], number>('SELECT num FROM contents WHERE id = ?').pluck(),
    add: db.prepare<[string]>('INSERT INTO contents (id) VALUES (?)'),
    write: db.prepare<[number, number, Uint8Array]>('INSERT OR REPLACE INTO pieces (content, seq, bytes) VALUES (?, ?, ?)'),
    read: db
      .prepare<[string, number], Buffer>(
        'SELECT bytes FROM pieces WHERE content = (SELECT num FROM contents WHERE id = ?) AND seq = ?',
      )
      .pluck(),
    keep: db.prepare<[number, string]>('UPDATE contents SET keep_until = MAX(?, COALESCE(keep_until, 0)) WHERE id = ?'),
    orphan: db.prepare<[number]>('UPDATE contents SET keep_until = ? WHERE keep_until IS NULL'),
    past: db.prepare<[number], number>('SELECT num FROM contents WHERE keep_until < ? ORDER BY keep_until LIMIT 1').pluck(),
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

  constructor(
    db: Db,
    private readonly keepFor: number,
  ) {
    this.sql = prepareStatements(db);
  }

  write(id: ContentId, seq: number, bytes: Uint8Array): void {
    const content = this.sql.find.get(id) ?? Number(this.sql.add.run(id).lastInsertRowid);
    this.sql.write.run(content, seq, bytes);
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

  read(id: ContentId, seq: number): Uint8Array | undefined {
    return this.sql.read.get(id, seq);
  }

  /** Returns whether there is more to forget. */
  prune(now: number): boolean {
    this.sql.orphan.run(now + ORPHAN_AGE);
    let left = PIECES_PER_PRUNE;
    for (let num = this.sql.past.get(now); num !== undefined; num = this.sql.past.get(now)) {
      left -= this.sql.forgetPieces.run(num, left).changes + 1;
      if (left <= 0) return true;
      this.sql.forget.run(num);
    }
    return false;
  }
}
