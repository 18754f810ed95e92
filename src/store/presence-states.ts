/** Where those who publish their presence were known to be when the gateway ended. */
import type { State } from '../presence/view.js';
import type { Db } from './open.js';

/** More would be a gateway for several nodes. */
const MOST = 1_000_000;

export interface PresenceState {
  /** Bare JID. */
  readonly user: string;
  readonly state: State;
}

export interface PresenceStates {
  presenceStates(): Promise<readonly PresenceState[]>;
  /** Adds or replaces each user's; nothing is kept of who publishes to nobody. The last ones may be lost with the power. */
  putPresenceStates(states: readonly PresenceState[]): Promise<void>;
}

function prepareStatements(db: Db) {
  return {
    all: db.prepare<[], { user: string; json: string }>(`SELECT user, json FROM presence_states LIMIT ${MOST}`),
    put: db.prepare<[{ user: string; json: string }]>(
      `INSERT OR REPLACE INTO presence_states (user, json)
       SELECT @user, @json WHERE EXISTS (SELECT 1 FROM publications WHERE user = @user AND audience <> 'nobody')`,
    ),
  };
}

export class PresenceStateRows {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
  }

  all(): PresenceState[] {
    return this.sql.all.all().map(({ user, json }) => ({ user, state: JSON.parse(json) as State }));
  }

  put(states: readonly PresenceState[]): void {
    for (const { user, state } of states) this.sql.put.run({ user, json: JSON.stringify(state) });
  }
}
