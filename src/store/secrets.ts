/** Random bytes that outlive a restart. They are made where they are kept, so that no two askers get different ones. */
import { randomBytes } from 'node:crypto';
import type { Db } from './open.js';

const LENGTH = 32;

function prepareStatements(db: Db) {
  return {
    find: db.prepare<[string], Buffer>('SELECT bytes FROM secrets WHERE name = ?').pluck(),
    add: db.prepare<[string, Uint8Array]>('INSERT INTO secrets (name, bytes) VALUES (?, ?)'),
  };
}

export class Secrets {
  private readonly sql: ReturnType<typeof prepareStatements>;

  constructor(db: Db) {
    this.sql = prepareStatements(db);
  }

  secret(name: string): Uint8Array {
    const known = this.sql.find.get(name);
    if (known !== undefined) return known;
    const made = randomBytes(LENGTH);
    this.sql.add.run(name, made);
    return made;
  }
}
