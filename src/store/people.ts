/** What verified mails have told of their authors: a name and a picture each, the newest of either. Bounded by `prune`. */
import type { MailAddress } from '../address.js';
import { addressKey } from '../addressees.js';
import type { Person } from '../edge.js';
import type { Db } from './open.js';

/** Rows kept; of the newest so many also the picture, which may have 64 KiB. */
const MOST = 50_000;
const MOST_PICTURES = 5_000;
/** Rows looked at per prune. */
const STEP = 500;
/** Who still writes is not forgotten; noted no more often than this, ms. */
const SEEN_AGAIN = 7 * 86_400_000;

interface Row {
  readonly name: string | null;
  readonly picture: Uint8Array | null;
  readonly picture_type: string | null;
  readonly at: number;
}

function prepareStatements(db: Db) {
  return {
    get: db.prepare<[string], Row>('SELECT name, picture, picture_type, at FROM people WHERE address = ?'),
    put: db.prepare<[string, string | null, Uint8Array | null, string | null, number]>(
      `INSERT INTO people (address, name, picture, picture_type, at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (address) DO UPDATE SET name = excluded.name, picture = excluded.picture, picture_type = excluded.picture_type, at = excluded.at`,
    ),
    forget: db.prepare(`DELETE FROM people WHERE num IN (SELECT num FROM people ORDER BY at DESC LIMIT ${STEP} OFFSET ${MOST})`),
    forgetPictures: db.prepare(
      `UPDATE people SET picture = NULL, picture_type = NULL WHERE num IN
       (SELECT num FROM people WHERE picture IS NOT NULL ORDER BY at DESC LIMIT ${STEP} OFFSET ${MOST_PICTURES})`,
    ),
  };
}

export class PeopleTable {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
  }

  person(address: MailAddress): Person | undefined {
    const row = this.sql.get.get(addressKey(address));
    return row && personOf(row);
  }

  /**
   * What a mail says nothing of stays as it was.
   * @returns whether the person looks different now
   */
  learn(address: MailAddress, { name, picture }: Person, at: number): boolean {
    const key = addressKey(address);
    const row = this.sql.get.get(key);
    const newName = name !== undefined && name !== row?.name;
    const newPicture = picture !== undefined && !Buffer.from(row?.picture ?? []).equals(picture.bytes);
    if (!newName && !newPicture && (row === undefined || at - row.at < SEEN_AGAIN)) return false;
    this.sql.put.run(key, name ?? row?.name ?? null, picture?.bytes ?? row?.picture ?? null, picture?.type ?? row?.picture_type ?? null, at);
    return newName || newPicture;
  }

  /** A bounded amount; @returns whether there is more */
  prune(): boolean {
    return [this.sql.forget.run().changes, this.sql.forgetPictures.run().changes].includes(STEP);
  }
}

function personOf({ name, picture, picture_type: type }: Row): Person {
  return { ...(name !== null && { name }), ...(picture !== null && type !== null && { picture: { type, bytes: new Uint8Array(picture) } }) };
}
