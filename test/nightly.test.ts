/** The nightly backup: when, which are kept, and what becomes of a failure. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { backupName, madeAt, nextAt, tooOld } from '../src/backup-schedule.js';
import { Failure } from '../src/failure.js';
import { Nightly } from '../src/nightly.js';
import { waitUntil } from './servers/wait.js';
import { quiet } from './store/files.js';

const HALF_PAST_TWO = { hour: 2, minute: 30 };
const HOUR = 3_600_000;

/** Each step of the schedule from `from`, as local time with its offset. */
function inBerlin<T>(run: () => T): T {
  const before = process.env.TZ;
  process.env.TZ = 'Europe/Berlin';
  try {
    return run();
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
}

function nights(from: string, count: number): string[] {
  return inBerlin(() => {
    const times: string[] = [];
    for (let at = Date.parse(from); times.length < count; ) {
      at = nextAt(HALF_PAST_TWO, at);
      times.push(new Date(at).toISOString());
    }
    return times;
  });
}

describe('the schedule', () => {
  it('is once a day through both changes of summer time', () => {
    expect(nights('2026-03-27T12:00:00Z', 3)).toEqual(['2026-03-28T01:30:00.000Z', '2026-03-29T01:30:00.000Z', '2026-03-30T00:30:00.000Z']);
    expect(nights('2026-10-23T12:00:00Z', 3)).toEqual(['2026-10-24T00:30:00.000Z', '2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']);
  });

  it('is never the moment it is asked at', () => {
    expect(nights('2026-03-28T01:30:00Z', 1)).toEqual(['2026-03-29T01:30:00.000Z']);
  });

  it('knows its files by name, and no others', () => {
    const at = Date.UTC(2026, 10, 27, 3, 30, 1);
    expect(madeAt(backupName(at))).toBe(at);
    const names = [3, 1, 2].map((day) => backupName(Date.UTC(2026, 0, day)));
    expect(tooOld([...names, 'aaa.txt', 'stanzapost-before-update.backup'], 2)).toEqual([backupName(Date.UTC(2026, 0, 1))]);
  });
});

describe('at night', () => {
  afterEach(() => vi.useRealTimers());

  function nightly(outcomes: readonly (Failure | 'made')[]) {
    const directory = mkdtempSync(join(tmpdir(), 'stanzapost-nightly-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    let now = Date.UTC(2026, 10, 27, 12);
    const tries: number[] = [];
    const left = [...outcomes];
    const part = new Nightly({
      at: HALF_PAST_TWO,
      directory,
      keep: 2,
      clock: () => now,
      log: quiet,
      make: (file) => {
        tries.push(now);
        const outcome = left.shift() ?? 'made';
        if (outcome !== 'made') return Promise.resolve(outcome);
        writeFileSync(file, '');
        return Promise.resolve({ file, bytes: 0, lost: [], schema: 7, waiting: 0, users: 0, originals: 0 });
      },
    });
    onTestFinished(() => part.stop());
    return { part, directory, tries, at: (time: number) => (now = time) };
  }

  it('keeps the newest, and removes what a run that was cut off has left', async () => {
    const { part, directory, at } = nightly([]);
    for (const day of [25, 26, 27]) writeFileSync(join(directory, backupName(Date.UTC(2026, 10, day, 12))), '');
    writeFileSync(join(directory, `${backupName(1)}.partial-17`), 'half');
    writeFileSync(join(directory, 'notes.txt'), 'mine');
    await part.start(5);
    expect(readdirSync(directory).filter((name) => name.includes('partial'))).toEqual([]);
    const night = Date.UTC(2026, 10, 28, 12);
    at(night);
    await waitUntil('the oldest are gone', () => readdirSync(directory).length === 3, 5_000);
    expect(readdirSync(directory)).toEqual(['notes.txt', backupName(Date.UTC(2026, 10, 27, 12)), backupName(night)]);
    expect(part.health()).toEqual({ ok: true, text: 'made 2026-11-28T12:00:00.000Z' });
  });

  it('tells a failure, tries again in an hour, and is well again', async () => {
    const { part, tries, at } = nightly([Failure.permanent('storage', 'its disk is full')]);
    await part.start(5);
    const night = Date.UTC(2026, 10, 28, 12);
    at(night);
    await waitUntil('it failed', () => part.health().attention === true, 5_000);
    expect(part.health()).toMatchObject({ ok: true, text: expect.stringContaining('its disk is full') as string });
    at(night + HOUR - 1);
    at(night + HOUR);
    await waitUntil('it is well', () => part.health().attention === undefined, 5_000);
    expect(tries).toEqual([night, night + HOUR]);
  });

  it('makes up for a night on which nothing ran', async () => {
    const { part, directory, tries } = nightly([]);
    writeFileSync(join(directory, backupName(Date.UTC(2026, 10, 25, 12))), '');
    await part.start(5);
    await waitUntil('it was made', () => tries.length === 1, 5_000);
  });
});
