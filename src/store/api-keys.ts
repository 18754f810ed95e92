/** Keys of those who ask for the presence of many. The key itself is kept nowhere. */
import { SCOPES, type Scope } from '../presence/publication.js';
import type { Db } from './open.js';

/** So many can be made; each request is compared with one. */
const MOST = 10_000;

export interface ApiKey {
  /** Unique; users name it. */
  readonly name: string;
  readonly hash: Uint8Array;
  readonly scopes: readonly Scope[];
  /** Requests per minute. */
  readonly rate: number;
  /** Both in ms since the epoch; `usedAt` is absent while it was never used. */
  readonly madeAt: number;
  readonly usedAt?: number;
}

export interface ApiKeyStore {
  /** By name. */
  apiKeys(): Promise<readonly ApiKey[]>;
  /** @returns false where there is one of that name or that hash, or there are 10,000 */
  addApiKey(key: ApiKey): Promise<boolean>;
  /** Also out of what users permit: who gets a key of that name later is somebody else. @returns false where there is none */
  removeApiKey(name: string): Promise<boolean>;
  /** The last of them may be lost with the power. @param used `at`: ms since the epoch */
  apiKeysUsed(used: readonly { readonly name: string; readonly at: number }[]): Promise<void>;
}

interface Row {
  readonly name: string;
  readonly hash: Uint8Array;
  readonly scopes: string;
  readonly rate: number;
  readonly made_at: number;
  readonly used_at: number | null;
}

function prepareStatements(db: Db) {
  return {
    all: db.prepare<[], Row>('SELECT name, hash, scopes, rate, made_at, used_at FROM api_keys ORDER BY name'),
    add: db.prepare<[string, Uint8Array, string, number, number]>(
      `INSERT OR IGNORE INTO api_keys (name, hash, scopes, rate, made_at) SELECT ?, ?, ?, ?, ? WHERE (SELECT COUNT(*) FROM api_keys) < ${MOST}`,
    ),
    remove: db.prepare<[string]>('DELETE FROM api_keys WHERE name = ?'),
    permitNoMore: db.prepare<{ name: string }>(
      `UPDATE publications SET keys = (SELECT json_group_array(value) FROM json_each(keys) WHERE value <> @name)
       WHERE EXISTS (SELECT 1 FROM json_each(keys) WHERE value = @name)`,
    ),
    used: db.prepare<[number, string]>('UPDATE api_keys SET used_at = ? WHERE name = ?'),
  };
}

export class ApiKeyRows {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
  }

  all(): ApiKey[] {
    return this.sql.all.all().map(apiKeyOf);
  }

  add({ name, hash, scopes, rate, madeAt }: ApiKey): boolean {
    return this.sql.add.run(name, hash, JSON.stringify(scopes), rate, madeAt).changes === 1;
  }

  remove(name: string): boolean {
    this.sql.permitNoMore.run({ name });
    return this.sql.remove.run(name).changes === 1;
  }

  used(used: readonly { readonly name: string; readonly at: number }[]): void {
    for (const { name, at } of used) this.sql.used.run(at, name);
  }
}

function apiKeyOf({ name, hash, scopes, rate, made_at: madeAt, used_at: usedAt }: Row): ApiKey {
  const named = JSON.parse(scopes) as readonly string[];
  return { name, hash, scopes: SCOPES.filter((scope) => named.includes(scope)), rate, madeAt, ...(usedAt !== null && { usedAt }) };
}
