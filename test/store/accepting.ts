/** Run as a process of its own: accepts messages for ever, and prints the id of each after its commit. */
import { writeSync } from 'node:fs';
import { pino } from 'pino';
import { isFailure } from '../../src/failure.js';
import { openSqliteStore } from '../../src/store/sqlite.js';
import { chat, mail } from './samples.js';

const store = await openSqliteStore(process.argv[2] ?? '', {}, pino({ level: 'silent' }));
if (isFailure(store)) throw new Error(store.text);

async function accept(sender: number): Promise<never> {
  for (;;) {
    const one = chat(mail(`romeo${sender}`));
    if (isFailure(store)) throw new Error(store.text);
    await store.accept([one]);
    writeSync(1, `${one.message.id}\n`);
  }
}

await Promise.all(Array.from({ length: 20 }, (_, sender) => accept(sender)));
