/**
 * Who answered what: every delivery between a chat user and a mail address is a row under that pair, with the row it
 * answers. An id that another pair used is never found, so nobody can hang his message on a stranger's conversation.
 */
import type { Address } from '../address.js';
import type { Message, ReplyContext } from '../message.js';
import type { Db } from './open.js';
import { bareSubject, indexable, pairOf } from './rows.js';

const DAY = 86_400_000;
/** How long a chat message without a word on it still answers what was last said. */
const TALK_WINDOW = 30 * DAY;
/** In-Reply-To and References: how many are looked up, and (RFC 5322 leaves it open) how many are written. */
const MOST_ANSWERS = 50;
const MOST_REFERENCES = 20;
/** How far back in a pair's talk a chat thread is looked for. */
const THREAD_SPAN = 200;

interface SaidRow {
  readonly seq: number;
  readonly at: number;
  readonly stanza: string | null;
  readonly origin: string | null;
  readonly mail: string | null;
  readonly thread: string;
  readonly subject: string | null;
}

const COLUMNS = 'seq, at, stanza, origin, mail, thread, subject';
const NO_CONTEXT: ReplyContext = { references: [] };

function prepareStatements(db: Db) {
  const byId = (column: 'stanza' | 'origin' | 'mail') =>
    db.prepare<[number, string], SaidRow>(`SELECT ${COLUMNS} FROM said WHERE pair = ? AND ${column} = ? ORDER BY seq DESC LIMIT 1`);
  return {
    pair: db.prepare<[string, string], number>('SELECT num FROM pairs WHERE chat = ? AND mail = ?').pluck(),
    addPair: db.prepare<[string, string]>('INSERT INTO pairs (chat, mail) VALUES (?, ?)'),
    add: db.prepare<[number, number, number | null, number, string | null, string | null, string | null, string, string | null]>(
      'INSERT INTO said (seq, pair, parent, at, stanza, origin, mail, thread, subject) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    byStanza: byId('stanza'),
    byOrigin: byId('origin'),
    byMail: byId('mail'),
    latest: db.prepare<[number], SaidRow>(`SELECT ${COLUMNS} FROM said WHERE pair = ? ORDER BY seq DESC LIMIT 1`),
    latestOfThread: db.prepare<[number, string], SaidRow>(
      `SELECT ${COLUMNS} FROM (SELECT ${COLUMNS} FROM said WHERE pair = ? ORDER BY seq DESC LIMIT ${THREAD_SPAN})
       WHERE thread = ? ORDER BY seq DESC LIMIT 1`,
    ),
    thread: db.prepare<[number], { parent: number | null; thread: string }>('SELECT parent, thread FROM said WHERE seq = ?'),
    row: db.prepare<[number], SaidRow>(`SELECT ${COLUMNS} FROM said WHERE seq = ?`),
    chain: db
      .prepare<[number], string>(
        `WITH RECURSIVE chain (parent, mail, depth) AS (
           SELECT parent, mail, 1 FROM said WHERE seq = ?
           UNION ALL
           SELECT s.parent, s.mail, depth + 1 FROM chain c JOIN said s ON s.seq = c.parent WHERE depth < ${MOST_REFERENCES}
         ) SELECT mail FROM chain WHERE mail IS NOT NULL ORDER BY depth DESC`,
      )
      .pluck(),
  };
}

export class Conversations {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
  }

  /** Notes a new delivery and what it answers, which stays the same through all its tries. */
  add(seq: number, message: Message, recipient: Address): void {
    const names = pairOf(message, recipient);
    if (names === undefined) return;
    const known = this.sql.pair.get(names.chat, names.mail);
    const pair = known ?? Number(this.sql.addPair.run(names.chat, names.mail).lastInsertRowid);
    const parent = known === undefined ? undefined : this.parentOf(pair, message);
    const { stanza, origin, mail } = message.ids;
    const thread = indexable(message.thread) ?? parent?.thread ?? message.id;
    const subject = bareSubject(message.subject) ?? parent?.subject ?? bareSubject(message.title) ?? null;
    const ids = [indexable(stanza), indexable(origin), indexable(mail)] as const;
    this.sql.add.run(seq, pair, parent?.seq ?? null, message.acceptedAt, ...ids, thread, subject);
  }

  /** What the delivery answers, for its outlet to write in its own protocol. */
  contextOf(seq: number): ReplyContext {
    const own = this.sql.thread.get(seq);
    if (own === undefined) return NO_CONTEXT;
    const parent = own.parent === null ? undefined : this.sql.row.get(own.parent);
    if (parent === undefined) return { references: [], thread: own.thread };
    return {
      answered: {
        ...(parent.stanza !== null && { stanza: parent.stanza }),
        ...(parent.origin !== null && { origin: parent.origin }),
        ...(parent.mail !== null && { mail: parent.mail }),
      },
      references: this.sql.chain.all(parent.seq),
      thread: own.thread,
      ...(parent.subject !== null && { subject: parent.subject }),
    };
  }

  private parentOf(pair: number, message: Message): SaidRow | undefined {
    return this.named(pair, message) ?? (message.source === 'xmpp' ? this.implied(pair, message) : undefined);
  }

  /** The message that the new one says it answers. */
  private named(pair: number, { answers }: Message): SaidRow | undefined {
    const stanza = answers?.stanza;
    if (stanza !== undefined) {
      const row = this.sql.byOrigin.get(pair, stanza) ?? this.sql.byStanza.get(pair, stanza);
      if (row !== undefined) return row;
    }
    for (const mail of answers?.mail?.slice(0, MOST_ANSWERS) ?? []) {
      const row = this.sql.byMail.get(pair, mail);
      if (row !== undefined) return row;
    }
    return undefined;
  }

  /** A chat goes on where it was, unless the client says otherwise with another thread or subject. */
  private implied(pair: number, { thread, subject, acceptedAt }: Message): SaidRow | undefined {
    const row = thread === undefined ? this.sql.latest.get(pair) : this.sql.latestOfThread.get(pair, thread);
    if (row === undefined || row.at < acceptedAt - TALK_WINDOW) return undefined;
    const topic = bareSubject(subject);
    return topic === undefined || topic.toLowerCase() === row.subject?.toLowerCase() ? row : undefined;
  }
}
