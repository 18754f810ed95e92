import { describe, expect, it } from 'vitest';
import { SteadyClock } from '../src/clock.js';
import { TimeWatch } from '../src/time-watch.js';
import { openHere, quiet } from './store/files.js';
import { chat, DAY, HOUR, romeo, T0 } from './store/samples.js';

/** A machine whose clock can be set, and that can sleep. */
function machine() {
  const time = { wall: T0, running: 1_000, passed: 500_000 };
  const clock = new SteadyClock({ wall: () => time.wall, running: () => time.running, passed: () => time.passed });
  const run = (ms: number): void => void ((time.wall += ms), (time.running += ms), (time.passed += ms));
  const sleep = (ms: number): void => void ((time.wall += ms), (time.passed += ms));
  return { time, clock, run, sleep };
}

describe('the gateway\'s clock', () => {
  it('is the machine\'s while nobody sets that', () => {
    const { clock, run } = machine();
    run(HOUR);
    expect(clock.look()).toBe(0);
    expect(clock.now()).toBe(T0 + HOUR);
  });

  it.each([['forward', DAY], ['back', -DAY]])('goes on evenly when that is set %s, until it is told to follow', (_way, step) => {
    const { clock, time, run } = machine();
    time.wall += step;
    run(1_000);
    expect(clock.look()).toBe(step);
    expect(clock.now()).toBe(T0 + 1_000);
    clock.follow(step);
    expect(clock.look()).toBe(0);
    expect(clock.now()).toBe(T0 + step + 1_000);
  });

  it('follows small steps, and leaves still smaller ones alone', () => {
    const { clock, time } = machine();
    time.wall += 300;
    expect([clock.look(), clock.now()]).toEqual([0, T0]);
    time.wall += 4_700;
    expect([clock.look(), clock.now()]).toEqual([0, T0 + 5_000]);
  });

  it('counts the time that the machine slept, also when its clock is set then', () => {
    const { clock, sleep, time } = machine();
    sleep(8 * HOUR);
    expect([clock.look(), clock.now()]).toEqual([0, T0 + 8 * HOUR]);
    sleep(HOUR);
    time.wall += DAY;
    expect([clock.look(), clock.now()]).toEqual([DAY, T0 + 9 * HOUR]);
  });
});

describe('a machine whose clock is set', () => {
  it('leaves to what waits the time that it had', async () => {
    const { clock, time } = machine();
    const { store } = openHere();
    await store.accept([chat(romeo, { delivery: { dueAt: T0 + HOUR, warnAt: T0 + 2 * HOUR, expiresAt: T0 + 12 * HOUR } })]);
    const watch = new TimeWatch(clock, store, quiet, 5);
    watch.start();
    time.wall += DAY;
    await expect.poll(() => clock.now()).toBe(T0 + DAY);
    await watch.stop();
    expect(await store.overdue(clock.now(), 9)).toEqual([]);
    expect(await store.claim('smtp', 9, 9, clock.now())).toEqual([]);
    expect(await store.list({ limit: 9 })).toMatchObject([{ dueAt: T0 + DAY + HOUR, expiresAt: T0 + DAY + 12 * HOUR }]);
    expect(await store.overdue(clock.now() + 2 * HOUR, 9)).toMatchObject([{ what: 'warn' }]);
  });

  it('follows when the store has the call: what is stored from then on is not moved and carries the new time', async () => {
    const { clock, time } = machine();
    let moved: (count: number) => void = () => undefined;
    const watch = new TimeWatch(clock, { shift: () => new Promise((resolve) => (moved = resolve)) }, quiet, 5);
    watch.start();
    time.wall -= HOUR;
    await expect.poll(() => clock.now()).toBe(T0 - HOUR);
    moved(0);
    await watch.stop();
    expect(clock.now()).toBe(T0 - HOUR);
  });

  it('goes on by its own clock while the store cannot move what waits, and tries again', async () => {
    const { clock, time } = machine();
    let tries = 0;
    const store = { shift: () => (++tries < 3 ? Promise.reject(new Error('disk full')) : Promise.resolve(0)) };
    const watch = new TimeWatch(clock, store, quiet, 5);
    time.wall -= DAY;
    watch.start();
    expect(clock.now()).toBe(T0);
    await expect.poll(() => clock.now()).toBe(T0 - DAY);
    await watch.stop();
    expect(tries).toBe(3);
  });
});
