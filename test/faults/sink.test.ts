import { describe, expect, it } from 'vitest';
import { SCHEDULE } from '../../faults/outbox.js';
import { offSchedule, sink } from '../../faults/rows/sink.js';
import { shortForm } from './short-form.js';

shortForm(sink);

describe('tries and the schedule', () => {
  const [first = 0, second = 0] = SCHEDULE;
  const at = (ms: number, outcome: 'deferred' | 'handed-over' | 'released' = 'deferred') => ({ id: 'a', at: ms, outcome });

  it.each([
    ['on it', [at(0), at(first), at(first + second, 'handed-over')], []],
    ['what was released does not count', [at(0), at(5, 'released'), at(first, 'handed-over')], []],
    ['too early', [at(0), at(first - 1, 'handed-over')], ['a by -1 ms']],
    ['too late', [at(0), at(first + 1_001, 'handed-over')], ['a by 1001 ms']],
    ['the first wait once more', [at(0), at(first), at(2 * first, 'handed-over')], [`a by ${first - second} ms`]],
  ])('%s', (_what, attempts, astray) => {
    expect(offSchedule(attempts)).toEqual(astray);
  });
});
