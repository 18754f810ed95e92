/** What chat users let be seen of their presence, and by whom; read at start and kept in memory by whoever answers. */
import { AUDIENCES, FACETS, type Publication } from '../presence/publication.js';
import type { Db } from './open.js';

/** More would be a gateway for several nodes. */
const MOST = 1_000_000;

export interface PublicationStore {
  /** Of all users who have ever published; also of those who publish to nobody now. */
  publications(): Promise<readonly Publication[]>;
  /**
   * Adds or replaces the user's. API keys that there are not any more are left out: another process may just have revoked them. Who publishes
   * to nobody has no `PresenceState` any more. Rejects where another user has that id.
   */
  putPublication(publication: Publication): Promise<void>;
}

interface Row {
  readonly user: string;
  readonly id: string;
  readonly audience: string;
  readonly shown: string;
  readonly write: number;
  readonly origins: string;
  readonly keys: string;
}

function prepareStatements(db: Db) {
  return {
    all: db.prepare<[], Row>(`SELECT user, id, audience, shown, write, origins, keys FROM publications LIMIT ${MOST}`),
    one: db.prepare<[string], Row>('SELECT user, id, audience, shown, write, origins, keys FROM publications WHERE user = ?'),
    put: db.prepare<[Row]>(
      `INSERT INTO publications (user, id, audience, shown, write, origins, keys) VALUES (@user, @id, @audience, @shown, @write, @origins,
         (SELECT json_group_array(value) FROM json_each(@keys) WHERE value IN (SELECT name FROM api_keys)))
       ON CONFLICT (user) DO UPDATE SET id = excluded.id, audience = excluded.audience, shown = excluded.shown, write = excluded.write,
         origins = excluded.origins, keys = excluded.keys`,
    ),
    forgetState: db.prepare<[string]>('DELETE FROM presence_states WHERE user = ?'),
  };
}

export class PublicationRows {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
  }

  all(): Publication[] {
    return this.sql.all.all().map(publicationOf);
  }

  /** @param user bare JID */
  of(user: string): Publication | undefined {
    const row = this.sql.one.get(user);
    return row && publicationOf(row);
  }

  put({ shown, write, origins, keys, ...rest }: Publication): void {
    this.sql.put.run({ ...rest, shown: JSON.stringify(shown), write: write ? 1 : 0, origins: JSON.stringify(origins), keys: JSON.stringify(keys) });
    if (rest.audience === 'nobody') this.sql.forgetState.run(rest.user);
  }
}

/** What a newer version has written and this one does not know is shown to nobody. */
function publicationOf({ user, id, audience, shown, write, origins, keys }: Row): Publication {
  const facets = JSON.parse(shown) as readonly string[];
  return {
    user,
    id,
    audience: AUDIENCES.find((one) => one === audience) ?? 'nobody',
    shown: FACETS.filter((facet) => facets.includes(facet)),
    write: write === 1,
    origins: JSON.parse(origins) as readonly string[],
    keys: JSON.parse(keys) as readonly string[],
  };
}
