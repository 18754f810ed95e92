import { expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.js';
import { problemsOf, toml } from './parse.js';

it.each([[undefined, 20_000], ['"0"', 0], ['"45s"', 45_000]])('the window of a burst as %s is %i ms', (burst, ms) => {
  const { config, problems } = parseConfig(toml({ 'smtp_out.burst': burst }), {});
  expect(problems).toEqual(parseConfig(toml({}), {}).problems);
  expect(config?.smtp_out.burst).toBe(ms);
});

it.each(['0', '"-1s"', '"soon"', '""'])('the window of a burst cannot be %s', (burst) => {
  expect(problemsOf({ 'smtp_out.burst': burst }).join()).toMatch(/error: .*burst/);
});

it('the longest wait cannot be none', () => {
  expect(problemsOf({ 'smtp_out.burst_longest': '"0"' }).join()).toMatch(/error: .*burst_longest/);
});
