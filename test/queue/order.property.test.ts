import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { acceptAndQueue } from '../../src/bridge/accept.js';
import type { Outcome } from '../../src/edge.js';
import { Failure } from '../../src/failure.js';
import { Queue } from '../../src/queue/queue.js';
import { openHere, quiet } from '../store/files.js';
import { chat, mail, T0 } from '../store/samples.js';
import { TestOutlet } from './outlet.js';

const OUTCOMES: readonly Outcome[] = [
  { state: 'handed-over' },
  { state: 'delivered' },
  { state: 'failed', failure: Failure.permanent('remote-refused', 'No.') },
  { state: 'deferred', failure: Failure.temporary('remote-refused', 'Later.') },
  { state: 'released' },
];
const ends = ({ state }: Outcome): boolean => state !== 'deferred' && state !== 'released';

it('every delivery ends once, and a pair in its order, whatever the outlet answers', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ to: fc.integer({ min: 0, max: 3 }), gathers: fc.boolean(), topic: fc.constantFrom('a', 'b') }), { minLength: 1, maxLength: 25 }),
      fc.infiniteStream(fc.integer({ min: 0, max: OUTCOMES.length - 1 })),
      async (lines, answers) => {
        const { store } = openHere();
        const outlet = new TestOutlet();
        const ended: string[] = [];
        let now = T0;
        outlet.answer = ({ message }) => {
          const outcome = OUTCOMES[answers.next().value as number]!;
          if (ends(outcome)) ended.push(message.text);
          return outcome;
        };
        const bursts = new Map<number, string>();
        outlet.deliverBurst = (burst) => {
          const [first] = burst;
          const texts = burst.map(({ message }) => message.text).join('+');
          if (bursts.has(first!.burst!)) expect(texts).toBe(bursts.get(first!.burst!));
          bursts.set(first!.burst!, texts);
          const outcome = OUTCOMES[answers.next().value as number]!;
          if (ends(outcome)) ended.push(...burst.map(({ message }) => message.text));
          return Promise.resolve(burst.map(() => outcome));
        };
        const sent = lines.map(({ to, gathers, topic }, i) => chat(mail(`r${to}`), { text: `r${to} ${i}`, ...(gathers && { delivery: { gather: { quiet: 1, longest: 1_000, topic: { same: topic, own: '' } } } }) }));
        const policy = { retry: { schedule: [60_000], jitter: 0.5 }, overdueEvery: 60_000 };
        const queue = new Queue({ store, outlet, clock: () => now, log: quiet, policy, reportFor: () => undefined, wake: () => undefined });
        queue.start();
        await Promise.all(sent.map((one) => acceptAndQueue(one, { store, clock: () => now, queueOf: () => queue })));
        await vi.waitFor(
          () => {
            now += 90_000;
            queue.wake();
            expect(ended.length).toBeGreaterThanOrEqual(sent.length);
          },
          { timeout: 10_000, interval: 2 },
        );
        await queue.stop(1_000);
        const texts = sent.map(({ message }) => message.text);
        for (const to of new Set(lines.map((line) => line.to))) {
          const ofPair = (text: string) => text.startsWith(`r${to} `);
          expect(ended.filter(ofPair)).toEqual(texts.filter(ofPair));
        }
        expect(await store.list({ state: 'waiting', limit: 1 })).toEqual([]);
        await store.close();
      },
    ),
    { numRuns: 15 },
  );
}, 60_000);
