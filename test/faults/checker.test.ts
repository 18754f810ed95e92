/** The checker must be able to fail: made-up histories, each with one thing wrong. */
import { describe, expect, it } from 'vitest';
import { Checker, type Verdict } from '../../faults/checker.js';

type History = (checker: Checker) => void;

/** `a`, `b` and `c` of one pair, and `x` of another, were sent and answered. */
function verdictOf(history: History): Verdict {
  const checker = new Checker();
  for (const id of ['a', 'b', 'c']) checker.sent(id, 'romeo juliet');
  checker.sent('x', 'romeo nurse');
  for (const id of ['a', 'b', 'c', 'x']) checker.answered(id);
  history(checker);
  return checker.verdict();
}

const arrive = (...ids: string[]): History => (checker) => ids.forEach((id) => checker.arrived(id, `stanza-${id}`));

const FLAWS = ['lost', 'silent', 'renamed', 'disordered', 'overtaken', 'contradicted', 'overbounced', 'strangers'] as const;

function flaws(verdict: Verdict): Record<string, readonly string[]> {
  return Object.fromEntries(FLAWS.filter((flaw) => verdict[flaw].length > 0).map((flaw) => [flaw, verdict[flaw]]));
}

describe('the checker', () => {
  it.each<[string, History, Record<string, readonly string[]>]>([
    ['all well', arrive('a', 'x', 'b', 'c'), {}],
    ['one lost', arrive('a', 'c', 'x'), { lost: ['b'] }],
    ['one that came back is not lost', (checker) => (arrive('a', 'c', 'x')(checker), checker.bounced('b')), {}],
    ['came back twice', (checker) => (arrive('a', 'c', 'x')(checker), checker.bounced('b'), checker.bounced('b')), { overbounced: ['b'] }],
    ['arrived and came back', (checker) => (arrive('a', 'b', 'c', 'x')(checker), checker.bounced('b')), { contradicted: ['b'] }],
    ['overtaken', arrive('a', 'c', 'b', 'x'), { disordered: ['b'] }],
    ['overtaken while the server kept it', (checker) => (arrive('a', 'c')(checker), checker.arrived('b', 'stanza-b', true), arrive('x')(checker)), { overtaken: ['b'] }],
    ['kept by the server, and in its place', (checker) => (arrive('a')(checker), checker.arrived('b', 'stanza-b', true), arrive('c', 'x')(checker)), {}],
    ['behind one that the server had kept', (checker) => (checker.arrived('b', 'stanza-b', true), arrive('a', 'c', 'x')(checker)), { disordered: ['a'] }],
    ['overtaken by one that came after a loss', arrive('c', 'a', 'b', 'x'), { disordered: ['a', 'b'] }],
    ['pairs have no order among them', arrive('x', 'a', 'b', 'c'), {}],
    ['a repeat after a kill is no disorder', arrive('a', 'b', 'a', 'b', 'c', 'x'), {}],
    ['a repeat does not hide an overtaking', arrive('a', 'c', 'a', 'b', 'x'), { disordered: ['b'] }],
    ['a copy under another name', (checker) => (arrive('a', 'b', 'c', 'x')(checker), checker.arrived('a', 'another')), { renamed: ['a'] }],
    ['never answered, never heard of', (checker) => (arrive('a', 'b', 'c', 'x')(checker), checker.sent('d', 'romeo juliet')), { silent: ['d'] }],
    ['never answered, and it came back', (checker) => (arrive('a', 'b', 'c', 'x')(checker), checker.sent('d', 'romeo juliet'), checker.bounced('d')), {}],
    ['from nowhere', arrive('a', 'b', 'c', 'x', 'z'), { strangers: ['z'] }],
  ])('%s', (_what, history, found) => {
    expect(flaws(verdictOf(history))).toEqual(found);
  });

  it('counts repeats and silent ones by the fault they belong to', () => {
    const verdict = verdictOf((checker) => {
      arrive('a', 'b', 'c', 'x')(checker);
      for (const id of ['d', 'e']) checker.sent(id, 'romeo juliet');
      checker.fault();
      arrive('b', 'c', 'c')(checker);
      checker.sent('f', 'romeo juliet');
      checker.fault();
      arrive('c')(checker);
    });
    expect(verdict).toMatchObject({ repeats: 4, worstRepeats: 3, worstSilent: 2, silent: ['d', 'e', 'f'], sent: 7, answered: 4, arrived: 4 });
  });

  it('takes a message that is sent again as the same', () => {
    const verdict = verdictOf((checker) => {
      checker.sent('a', 'romeo juliet');
      arrive('a', 'b', 'c', 'x')(checker);
    });
    expect(verdict.sent).toBe(4);
    expect(flaws(verdict)).toEqual({});
  });
});
