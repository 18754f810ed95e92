import { describe, expect, it } from 'vitest';
import { byFile, selfTimes } from '../../bench/profile.js';

const node = (id: number, functionName: string, url: string) => ({ id, callFrame: { functionName, url, lineNumber: 9 } });
const pids = [1];
const profile = {
  nodes: [node(1, 'parse', 'node:a'), node(2, 'write', 'node:a'), node(3, '(idle)', '')],
  startTime: 1_000,
  samples: [1, 2, 2, 3, 1],
  timeDeltas: [100, 100, 100, 100, 100],
};

describe('a CPU profile', () => {
  it('counts what was spent during the load, per message', () => {
    const spent = selfTimes(profile, [{ from: 1_150, until: 1_250, messages: 4, pids }, { from: 1_250, until: 1_450, messages: 6, pids }]);
    expect(spent).toEqual([{ where: 'node:a:10 write', self: 20 }, { where: '(idle)', self: 10 }]);
  });

  it('is summed up by file', () => {
    const spent = selfTimes(profile, [{ from: 0, until: 2_000, messages: 1, pids }]);
    expect(byFile(spent)).toEqual([{ where: 'node:a', self: 400 }, { where: '(idle)', self: 100 }]);
  });
});
