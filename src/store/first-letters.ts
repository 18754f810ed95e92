/** Who has begun to write to whom: a look at the conversations, and how many each chat user has begun of late. */
import type { Jid, MailAddress } from '../address.js';
import { addressKey } from '../addressees.js';
import type { Db } from './open.js';
import { chatSide } from './rows.js';

/** Longest time of a limit on them. */
const KEEP = 8 * 86_400_000;
/** Most that are read: those of a limit of 300 a day for a thousand users. */
const MOST = 300_000;
/** Forgotten per call. */
const MOST_AT_ONCE = 500;

/** How many conversations a chat user began at once. */
export interface Begun {
  /** Bare JID. */
  readonly user: string;
  /** ms since the epoch. */
  readonly at: number;
  readonly count: number;
}

/** For the limit on new correspondents. */
export interface FirstLetters {
  /** Those of the addresses with whom the chat user has no conversation, as `addressKey` writes them. */
  unmet(user: Jid, addresses: readonly MailAddress[]): Promise<readonly string[]>;
  begun(begun: Begun): Promise<void>;
  /** Oldest first. */
  begunSince(at: number): Promise<readonly Begun[]>;
}

function prepareStatements(db: Db) {
  return {
    pair: db.prepare<[string, string], number>('SELECT num FROM pairs WHERE chat = ? AND mail = ?').pluck(),
    add: db.prepare<[Begun]>('INSERT INTO begun (user, at, count) VALUES (@user, @at, @count)'),
    since: db.prepare<[number], Begun>(`SELECT user, at, count FROM begun WHERE at >= ? ORDER BY at LIMIT ${MOST}`),
    prune: db.prepare<[number]>(`DELETE FROM begun WHERE num IN (SELECT num FROM begun WHERE at < ? ORDER BY at LIMIT ${MOST_AT_ONCE})`),
  };
}

export class BegunRows {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
  }

  operations() {
    return { unmet: this.unmet.bind(this), begun: this.begun.bind(this), begunSince: this.begunSince.bind(this) };
  }

  private unmet(user: Jid, addresses: readonly MailAddress[]): string[] {
    const chat = chatSide(user);
    return addresses.map(addressKey).filter((mail) => this.sql.pair.get(chat, mail) === undefined);
  }

  private begun(begun: Begun): void {
    this.sql.add.run(begun);
  }

  private begunSince(at: number): Begun[] {
    return this.sql.since.all(at);
  }

  /** @returns whether there is more */
  prune(now: number): boolean {
    return this.sql.prune.run(now - KEEP).changes === MOST_AT_ONCE;
  }
}
