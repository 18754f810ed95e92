import { expect, test } from 'vitest';
import { against, alone } from '../../bench/figure.js';
import { markdown, placed } from '../../bench/markdown.js';

const missed = against(1_000, { name: 'mail', unit: 'mails/s', value: 400, goal: 0.8, higherIsBetter: true, note: 'CPU | <0.1' });
const memory = alone({ name: 'memory', unit: 'MB', value: 390, goal: 300, higherIsBetter: false });
const met = against(2, { name: 'latency', unit: 'ms', value: 3, goal: 2, higherIsBetter: false });

test('a row for each figure, below date and machine', () => {
  const lines = markdown('Today, here.', [missed, met]).split('\n');
  expect(lines[0]).toBe('Today, here.');
  expect(lines).toContain('| mail | 400 mails/s | 1,000 | 0.4 | ≥ 0.8 | NO |');
  expect(lines).toContain('| latency | 3 ms | 2 | 1.5 | ≤ 2 | yes |');
  expect(lines).toContain('- mail: CPU \\| &lt;0.1');
});

test('says by how much a goal is not met, and nothing of those that are', () => {
  const text = markdown('', [missed, memory, met]);
  expect(text).toContain('- mail: 0.4, goal ≥ 0.8: off by a factor of 2\n');
  expect(text).toContain('- memory: 390 MB, goal ≤ 300 MB: off by a factor of 1.3\n');
  expect(text).not.toContain('- latency');
  expect(markdown('', [met])).not.toContain('not met');
});

test('goes into its place in a page, again and again', () => {
  const page = '# Speed\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nThe rest.\n';
  const once = placed(page, 'new');
  expect(once).toBe('# Speed\n<!-- bench: begin -->\nnew\n<!-- bench: end -->\nThe rest.\n');
  expect(placed(once, 'new')).toBe(once);
  expect(placed('<!-- faults: begin -->\n<!-- faults: end -->\n', 'a', 'faults')).toBe('<!-- faults: begin -->\na\n<!-- faults: end -->\n');
  expect(placed(placed('', 'a'), 'b')).toBe('<!-- bench: begin -->\nb\n<!-- bench: end -->\n');
});

test('a page with other text and no place is refused', () => {
  expect(() => placed('# By hand\n', 'new')).toThrow('bench: begin');
});
