/** Stores with much in them: deliveries that wait for a relay that is down, and users who have written before. */
import { randomUUID } from 'node:crypto';
import { newMessageId } from '../../src/message.js';
import { Failure } from '../../src/failure.js';
import { createEngine } from '../../src/store/engine.js';
import { openDatabase } from '../../src/store/open.js';
import { packMessages } from '../../src/store/packed.js';
import { DEFAULTS } from '../../src/store/sqlite.js';
import type { NewMessage } from '../../src/store/new-message.js';

const DAY = 86_400_000;
const PER_TRANSACTION = 5_000;
const TEXT = 'But soft, what light through yonder window breaks? It is the east, and Juliet is the sun.';
/** Their mail server is down; those who can be reached are elsewhere. */
const UNREACHABLE = 'mantua.test';

/** From one of the home server's users to a mail address of that user's own. */
export function newChat(user: number, now: number, domain = 'montague.test', dueAt = now): NewMessage {
  const id = newMessageId(now);
  const recipient = { kind: 'mail', local: `friend${user}`, domain } as const;
  const sender = { kind: 'jid', local: `user${user}`, domain: 'example.test', resource: 'phone' } as const;
  return {
    message: {
      ...{ id, source: 'xmpp', sender, origin: 'person', authenticity: 'verified', text: TEXT, attachments: [], acceptedAt: now, wantsReceipt: false },
      ids: { stanza: randomUUID(), mail: `<${id}@mail.example.test>` },
    },
    deliveries: [{ outlet: 'smtp', recipient, sourceKey: id, dueAt, warnAt: dueAt + DAY, expiresAt: dueAt + 5 * DAY }],
  };
}

/** Writes a new store: each of the users has written once, and so many deliveries wait until tomorrow. */
export function fillStore(path: string, waiting: number, users: number): void {
  const opened = openDatabase(path, true);
  if (opened instanceof Failure) throw new Error(opened.text);
  const { db } = opened;
  // Filling is not what is measured: its pages stay in memory, and go to the file once.
  db.pragma('synchronous = OFF');
  db.pragma('cache_size = -500000');
  db.pragma('wal_autocheckpoint = 200000');
  const engine = createEngine(db, DEFAULTS);
  const now = Date.now();
  const inParts = (count: number, fill: (from: number, to: number) => void): void => {
    for (let from = 0; from < count; from += PER_TRANSACTION) db.transaction(() => fill(from, Math.min(count, from + PER_TRANSACTION)))();
  };
  const accept = (from: number, to: number, make: (number: number) => NewMessage): void => void engine.accept(packMessages(Array.from({ length: to - from }, (_, i) => make(from + i))));
  inParts(users, (from, to) => {
    accept(from, to, (number) => newChat(number, now));
    const lanes = engine.claim('smtp', PER_TRANSACTION, 1, now);
    for (const { lane, deliveries } of lanes) {
      engine.settle({ lane, ended: deliveries.map(({ seq }) => ({ seq, state: 'handed-over' })), deferred: [], reports: [], dueAt: now, at: now });
    }
  });
  inParts(waiting, (from, to) => accept(from, to, (number) => newChat(number % users, now, UNREACHABLE, now + DAY)));
  db.pragma('wal_checkpoint(TRUNCATE)');
  opened.close();
}
