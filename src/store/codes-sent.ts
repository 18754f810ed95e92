/** How many codes were sent of late, for the limits on them, which so outlive a restart: who asked and where they went are hashes only. */
import type { Db } from './open.js';

/** Longer than any limit on them looks back. */
const KEEP = 2 * 86_400_000;
/** Most that are read: as many as may be sent to phones in a day, and to mailboxes. */
const MOST = 200_000;
/** Forgotten per call. */
const MOST_AT_ONCE = 500;

export interface CodeSent {
  /** Where it went, such as `phone`. */
  readonly kind: string;
  /** ms since the epoch. */
  readonly at: number;
  /** For each limit, what counts together with it. */
  readonly counted: readonly string[];
}

export interface CodesSent {
  codeSent(sent: CodeSent): Promise<void>;
  /** Oldest first. @param at ms since the epoch */
  codesSentSince(kind: string, at: number): Promise<readonly CodeSent[]>;
}

interface Row {
  readonly kind: string;
  readonly at: number;
  readonly counted: string;
}

function prepareStatements(db: Db) {
  return {
    add: db.prepare<[Row]>('INSERT INTO codes_sent (kind, at, counted) VALUES (@kind, @at, @counted)'),
    since: db.prepare<[string, number], Row>(`SELECT kind, at, counted FROM codes_sent WHERE kind = ? AND at > ? ORDER BY at LIMIT ${MOST}`),
    prune: db.prepare<[number]>(`DELETE FROM codes_sent WHERE num IN (SELECT num FROM codes_sent WHERE at < ? ORDER BY at LIMIT ${MOST_AT_ONCE})`),
  };
}

export class CodesSentRows {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
  }

  operations() {
    return { codeSent: this.codeSent.bind(this), codesSentSince: this.codesSentSince.bind(this) };
  }

  /** @returns whether there is more */
  prune(now: number): boolean {
    return this.sql.prune.run(now - KEEP).changes === MOST_AT_ONCE;
  }

  private codeSent({ counted, ...sent }: CodeSent): void {
    this.sql.add.run({ ...sent, counted: JSON.stringify(counted) });
  }

  private codesSentSince(kind: string, at: number): CodeSent[] {
    return this.sql.since.all(kind, at).map(({ counted, ...sent }) => ({ ...sent, counted: JSON.parse(counted) as readonly string[] }));
  }
}
