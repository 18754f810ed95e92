/** Whose turn it is in the pool, with sessions that open, end and become free when the test says so. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RelayConnection } from '../../src/smtp-out/connection.js';
import { SmtpFault } from '../../src/smtp-out/fault.js';
import { Pool } from '../../src/smtp-out/pool.js';

type Got = RelayConnection | SmtpFault;

/** A session without a relay. */
function session(width = 2): RelayConnection & { ended: string } {
  const own = { ended: '', used: 0, rested: false, onEnd: () => undefined };
  const end = (how: string) => function (this: typeof own) { this.ended ||= how; this.onEnd(); };
  const shape = { alive: { get(this: typeof own) { return this.ended === ''; } }, width: { value: width }, quit: { value: end('quit') }, destroy: { value: end('destroyed') } };
  return Object.assign(Object.create(RelayConnection.prototype, shape) as RelayConnection & { ended: string }, own);
}

const REFUSED = new SmtpFault('greeting', 'EPROTOCOL');

/** Each opening waits in `opening` until the test ends it. */
function poolOf(connections: number) {
  const opening: ((got: Got) => void)[] = [];
  const pool = new Pool({ connections, messagesPerConnection: 100 }, () => new Promise((resolve) => opening.push(resolve)), () => 0);
  const got: Got[] = [];
  return { pool, opening, got, ask: () => void pool.acquire().then((one) => got.push(one)) };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('who waits while the only session opens shares it from the start', async () => {
    const { opening, got, ask } = poolOf(1);
    for (let i = 0; i < 3; i++) ask();
    const one = session();
    opening[0]?.(one);
    await settled();
    expect(got).toEqual([one, one]);
  });

  it('a session refused while others open is not yet the end: who asked for it waits for those', async () => {
    const { opening, got, ask } = poolOf(2);
    ask();
    ask();
    opening[0]?.(REFUSED);
    await settled();
    expect(got).toEqual([]);
    const one = session();
    opening[1]?.(one);
    await settled();
    expect(got).toEqual([one, one]);
  });

  it('when all that open are refused, all who wait learn it', async () => {
    const { opening, got, ask } = poolOf(2);
    for (let i = 0; i < 4; i++) ask();
    for (const end of [...opening]) {
      end(REFUSED);
      await settled();
    }
    expect(got).toEqual([REFUSED, REFUSED, REFUSED, REFUSED]);
    // It was away, and has no limit.
    for (let i = 0; i < 2; i++) ask();
    expect(opening).toHaveLength(4);
  });

  it('the relay\'s limit is learnt from the last refusal, not from the first', async () => {
    const { pool, opening, got, ask } = poolOf(4);
    for (let i = 0; i < 4; i++) ask();
    const [one, two, three] = [session(1), session(1), session(1)];
    opening[0]?.(one);
    await settled();
    opening[3]?.(REFUSED);
    await settled();
    opening[1]?.(two);
    opening[2]?.(three);
    await settled();
    expect(got).toEqual([one, two, three]);
    three.destroy();
    pool.release(three);
    await settled();
    // For the one that waits, there may be three again.
    expect(opening).toHaveLength(5);
  });

  it('a session that became idle while another was refused is in use, and not idle, when it is given', async () => {
    const { pool, opening, got, ask } = poolOf(2);
    ask();
    const one = session();
    opening[0]?.(one);
    await settled();
    for (let i = 0; i < 2; i++) ask();
    await settled();
    for (let i = 0; i < 2; i++) pool.release(one);
    opening[1]?.(REFUSED);
    await settled();
    vi.advanceTimersByTime(60_000);
    expect([got, one.ended]).toEqual([[one, one, one], '']);
  });

  it('whatever opens, ends and becomes free: nobody waits for ever, no session has more than it can take', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 }), fc.array(fc.tuple(fc.constantFrom('ask', 'open', 'refuse', 'release', 'end', 'wait'), fc.nat(9)), { maxLength: 60 }), async (connections, width, steps) => {
        const { pool, opening } = poolOf(connections);
        const held: ReturnType<typeof session>[] = [];
        let [asked, answered] = [0, 0];
        const ask = (): void => {
          asked++;
          void pool.acquire().then((one) => {
            answered++;
            if (!(one instanceof SmtpFault)) held.push(one as ReturnType<typeof session>);
          });
        };
        const act = async (what: string, nth: number): Promise<void> => {
          const at = <T>(list: T[]): T | undefined => list.splice(nth % Math.max(list.length, 1), 1)[0];
          if (what === 'ask') ask();
          if (what === 'open') at(opening)?.(session(width));
          if (what === 'refuse') at(opening)?.(REFUSED);
          if (what === 'release') { const one = at(held); if (one !== undefined) { one.used++; pool.release(one); } }
          if (what === 'end') held[nth % Math.max(held.length, 1)]?.destroy();
          if (what === 'wait') vi.advanceTimersByTime(nth * 5_000);
          await settled();
          expect(held.map((one) => one.ended)).not.toContain('quit');
          const alive = held.filter((one) => one.alive);
          expect(new Set(alive).size).toBeLessThanOrEqual(connections);
          for (const one of new Set(alive)) expect(alive.filter((other) => other === one).length).toBeLessThanOrEqual(width);
        };
        for (const [what, nth] of steps) await act(what, nth);
        for (let turns = 0; answered < asked && turns < 500; turns++) await act(turns % 2 === 0 ? 'open' : 'release', 0);
        expect(answered).toBe(asked);
      }),
      { numRuns: 300 },
    );
  });
});
