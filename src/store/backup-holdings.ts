/** What a backup holds, in figures for an administrator. */
import { crc32 } from 'node:zlib';
import { versionOf, type Db } from './open.js';

export interface Holdings {
  /** Schema of the database. */
  readonly schema: number;
  /** Deliveries that wait. */
  readonly waiting: number;
  /** Chat users of whom anything is kept. */
  readonly users: number;
  /** Original mails. */
  readonly originals: number;
}

/** Where bare JIDs of chat users stand. An older schema has fewer of these. */
export const USERS = [
  ['pairs', 'chat'],
  ['preferences', 'user'],
  ['watched', 'user'],
  ['accounts', 'user'],
  ['bindings', 'user'],
  ['aliases', 'user'],
  ['publications', 'user'],
] as const;

export function holdingsOf(db: Db): Holdings {
  const tables = new Set(db.prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table'`).pluck().all());
  const sources = USERS.filter(([table]) => tables.has(table)).map(([table, column]) => `SELECT ${column} FROM ${table}`);
  const count = (from: string): number => db.prepare<[], number>(`SELECT COUNT(*) FROM ${from}`).pluck().get() ?? 0;
  return {
    schema: versionOf(db),
    waiting: count(`deliveries WHERE state = 'waiting'`),
    users: sources.length === 0 ? 0 : count(`(${sources.join(' UNION ')})`),
    originals: count('contents'),
  };
}

/** The originals of which a piece is not what was written; at most 5 are named. */
export function damagedOriginals(db: Db): readonly string[] {
  if (!hasFiles(db)) return [];
  const pieces = db.prepare<[], { id: string; bytes: Buffer; crc: number }>(
    'SELECT c.id, p.bytes, p.crc FROM pieces p JOIN contents c ON c.num = p.content WHERE p.crc IS NOT NULL',
  );
  const damaged = new Set<string>();
  for (const { id, bytes, crc } of pieces.iterate()) if (crc32(bytes) !== crc && damaged.size < 5) damaged.add(id);
  return [...damaged];
}

/** Before its fourth schema a store had no originals in files, and no checksums. */
export function hasFiles(db: Db): boolean {
  return versionOf(db) >= 4;
}
