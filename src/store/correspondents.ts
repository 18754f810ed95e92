/** What chat users have decided of those who write to them, and who is asked about. */
import type { Jid } from '../address.js';
import { entriesOver } from '../addressees.js';
import type { Db } from './open.js';

/** `asked`: the user is asked, and what comes waits. */
export type CorrespondentState = 'accepted' | 'blocked' | 'asked';

/** `server`: noticed of the user's own server, and taken back when that takes it back. */
export type DecidedBy = 'user' | 'server';

export interface Correspondent {
  /** Bare JID. */
  readonly user: string;
  /** A mail address in lower case, `@domain`, or `@*.domain` for the domain and all below it. */
  readonly mail: string;
  readonly state: CorrespondentState;
  readonly by: DecidedBy;
  /** ms since the epoch. */
  readonly at: number;
}

/** Whom the store is asked about. */
export interface StandingQuery {
  /** Bare JID. */
  readonly user: Jid;
  /** The address and every entry that would cover it; the address first. */
  readonly names: readonly string[];
  /** The contacts, bare, by which the user may have the address in the roster. */
  readonly contacts: readonly Jid[];
}

export interface Standing {
  readonly entries: readonly Pick<Correspondent, 'mail' | 'state' | 'by'>[];
  /** The user has written there, within the time that conversations are kept. */
  readonly written: boolean;
  /** The user has something from there, within that time. */
  readonly met: boolean;
  readonly contact: boolean;
}

/** Somebody of whom a user has not decided yet. */
export interface AskedAbout {
  /** Bare JID. */
  readonly user: string;
  /** In lower case. */
  readonly mail: string;
  /** Every address that he wrote from. */
  readonly senders: readonly string[];
}

/** How much may wait for one answer, and how many answers for one user. */
export interface AskLimits {
  readonly strangers: number;
  readonly mails: number;
  /** In all, but for the first mail. */
  readonly bytes: number;
  /** A question older than this, ms, is asked again: what waited for its answer is gone. */
  readonly lifetime: number;
}

export interface Asked {
  readonly user: string;
  /** In lower case. */
  readonly mail: string;
  /** As the mail has it: another spelling is another lane. */
  readonly sender: string;
  /** What the new mail measures. */
  readonly bytes: number;
  readonly at: number;
}

/** What became of a decision. */
export interface Decided {
  /** What stood there before; `full`: nothing was kept, for there are too many. */
  readonly before: CorrespondentState | 'none' | 'full';
  /** Those who waited for it, by every address that they wrote from. */
  readonly answered: readonly { readonly mail: string; readonly senders: readonly string[] }[];
}

/** `question`: the user is to be asked. `waits`: was asked already. */
export type AskResult = 'question' | 'waits' | 'too-many-mails' | 'too-many-strangers';

/** Who may write to whom, as chat users have decided. */
export interface CorrespondentRows {
  standing(query: StandingQuery): Promise<Standing>;
  /** Bare JIDs of the chat users who have an entry of this state. */
  usersWith(state: CorrespondentState): Promise<readonly string[]>;
  /** All entries of one user, by address. @param user bare JID */
  correspondentsOf(user: string): Promise<readonly Correspondent[]>;
  /** Who is asked about whom. */
  asked(): Promise<readonly AskedAbout[]>;
  /**
   * Keeps a decision in place of an earlier one; whoever waited for it is no longer asked about.
   * @param most entries of this state that the user may have
   */
  decide(entry: Correspondent, most: number): Promise<Decided>;
  /** @returns what stood there */
  undecide(user: string, mail: string): Promise<CorrespondentState | 'none'>;
  /** Counts a mail of somebody whom the user is, or is to be, asked about; nothing is counted when there is too much. */
  ask(asked: Asked, limits: AskLimits): Promise<AskResult>;
}

interface AskedRow {
  readonly mail: string;
  readonly senders: string | null;
  readonly state: CorrespondentState;
  readonly at: number;
  readonly mails: number;
  readonly bytes: number;
}

function prepareStatements(db: Db) {
  return {
    entries: db.prepare<[string, string], Pick<Correspondent, 'mail' | 'state' | 'by'>>(
      'SELECT mail, state, by FROM correspondents WHERE user = ? AND mail IN (SELECT value FROM json_each(?))',
    ),
    pair: db.prepare<[string, string], number | null>('SELECT written FROM pairs WHERE chat = ? AND mail = ?').pluck(),
    contact: db
      .prepare<[string, string, string, string], number>(
        'SELECT 1 FROM subscriptions WHERE user_local = ? AND user_domain = ? AND contact_local = ? AND contact_domain = ?',
      )
      .pluck(),
    usersWith: db.prepare<[string], string>('SELECT DISTINCT user FROM correspondents WHERE state = ?').pluck(),
    all: db.prepare<[string], Correspondent>('SELECT user, mail, state, by, at FROM correspondents WHERE user = ? ORDER BY mail'),
    count: db.prepare<[string, string], number>('SELECT count(*) FROM correspondents WHERE user = ? AND state = ?').pluck(),
    put: db.prepare<[Correspondent]>(
      `INSERT INTO correspondents (user, mail, state, by, at) VALUES (@user, @mail, @state, @by, @at)
       ON CONFLICT (user, mail) DO UPDATE SET state = @state, by = CASE WHEN state = @state AND by = 'user' THEN by ELSE @by END, at = @at, mails = 0, bytes = 0, senders = NULL`,
    ),
    remove: db.prepare<[string, string]>('DELETE FROM correspondents WHERE user = ? AND mail = ?'),
    asked: db.prepare<[string, string], AskedRow>('SELECT mail, state, at, mails, bytes, senders FROM correspondents WHERE user = ? AND mail = ?'),
    open: db.prepare<[string], AskedRow>(`SELECT mail, state, at, mails, bytes, senders FROM correspondents WHERE user = ? AND state = 'asked'`),
    allOpen: db.prepare<[], AskedRow & { readonly user: string }>(`SELECT user, mail, state, at, mails, bytes, senders FROM correspondents WHERE state = 'asked'`),
    stale: db.prepare<[string, number]>(`DELETE FROM correspondents WHERE user = ? AND state = 'asked' AND at < ?`),
    ask: db.prepare<[Omit<Asked, 'sender'> & { senders: string }]>(
      `INSERT INTO correspondents (user, mail, state, by, at, mails, bytes, senders) VALUES (@user, @mail, 'asked', 'user', @at, 1, @bytes, @senders)`,
    ),
    wait: db.prepare<[Omit<Asked, 'sender'> & { senders: string }]>(
      'UPDATE correspondents SET mails = mails + 1, bytes = bytes + @bytes, senders = @senders WHERE user = @user AND mail = @mail',
    ),
  };
}

export class Correspondents {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
  }

  /** The engine's, under their own names. */
  operations() {
    return {
      standing: this.standing.bind(this),
      usersWith: this.usersWith.bind(this),
      correspondentsOf: this.of.bind(this),
      asked: this.asked.bind(this),
      decide: this.decide.bind(this),
      undecide: this.undecide.bind(this),
      ask: this.ask.bind(this),
    };
  }

  standing({ user, names, contacts }: StandingQuery): Standing {
    const bare = `${user.local}@${user.domain}`;
    const written = this.sql.pair.get(bare, names[0] ?? '');
    return {
      entries: this.sql.entries.all(bare, JSON.stringify(names)),
      written: written === 1,
      met: written !== undefined,
      contact: contacts.some(({ local, domain }) => this.sql.contact.get(user.local, user.domain, local, domain) === 1),
    };
  }

  /** Bare JIDs of those who have such an entry. */
  usersWith(state: CorrespondentState): string[] {
    return this.sql.usersWith.all(state);
  }

  /** All entries of one user. @param user bare JID */
  of(user: string): Correspondent[] {
    return this.sql.all.all(user);
  }

  /** Who is asked about whom. */
  asked(): AskedAbout[] {
    return this.sql.allOpen.all().map((row) => ({ user: row.user, mail: row.mail, senders: sendersOf(row) }));
  }

  /**
   * Keeps the decision in place of an earlier one; the user's own stays the user's when his server agrees. Whoever waited for it is no longer asked about.
   * @param most entries of this state that the user may have
   */
  decide(entry: Correspondent, most: number): Decided {
    const { user, mail, state } = entry;
    const before = this.sql.asked.get(user, mail)?.state ?? 'none';
    if (before !== state && (this.sql.count.get(user, state) ?? 0) >= most) return { before: 'full', answered: [] };
    const answered = this.sql.open.all(user).filter((row) => covers(mail, row.mail));
    for (const row of answered) this.sql.remove.run(user, row.mail);
    this.sql.put.run(entry);
    return { before, answered: answered.map((row) => ({ mail: row.mail, senders: sendersOf(row) })) };
  }

  /** @returns what stood there */
  undecide(user: string, mail: string): CorrespondentState | 'none' {
    const before = this.sql.asked.get(user, mail)?.state;
    this.sql.remove.run(user, mail);
    return before ?? 'none';
  }

  /** Counts a mail of somebody whom the user is, or is to be, asked about. */
  ask({ sender, ...asked }: Asked, limits: AskLimits): AskResult {
    this.sql.stale.run(asked.user, asked.at - limits.lifetime);
    const row = this.sql.asked.get(asked.user, asked.mail);
    if (row === undefined) {
      if ((this.sql.count.get(asked.user, 'asked') ?? 0) >= limits.strangers) return 'too-many-strangers';
      this.sql.ask.run({ ...asked, senders: JSON.stringify([sender]) });
      return 'question';
    }
    if (row.mails >= limits.mails || row.bytes + asked.bytes > limits.bytes) return 'too-many-mails';
    this.sql.wait.run({ ...asked, senders: JSON.stringify([...new Set([...sendersOf(row), sender])]) });
    return 'waits';
  }
}

function sendersOf({ senders }: AskedRow): readonly string[] {
  return JSON.parse(senders ?? '[]') as string[];
}

/** Is this address, in lower case, the entry or under it? */
export function covers(entry: string, mail: string): boolean {
  return entriesOver(mail).includes(entry);
}
