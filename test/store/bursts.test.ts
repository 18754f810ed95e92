/** Bursts across the end of a process, and of a transaction. */
import { expect, it } from 'vitest';
import { isFailure } from '../../src/failure.js';
import { createEngine } from '../../src/store/engine.js';
import { openDatabase } from '../../src/store/open.js';
import { packMessages } from '../../src/store/packed.js';
import { laneKey } from '../../src/store/rows.js';
import { DEFAULTS } from '../../src/store/sqlite.js';
import type { Gather, NewMessage } from '../../src/store/new-message.js';
import { freshPath, openHere } from './files.js';
import { chat, juliet, romeo, T0 } from './samples.js';

const gather: Gather = { quiet: 20_000, longest: 60_000, topic: { same: '', own: '' } };
const line = (text: string, more: Partial<Gather> = {}): NewMessage => chat(romeo, { text, ids: { stanza: text, mail: `<${text}@gw.example>` }, delivery: { gather: { ...gather, ...more } } });

it('a burst goes on gathering in another process, and one that was tried has the same lines there', async () => {
  const path = freshPath();
  let { store } = openHere(path);
  await store.accept([line('one')]);
  await store.accept([line('two')]);
  const another = async (): Promise<void> => {
    await store.close();
    ({ store } = openHere(path));
  };
  const bursts = async (now: number) => (await store.claim('smtp', 9, 9, now)).flatMap(({ deliveries }) => deliveries.map(({ message, burst }) => [message.text, burst]));
  await another();
  await store.accept([line('three', { changes: 'one', topic: { same: '', own: 'c' } })]);
  const tried = [['one', 1], ['two', 1], ['three', 1]];
  expect(await bursts(T0 + 19_999)).toEqual([]);
  expect(await bursts(T0 + 20_000)).toEqual(tried);
  await another();
  await store.accept([line('four')]);
  expect(await bursts(T0 + 20_000)).toEqual([...tried, ['four', 4]]);
});

it('a burst that a rolled back claim had closed is open again', () => {
  const open = openDatabase(freshPath(), true);
  if (isFailure(open)) throw new Error(open.text);
  const engine = createEngine(open.db, DEFAULTS);
  engine.accept(packMessages([line('one')]));
  const key = laneKey('smtp', juliet, romeo);
  open.db.exec('BEGIN');
  expect(engine.claim('smtp', 9, 9, T0 + 20_000)).toHaveLength(1);
  expect(engine.hold(key, T0 + 50_000, T0)).toBe(false);
  open.db.exec('ROLLBACK');
  engine.rolledBack();
  expect(engine.hold(key, T0 + 50_000, T0)).toBe(true);
  open.close();
});
