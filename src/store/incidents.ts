/** What was refused, deferred, bounced, expired or dropped, for an administrator who is asked "where is my mail". */
import type { FailureRecord } from '../failure.js';
import type { MessageId } from '../message.js';
import type { Db } from './open.js';

/** Something that was refused, deferred or bounced; kept some days, found by either address. */
export interface Incident {
  readonly at: number;
  /** `reported`: by the recipient, as spam or abuse. */
  readonly what: 'refused' | 'deferred' | 'bounced' | 'expired' | 'dropped' | 'reported';
  readonly from: string;
  readonly to: string;
  readonly message?: MessageId;
  readonly failure: FailureRecord;
}

/** A flood of refusals must not fill the disk: only the newest are kept. */
const MOST_INCIDENTS = 200_000;
const LONGEST_ADDRESS = 1_000;
const KEEP = 14 * 86_400_000;

interface Row {
  readonly at: number;
  readonly what: Incident['what'];
  readonly sender: string;
  readonly recipient: string;
  readonly message: string | null;
  readonly failure: string;
}

const FIELDS = 'SELECT at, what, sender, recipient, message, failure FROM incidents';

function prepareStatements(db: Db) {
  return {
    add: db.prepare<[number, string, string, string, string | null, string]>(
      'INSERT INTO incidents (at, what, sender, recipient, message, failure) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    all: db.prepare<[number], Row>(`${FIELDS} ORDER BY num DESC LIMIT ?`),
    matching: db.prepare<[{ match: string; limit: number }], Row>(
      `${FIELDS} WHERE @match IN (sender, recipient, message)
         OR substr(sender, 1, length(@match) + 1) = @match || '/' OR substr(recipient, 1, length(@match) + 1) = @match || '/'
       ORDER BY num DESC LIMIT @limit`,
    ),
    prune: db.prepare<[number, number, number]>(
      `DELETE FROM incidents WHERE num IN (SELECT num FROM incidents ORDER BY num LIMIT ?)
       AND (at < ? OR num <= (SELECT MAX(num) FROM incidents) - ?)`,
    ),
  };
}

export class Incidents {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
  }

  record({ at, what, from, to, message, failure }: Incident): void {
    const sender = from.slice(0, LONGEST_ADDRESS);
    const recipient = to.slice(0, LONGEST_ADDRESS);
    this.sql.add.run(at, what, sender, recipient, message ?? null, JSON.stringify(failure));
  }

  /** Newest first; `match` also finds an address with any resource. */
  list({ match, limit }: { readonly match?: string; readonly limit: number }): Incident[] {
    const rows = match === undefined ? this.sql.all.all(limit) : this.sql.matching.all({ match, limit });
    return rows.map(({ at, what, sender, recipient, message, failure }) => ({
      at,
      what,
      from: sender,
      to: recipient,
      ...(message !== null && { message }),
      failure: JSON.parse(failure) as FailureRecord,
    }));
  }

  prune(now: number, most: number): boolean {
    return this.sql.prune.run(most, now - KEEP, MOST_INCIDENTS).changes === most;
  }
}
