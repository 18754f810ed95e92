/** Announcements with a lifetime, and who has had each: in one commit with the delivery itself, so that nobody has it twice. */
import { formatAddress } from '../address.js';
import type { FailureRecord } from '../failure.js';
import type { Acceptance } from './accept.js';
import type { Db } from './open.js';
import { packMessages } from './packed.js';
import type { Settlements } from './settle.js';
import type { NewMessage } from './new-message.js';

export interface Announcement {
  /** 8 characters, for people to type. */
  readonly id: string;
  /** Who made it: a bare JID, or empty for the command line. */
  readonly author: string;
  readonly subject?: string;
  readonly text: string;
  /** Bare JIDs; absent for everybody. */
  readonly audience?: readonly string[];
  /** Both ms since the epoch. */
  readonly madeAt: number;
  readonly expiresAt: number;
}

/** An announcement, and how many have had it. */
export interface Announced extends Announcement {
  readonly had: number;
}

/** Where a walk through all known users stands. */
export interface UserCursor {
  readonly source: number;
  readonly after: string;
}

export interface UserPage {
  /** Bare JIDs of those who have not had it. */
  readonly users: readonly { readonly user: string; readonly watched: boolean }[];
  /** Absent at the end. */
  readonly next?: UserCursor;
}

/** Announcements with a lifetime, and who has had each; outlives a restart. */
export interface AnnouncementStore {
  addAnnouncement(announcement: Announcement): Promise<void>;
  /** Whose lifetime has not ended, oldest first. */
  currentAnnouncements(now: number): Promise<readonly Announcement[]>;
  /** The same, counted. */
  listAnnouncements(now: number): Promise<readonly Announced[]>;
  /** @returns false when there is none of this id */
  endAnnouncement(id: string, now: number): Promise<boolean>;
  /** Ends deliveries of it that wait, a bounded number per call. @returns whether there may be more */
  withdrawAnnouncement(id: string, failure: FailureRecord, now: number): Promise<boolean>;
  /** The next known users who have not had it. @param most how many are looked at */
  usersToAnnounce(id: string, cursor: UserCursor, most: number): Promise<UserPage>;
  /** Is the user's presence seen? @param user bare JID */
  isWatched(user: string): Promise<boolean>;
  /**
   * Stores, in one commit with the note that they had it, the deliveries of those who have not, while its lifetime lasts.
   * @param one its recipients are bare JIDs
   * @returns how many that were
   */
  announce(id: string, one: NewMessage, now: number): Promise<number>;
}

interface Row {
  readonly num: number;
  readonly id: string;
  readonly author: string;
  readonly subject: string | null;
  readonly text: string;
  readonly audience: string | null;
  readonly made_at: number;
  readonly expires_at: number;
  readonly had: number;
}

/** Where chat users are known from; one of several is met several times. */
const SOURCES = [
  ['watched', 'user'],
  ['pairs', 'chat'],
  ['accounts', 'user'],
  ['preferences', 'user'],
  ['bindings', 'user'],
  ['(SELECT user FROM aliases WHERE gone = 0)', 'user'],
  ['publications', 'user'],
] as const;

const MOST = 500;

function prepareStatements(db: Db) {
  return {
    add: db.prepare<[string, string, string | null, string, string | null, number, number]>(
      'INSERT INTO announcements (id, author, subject, text, audience, made_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    active: db.prepare<[number], Row>(
      'SELECT a.*, (SELECT COUNT(*) FROM announced WHERE announcement = a.num) AS had FROM announcements a WHERE expires_at > ? ORDER BY num',
    ),
    current: db.prepare<[number], Row>('SELECT *, 0 AS had FROM announcements WHERE expires_at > ? ORDER BY num'),
    find: db.prepare<[string, number], number>('SELECT num FROM announcements WHERE id = ? AND expires_at > ?').pluck(),
    had: db.prepare<[string, string], number>(
        'SELECT 1 FROM announced WHERE announcement = (SELECT num FROM announcements WHERE id = ?) AND user = ?',
      )
      .pluck(),
    note: db.prepare<[number, string, number, number]>('INSERT INTO announced (announcement, user, delivery, at) VALUES (?, ?, ?, ?)'),
    watched: db.prepare<[string], number>(`SELECT 1 FROM watched WHERE user = ? AND state = 'seen'`).pluck(),
    end: db.prepare<[number, string, number]>('UPDATE announcements SET expires_at = ? WHERE id = ? AND expires_at > ?'),
    waiting: db
      .prepare<[string], number>(
        `SELECT d.seq FROM announced x JOIN deliveries d ON d.seq = x.delivery JOIN lanes l ON l.num = d.lane
         WHERE x.announcement = (SELECT num FROM announcements WHERE id = ?) AND d.state = 'waiting' AND l.claimed = 0 LIMIT ${MOST}`,
      )
      .pluck(),
    past: db.prepare<[number], number>('SELECT num FROM announcements WHERE expires_at <= ? ORDER BY num LIMIT 1').pluck(),
    forgetAnnounced: db.prepare<[{ num: number }]>(
      `DELETE FROM announced WHERE announcement = @num AND user IN (SELECT user FROM announced WHERE announcement = @num LIMIT ${MOST})`,
    ),
    forget: db.prepare<[number]>('DELETE FROM announcements WHERE num = ?'),
    pages: SOURCES.map(([table, column]) =>
      db.prepare<[string, number], string>(`SELECT DISTINCT ${column} FROM ${table} WHERE ${column} > ? ORDER BY ${column} LIMIT ?`).pluck(),
    ),
  };
}

export class Announcements {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(
    db: Db,
    private readonly acceptance: Acceptance,
    private readonly settlements: Settlements,
  ) {
    this.sql = prepareStatements(db);
  }

  add({ id, author, subject, text, audience, madeAt, expiresAt }: Announcement): void {
    const list = audience === undefined ? null : JSON.stringify(audience);
    this.sql.add.run(id, author, subject ?? null, text, list, madeAt, expiresAt);
  }

  /** Whose lifetime has not ended, oldest first. */
  current(now: number): Announcement[] {
    return this.sql.current.all(now).map(read);
  }

  /** The same, counted: a look at all who had them. */
  list(now: number): Announced[] {
    return this.sql.active.all(now).map((row) => ({ ...read(row), had: row.had }));
  }

  /** @returns false when there is none of this id */
  end(id: string, now: number): boolean {
    return this.sql.end.run(now, id, now).changes === 1;
  }

  /** Ends deliveries of it that wait, a bounded number per call. @returns whether there may be more */
  withdraw(id: string, failure: FailureRecord, now: number): boolean {
    const seqs = this.sql.waiting.all(id);
    for (const seq of seqs) this.settlements.drop(seq, failure, [], now);
    return seqs.length === MOST;
  }

  /** The next known users; `most` are looked at, and those left out who have had it. */
  users(id: string, { source, after }: UserCursor, most: number): UserPage {
    const found = this.sql.pages[source]?.all(after, most) ?? [];
    const users = found.filter((user) => this.sql.had.get(id, user) === undefined).map((user) => ({ user, watched: this.isWatched(user) }));
    const last = found.at(-1);
    if (found.length === most && last !== undefined) return { users, next: { source, after: last } };
    return source + 1 < SOURCES.length ? { users, next: { source: source + 1, after: '' } } : { users };
  }

  /** Is the user's presence seen? */
  isWatched(user: string): boolean {
    return this.sql.watched.get(user) === 1;
  }

  /**
   * Stores the deliveries of those who have not had it, while its lifetime lasts.
   * @param one its recipients are bare JIDs
   * @returns how many that were
   */
  announce(id: string, { message, deliveries }: NewMessage, now: number): number {
    const num = this.sql.find.get(id, now);
    if (num === undefined) return 0;
    const left = deliveries.filter(({ recipient }) => this.sql.had.get(id, formatAddress(recipient)) === undefined);
    if (left.length === 0) return 0;
    const [seqs = []] = this.acceptance.accept(packMessages([{ message, deliveries: left }])).seqs;
    left.forEach(({ recipient }, i) => this.sql.note.run(num, formatAddress(recipient), seqs[i] ?? 0, now));
    return left.length;
  }

  /** Under the names that the engine has for them. */
  operations() {
    return {
      addAnnouncement: this.add.bind(this),
      currentAnnouncements: this.current.bind(this),
      listAnnouncements: this.list.bind(this),
      endAnnouncement: this.end.bind(this),
      withdrawAnnouncement: this.withdraw.bind(this),
      usersToAnnounce: this.users.bind(this),
      isWatched: this.isWatched.bind(this),
      announce: this.announce.bind(this),
    };
  }

  prune(now: number): boolean {
    const num = this.sql.past.get(now);
    if (num === undefined) return false;
    if (this.sql.forgetAnnounced.run({ num }).changes < MOST) this.sql.forget.run(num);
    return true;
  }
}

function read({ id, author, subject, text, audience, made_at, expires_at }: Row): Announcement {
  return {
    id,
    author,
    text,
    madeAt: made_at,
    expiresAt: expires_at,
    ...(subject !== null && { subject }),
    ...(audience !== null && { audience: JSON.parse(audience) as string[] }),
  };
}
