/** A claim whose contents cannot be read for a moment: the lanes are claimed by then, and nobody else would ever try them. */
import { describe, expect, it } from 'vitest';
import { Originals } from '../../src/store/originals.js';
import { SqliteStore } from '../../src/store/sqlite.js';
import type { Thread } from '../../src/store/thread.js';
import type { FromWorker, ToWorker } from '../../src/store/worker.js';
import { quiet } from './files.js';
import { chat, romeo } from './samples.js';

describe('a claim', () => {
  it('is not forgotten when what it holds cannot be read at once', async () => {
    let tell: (message: FromWorker) => void = () => undefined;
    let asked = 0;
    const content = { json: JSON.stringify(chat(romeo).message), recipient: JSON.stringify(romeo) };
    const answers: Record<string, () => unknown> = {
      claim: () => ({ value: [{ lane: '1', deliveries: [{ seq: 7, attempts: 1, context: {} }] }] }),
      contents: () => (asked++ === 0 ? { error: 'database is locked (SQLITE_BUSY)' } : { value: [content] }),
    };
    const thread: Thread = {
      postMessage: (message: ToWorker): void => {
        if (message === 'close') return;
        const results = message.calls.map(({ operation }) => answers[operation]?.()) as never;
        setImmediate(() => tell({ results }));
      },
      on: (event: string, listener: (message: never) => void): void => {
        if (event === 'message') tell = listener as (message: FromWorker) => void;
      },
    };
    const store = new SqliteStore(thread, new Originals('/nowhere'), quiet);
    const [lane] = await store.claim('xmpp', 10, 10, 0);
    expect(lane?.deliveries.map(({ seq }) => seq)).toEqual([7]);
  });
});
