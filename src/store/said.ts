/** The rows of what was said, a delivery each, and how they are found. */
import type { Db } from './open.js';
import type { Pair } from './rows.js';

/** Rows that are looked at for References: the lines of a burst are one mail. */
const CHAIN_ROWS = 400;
/** How far back in a pair's talk a chat thread is looked for, and what a message says it answers. */
const THREAD_SPAN = 200;
const ANSWER_SPAN = 1_000;

export interface SaidRow {
  readonly seq: number;
  readonly pair: number;
  readonly at: number;
  readonly stanza: string | null;
  readonly origin: string | null;
  readonly mail: string | null;
  readonly thread: string;
  readonly subject: string | null;
  readonly words: string | null;
  /** JSON of `Addressees`. */
  readonly addressees: string | null;
  readonly to_all: number | null;
  /** As `formatMailAddress` wrote it. */
  readonly came_by: string | null;
}

/** Of a row: what it was said in answer to. */
export interface OwnRow {
  readonly pair: number;
  readonly parent: number | null;
  readonly thread: string;
  readonly reactions: string | null;
  readonly came_by: string | null;
}

export const COLUMNS = 'seq, pair, at, stanza, origin, mail, thread, subject, words, addressees, to_all, came_by';

export type SaidStatements = ReturnType<typeof saidStatements>;

export function saidStatements(db: Db) {
  const byIds = (column: 'stanza' | 'origin' | 'mail') =>
    db.prepare<[{ pair: number; ids: string }], SaidRow>(
      `SELECT ${COLUMNS} FROM said WHERE pair = @pair AND ${column} IN (SELECT value FROM json_each(@ids))
       AND seq >= COALESCE((SELECT seq FROM said WHERE pair = @pair ORDER BY seq DESC LIMIT 1 OFFSET ${ANSWER_SPAN - 1}), 0)
       ORDER BY seq DESC LIMIT 1`,
    );
  return {
    pair: db.prepare<[string, string], number>('SELECT num FROM pairs WHERE chat = ? AND mail = ?').pluck(),
    write: db.prepare<[number]>('UPDATE pairs SET written = 1 WHERE num = ? AND written IS NULL'),
    pairNames: db.prepare<[number], Pair>('SELECT chat, mail FROM pairs WHERE num = ?'),
    addPair: db.prepare<[string, string]>('INSERT INTO pairs (chat, mail) VALUES (?, ?)'),
    add: db.prepare<[SaidRow & { parent: number | null; reactions: string | null }]>(
      `INSERT INTO said (seq, pair, parent, at, stanza, origin, mail, thread, subject, words, addressees, to_all, came_by, reactions)
       VALUES (@seq, @pair, @parent, @at, @stanza, @origin, @mail, @thread, @subject, @words, @addressees, @to_all, @came_by, @reactions)`,
    ),
    byStanza: byIds('stanza'),
    byOrigin: byIds('origin'),
    byMail: byIds('mail'),
    latest: db.prepare<[number], SaidRow>(`SELECT ${COLUMNS} FROM said WHERE pair = ? AND reactions IS NULL ORDER BY seq DESC LIMIT 1`),
    latestMailed: db.prepare<[number], SaidRow>(
      `SELECT ${COLUMNS} FROM (SELECT ${COLUMNS}, reactions FROM said WHERE pair = ? ORDER BY seq DESC LIMIT ${THREAD_SPAN})
       WHERE origin IS NULL AND reactions IS NULL ORDER BY seq DESC LIMIT 1`,
    ),
    latestOfThread: db.prepare<[number, string], SaidRow>(
      `SELECT ${COLUMNS} FROM (SELECT ${COLUMNS}, reactions FROM said WHERE pair = ? ORDER BY seq DESC LIMIT ${THREAD_SPAN})
       WHERE thread = ? AND reactions IS NULL ORDER BY seq DESC LIMIT 1`,
    ),
    own: db.prepare<[number], OwnRow>('SELECT pair, parent, thread, reactions, came_by FROM said WHERE seq = ?'),
    reactions: db
      .prepare<[{ pair: number; parent: number; before: number; by: string }], string>(
        `SELECT reactions FROM said WHERE pair = @pair AND parent = @parent AND seq > @parent AND seq < @before
         AND json_extract(reactions, '$[0]') = @by ORDER BY seq DESC LIMIT 1`,
      )
      .pluck(),
    unmail: db.prepare<[number]>('UPDATE said SET mail = NULL WHERE seq = ?'),
    retitle: db.prepare<[{ subject: string | null; pair: number; first: number; last: number; old: string | null }]>(
      'UPDATE said SET subject = @subject WHERE pair = @pair AND seq BETWEEN @first AND @last AND subject IS @old',
    ),
    mark: db.prepare<[number, number]>('UPDATE said SET to_all = ? WHERE seq = ?'),
    row: db.prepare<[number], SaidRow>(`SELECT ${COLUMNS} FROM said WHERE seq = ?`),
    chain: db
      .prepare<[number], string>(
        `WITH RECURSIVE chain (parent, mail, depth) AS (
           SELECT parent, mail, 1 FROM said WHERE seq = ?
           UNION ALL
           SELECT s.parent, s.mail, depth + 1 FROM chain c JOIN said s ON s.seq = c.parent WHERE depth < ${CHAIN_ROWS}
         ) SELECT mail FROM chain WHERE mail IS NOT NULL ORDER BY depth DESC`,
      )
      .pluck(),
  };
}
