import { describe, expect, it } from 'vitest';
import { against, alone, meets, readable, table } from '../../bench/figure.js';

const speed = { name: 'speed', unit: 'mails/s', value: 80, goal: 0.8, higherIsBetter: true };

describe('a figure', () => {
  it.each([
    ['a ratio at its goal', against(100, speed), true],
    ['a ratio below its goal', against(101, speed), false],
    ['a value above a goal that is a ceiling', alone({ ...speed, goal: 79, higherIsBetter: false }), false],
    ['a value at its ceiling', alone({ ...speed, goal: 80, higherIsBetter: false }), true],
    ['a value without a goal', alone({ ...speed, goal: null }), true],
  ])('%s', (_, figure, met) => {
    expect(meets(figure)).toBe(met);
  });

  it('stands in the table with its note under it', () => {
    const lines = table([against(100, { ...speed, value: 12_345, note: 'gateway 200 µs' }), alone({ ...speed, name: 'lost', goal: 0, higherIsBetter: false, value: 1 })]).split('\n');
    expect(lines[1]).toMatch(/^speed +12,345 mails\/s +100 +123 +≥ 0\.8 +yes$/);
    expect(lines[2]).toBe('    gateway 200 µs');
    expect(lines[3]).toMatch(/^lost +1 mails\/s +– +– +≤ 0 +NO$/);
  });

  it.each([[0, '0'], [0.12345, '0.123'], [12.345, '12.3'], [99.99, '100'], [123.4, '123'], [12_345.6, '12,346']])('%d is written %s', (value, text) => {
    expect(readable(value)).toBe(text);
  });
});
