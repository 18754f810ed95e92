import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { against, alone, type Figure } from '../../bench/figure.js';
import { changes, readSaved, save } from '../../bench/saved.js';

const rate = (name: string, value: number): Figure => against(100, { name, unit: 'mails/s', value, goal: null, higherIsBetter: true });
const delay = (name: string, value: number): Figure => alone({ name, unit: 'ms', value, goal: null, higherIsBetter: false });

describe('the saved run', () => {
  it('says what became better and worse, and keeps quiet about noise', () => {
    const before = [rate('a', 50), rate('b', 50), rate('c', 50), delay('d', 10), rate('gone', 1)];
    const lines = changes(before, [rate('a', 80), rate('b', 30), rate('c', 52), delay('d', 5), rate('new', 1)]);
    expect(lines.map((line) => line.replace(/ +/g, ' ').trim())).toEqual([
      'better +60% 0.5 → 0.8 a',
      'WORSE -40% 0.5 → 0.3 b',
      '+4% 0.5 → 0.52 c',
      'better -50% 10 → 5 d',
    ]);
  });

  it('keeps the figures of rows that were not run again', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'stanzapost-saved-'));
    const file = join(dir, 'below', 'run.json');
    try {
      expect(await readSaved(file)).toEqual([]);
      await save(file, [], [rate('a', 1), rate('b', 1)]);
      await save(file, await readSaved(file), [rate('b', 2)]);
      expect((await readSaved(file)).map(({ name, value }) => [name, value])).toEqual([['a', 1], ['b', 2]]);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
