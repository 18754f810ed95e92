/** The queue, held and let go, by whomever. */
import { expect, it } from 'vitest';
import { QueueHold, switchHold } from '../../src/bridge/queue-hold.js';
import { openHere, quiet } from '../store/files.js';
import { T0 } from '../store/samples.js';

it('is let go once, and told of once, however often it is looked at', async () => {
  const { store: { switches } } = openHere();
  const told: string[] = [];
  const note = (what: string) => (text: unknown): void => void told.push(`${what} ${String(text).replace(/[,:].*/, '')}`);
  const time = { now: T0 };
  const clock = (): number => time.now;
  const hold = new QueueHold({ switches, clock, log: { ...quiet, warn: note('warn'), info: note('info') }, released: () => void told.push('released') });
  await hold.load();
  await hold.switch(false);
  expect([hold.since, told.splice(0)]).toEqual([undefined, []]);
  expect(await switchHold(true, { switches, clock })).toBe(T0);
  time.now += 60_000;
  for (let i = 0; i < 3; i++) await hold.load();
  expect([await hold.switch(true), hold.since, told.splice(0)]).toEqual([T0, T0, ['warn the queue is held']]);
  await hold.load();
  expect(hold.since).toBe(T0);
  await switchHold(false, { switches, clock });
  for (let i = 0; i < 3; i++) await hold.load();
  expect([hold.since, told]).toEqual([undefined, ['info the queue is held no more', 'released']]);
});
