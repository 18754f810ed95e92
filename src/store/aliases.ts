/** Further addresses of chat users, all of them read at start: who holds them in memory bounds how many there are. */
import type { Db } from './open.js';

export type AllowedSender =
  /** The domain and what is below it. */
  | { readonly kind: 'domain'; readonly domain: string }
  /** With its case folded. */
  | { readonly kind: 'address'; readonly address: string }
  /** RFC 2919, in lower case, without brackets. */
  | { readonly kind: 'list'; readonly id: string };

export interface Alias {
  /** Local part at the gateway's domain, lower-case. */
  readonly local: string;
  /** Bare JID. */
  readonly user: string;
  /** `own`: the address by which the user is known, in place of the one of his JID; `wanted`: he has asked for that. */
  readonly kind: 'alias' | 'own' | 'wanted';
  /** One line. */
  readonly note: string;
  /** Who may write to it; absent: anybody. */
  readonly allowed?: AllowedSender;
  /** Both in ms since the epoch. */
  readonly madeAt: number;
  readonly expiresAt?: number;
  readonly off?: true;
  /** Given up by its user: nobody else gets it, and it takes no mail. */
  readonly gone?: true;
  /** Of an own one: a user of the home domain has that name too. */
  readonly contested?: true;
}

/** Further addresses of chat users. */
export interface AliasStore {
  allAliases(): Promise<readonly Alias[]>;
  /** Adds or replaces the one of this local part. */
  putAlias(alias: Alias): Promise<void>;
  removeAlias(local: string): Promise<void>;
}

interface Row {
  readonly local: string;
  readonly user: string;
  readonly kind: Alias['kind'];
  readonly note: string;
  readonly allowed: string | null;
  readonly made_at: number;
  readonly expires_at: number | null;
  readonly off: number;
  readonly gone: number;
  readonly contested: number;
}

function prepareStatements(db: Db) {
  return {
    all: db.prepare<[], Row>('SELECT * FROM aliases'),
    put: db.prepare<[Row]>(
      `INSERT OR REPLACE INTO aliases (local, user, kind, note, allowed, made_at, expires_at, off, gone, contested)
       VALUES (@local, @user, @kind, @note, @allowed, @made_at, @expires_at, @off, @gone, @contested)`,
    ),
    remove: db.prepare<[string]>('DELETE FROM aliases WHERE local = ?'),
  };
}

export class AliasTable {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
  }

  /** The engine's, under their own names. */
  operations() {
    return {
      allAliases: this.all.bind(this),
      putAlias: this.put.bind(this),
      removeAlias: this.remove.bind(this),
    };
  }

  all(): Alias[] {
    return this.sql.all.all().map(({ allowed, made_at: madeAt, expires_at: expiresAt, off, gone, contested, ...rest }) => ({
      ...rest,
      madeAt,
      ...(allowed !== null && { allowed: JSON.parse(allowed) as AllowedSender }),
      ...(expiresAt !== null && { expiresAt }),
      ...(off === 1 && { off: true }),
      ...(gone === 1 && { gone: true }),
      ...(contested === 1 && { contested: true }),
    }));
  }

  put({ local, user, kind, note, allowed, madeAt, expiresAt, off, gone, contested }: Alias): void {
    this.sql.put.run({ local, user, kind, note, allowed: allowed === undefined ? null : JSON.stringify(allowed), made_at: madeAt, expires_at: expiresAt ?? null, off: Number(off === true), gone: Number(gone === true), contested: Number(contested === true) });
  }

  remove(local: string): void {
    this.sql.remove.run(local);
  }
}
