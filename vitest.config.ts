import { configDefaults, defineConfig } from 'vitest/config';

const TESTS = 'test/**/*.test.ts';
/** Files that start servers, or the gateway as a process; and the one that asks V8 what only a fresh process can tell. */
const APART = ['test/{scenarios,faults,servers,xmpp,commands}/**/*.test.ts', 'test/hidden-classes.test.ts'];

/**
 * Vitest runs the project whose files are isolated first: a long story is never the last.
 *
 * The others share a process for each worker, and with it what they import: to start one and to read the modules again for each
 * file took more than their tests. So a file leaves nothing behind: no timers that are not real, no variable, no listener.
 */
export default defineConfig({
  test: {
    globalSetup: 'test/build.ts',
    // A story waits for servers most of its time: one more than the two cores of the smallest machine keeps them busy.
    maxWorkers: 3,
    reporters: ['default'],
    projects: [
      { extends: true, test: { name: 'apart', include: APART } },
      { extends: true, test: { name: 'together', include: [TESTS], exclude: [...configDefaults.exclude, ...APART], isolate: false } },
    ],
    // Far longer than any takes: a busy machine is no failure, and what never comes is still one.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
