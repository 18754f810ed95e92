/** What was told a moment ago is kept for a moment, and not more of it than there is room for. */
import { expect, it } from 'vitest';
import { Recent, type Question, type Told } from '../../../src/web/presence/recent.js';
import { Rendering } from '../../../src/web/presence/rendering.js';
import { problem } from '../../../src/web/presence/problem.js';

function stage() {
  const time = { now: 0, last: 0 };
  const made: string[] = [];
  const recent = new Recent(() => time.now, () => time.last);
  const ask = (question: string, bytes = 10): unknown =>
    recent.of({ asker: '', asked: Buffer.from(question) }, () => {
      made.push(question);
      return { rendering: new Rendering(Buffer.alloc(bytes), 'text/plain'), names: 1, unknown: 0 };
    });
  return { time, made, recent, ask };
}

/** The answer, which is the question as it was when it was made. */
function text(recent: Recent, question: Question): string {
  const answer = `${question.asker}${question.asked.toString()}`;
  const told = recent.of(question, () => ({ rendering: new Rendering(Buffer.from(answer), 'text/plain'), names: 1, unknown: 0 })) as Told;
  return String(told.rendering.once({}).body as Buffer);
}

it('the same is told to the same question for less than a second, until somebody changes', () => {
  const { time, made, ask } = stage();
  const rendering = (told: unknown): unknown => (told as { rendering: Rendering }).rendering;
  const first = rendering(ask('a'));
  expect([rendering(ask('a')) === first, rendering(ask('b')) === first]).toEqual([true, false]);
  time.now = 999;
  ask('a');
  expect(made).toEqual(['a', 'b']);
  time.now = 1_000;
  ask('a');
  time.last++;
  ask('a');
  expect(made).toEqual(['a', 'b', 'a', 'a']);
});

it('eight megabytes of questions and answers are kept, the newest', () => {
  const { time, made, ask } = stage();
  for (let i = 0; i < 10; i++) ask(`${i}`, 1_000_000);
  made.length = 0;
  for (const i of [9, 8, 2]) ask(`${i}`, 1_000_000);
  expect(made).toEqual([]);
  ask('0', 1_000_000);
  ask('1', 1_000_000);
  expect(made).toEqual(['0', '1']);
  ask('x'.repeat(9_000_000));
  ask('9', 1_000_000);
  expect(made).toHaveLength(4);
  for (let i = 0; i < 20; i++) {
    time.now += 1_000;
    for (const _ of [1, 2, 3]) ask('9', 1_000_000);
  }
  expect(made).toHaveLength(24);
});

it('short ones take more than their bytes, and so they are not so many that the oldest is found slowly', () => {
  const { made, ask } = stage();
  for (let i = 0; i < 10_000; i++) ask(`?id=${i}`);
  made.length = 0;
  ask('?id=9999');
  ask('?id=0');
  expect(made).toEqual(['?id=0']);
});

it('each asker is told his own, and each list, however alike they are', () => {
  const { recent } = stage();
  const of = (asker: string, asked: string): string => text(recent, { asker, asked: Buffer.from(asked) });
  const lists = ['aaaaaaaaaaaaaaaa', 'abaaaaaaaaaaaaaa', 'aaaaaaaaaaaaaaab', 'aaaaaaaaaaaaaaaaa'];
  for (const _ of [1, 2]) for (const asker of ['a', 'b']) for (const list of lists) expect(of(asker, list)).toBe(asker + list);
});

it('a question is kept as it was asked, also when its bytes are written over', () => {
  const { recent } = stage();
  const asked = Buffer.from('aaaa aaa');
  text(recent, { asker: '', asked });
  asked.write('b', 3);
  expect(text(recent, { asker: '', asked })).toBe('aaab aaa');
});

it('a problem is not kept', () => {
  const { recent } = stage();
  let made = 0;
  const wrong = problem(400, 'x');
  for (let i = 0; i < 3; i++) expect(recent.of({ asker: '', asked: Buffer.from('a') }, () => (made++, wrong))).toBe(wrong);
  expect(made).toBe(3);
});
