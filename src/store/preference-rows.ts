/** What chat users have set, by bare JID; what it means is the bridge's. */
import type { Db } from './open.js';

/** What a chat user has set. */
export interface PreferenceRow {
  /** Bare JID. */
  readonly user: string;
  readonly set: Readonly<Record<string, unknown>>;
}

function prepareStatements(db: Db) {
  return {
    all: db.prepare<[], { user: string; json: string }>('SELECT user, json FROM preferences'),
    set: db.prepare<[string, string]>('INSERT OR REPLACE INTO preferences (user, json) VALUES (?, ?)'),
    forget: db.prepare<[string]>('DELETE FROM preferences WHERE user = ?'),
  };
}

export class PreferenceRows {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
  }

  all(): PreferenceRow[] {
    return this.sql.all.all().map(({ user, json }) => ({ user, set: JSON.parse(json) as PreferenceRow['set'] }));
  }

  set({ user, set }: PreferenceRow): void {
    if (Object.keys(set).length === 0) this.sql.forget.run(user);
    else this.sql.set.run(user, JSON.stringify(set));
  }
}
