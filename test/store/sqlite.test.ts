import { expect, it } from 'vitest';
import { openStore } from './files.js';
import { chat, romeo, T0 } from './samples.js';

it('accepts and claims', async () => {
  const store = await openStore();
  expect(await store.accept([chat(romeo)])).toEqual([['stored']]);
  const claimed = await store.claim('smtp', 10, 10, T0);
  expect(claimed).toHaveLength(1);
  console.log(JSON.stringify(claimed));
});
