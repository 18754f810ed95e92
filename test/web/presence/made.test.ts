/** What was made is kept, but never more than so much of it. */
import { expect, it } from 'vitest';
import { Made } from '../../../src/web/presence/made.js';

const answerOf = (bytes: number) => ({ body: { length: bytes } });

it('is had again by whom and how it was made', () => {
  const made = new Made<ReturnType<typeof answerOf>>();
  const [one, other] = [{}, {}];
  const answer = answerOf(10);
  made.put(one, 'dark', answer);
  expect([made.get(one, 'dark'), made.get(one, 'light'), made.get(other, 'dark')]).toEqual([answer, undefined, undefined]);
});

it('goes when it is more than 32 MiB, but for the newest', () => {
  const made = new Made<ReturnType<typeof answerOf>>();
  const views = Array.from({ length: 40 }, () => ({}));
  const kept = (): number => views.flatMap((view) => Array.from({ length: 100 }, (_, i) => made.get(view, `${i}`))).filter((answer) => answer !== undefined).length;
  for (const [at, view] of views.entries()) {
    for (let i = 0; i < 100; i++) made.put(view, `${i}`, answerOf(30_000));
    expect(kept() * 30_000).toBeLessThanOrEqual(33_554_432);
    expect(made.get(view, '99')).toBeDefined();
    if (at === 5) expect(kept()).toBe(600);
  }
});
