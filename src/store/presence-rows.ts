/** Operations of the engine on what is published of whom. */
import { ApiKeyRows } from './api-keys.js';
import type { Db } from './open.js';
import { PresenceStateRows } from './presence-states.js';
import { PublicationRows } from './publications.js';

export function presenceOperations(db: Db) {
  const publications = new PublicationRows(db);
  const states = new PresenceStateRows(db);
  const keys = new ApiKeyRows(db);
  return {
    publications: publications.all.bind(publications),
    putPublication: publications.put.bind(publications),
    presenceStates: states.all.bind(states),
    putPresenceStates: states.put.bind(states),
    apiKeys: keys.all.bind(keys),
    addApiKey: keys.add.bind(keys),
    removeApiKey: keys.remove.bind(keys),
    apiKeysUsed: keys.used.bind(keys),
  };
}
