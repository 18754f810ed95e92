/** API keys in memory: which are good, and what is noted of their use. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiKeys, hashOf, isKeyName, newSecret } from '../../src/presence/keys.js';
import type { ApiKey } from '../../src/store/api-keys.js';
import { recordingLog } from '../xmpp/harness.js';

const SECRET = newSecret();
const CLUB: ApiKey = { name: 'club', hash: hashOf(SECRET), scopes: ['read'], rate: 60, madeAt: 1 };

async function stage() {
  const stored = [CLUB];
  const noted: unknown[] = [];
  const store = {
    fails: false,
    apiKeys: () => Promise.resolve(stored),
    apiKeysUsed: (used: unknown) => {
      noted.push(used);
      return store.fails ? Promise.reject(new Error('the disk is full')) : Promise.resolve();
    },
  };
  const { log, lines } = recordingLog();
  const keys = new ApiKeys({ store, clock: () => Date.now(), log });
  await keys.load();
  return { keys, noted, store, stored, lines };
}

beforeEach(() => void vi.useFakeTimers({ now: 5_000 }));
afterEach(() => void vi.useRealTimers());

it('a secret has 256 bits, and no two are alike', () => {
  const secrets = Array.from({ length: 200 }, newSecret);
  expect(secrets.every((secret) => /^spk_[A-Za-z0-9_-]{43}$/.test(secret))).toBe(true);
  expect(new Set(secrets.map((secret) => secret.slice(0, 12))).size).toBe(200);
  expect(new Set(secrets.map((secret) => secret.slice(-8))).size).toBe(200);
});

it('no part of a secret is one, nor what begins with it', async () => {
  const { keys } = await stage();
  expect(keys.holder(SECRET)?.name).toBe('club');
  for (let end = 0; end < SECRET.length; end++) expect(keys.holder(SECRET.slice(0, end))).toBeUndefined();
  for (const wrong of [`${SECRET} `, `${SECRET}A`, ` ${SECRET}`, SECRET.toUpperCase(), SECRET.slice(4), hashOf(SECRET).toString('latin1'), '__proto__', '']) expect(keys.holder(wrong)).toBeUndefined();
});

it.each(['a', 'verona', 'a-b', '0', 'x'.repeat(40)])('%s is a name', (name) => expect(isKeyName(name)).toBe(true));
it.each(['', '-', 'a-', '-a', 'A', 'a b', 'a_b', 'a\n', 'é', 'x'.repeat(41), 'a,b'])('%j is none', (name) => expect(isKeyName(name)).toBe(false));

describe('when each was used', () => {
  it('is noted once a minute, and at the end, and nothing where none was', async () => {
    const { keys, noted } = await stage();
    keys.start();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(noted).toEqual([]);
    keys.holder(SECRET);
    keys.holder(newSecret());
    keys.holder(SECRET);
    await vi.advanceTimersByTimeAsync(180_000);
    expect(noted).toEqual([[{ name: 'club', at: 125_000 }]]);
    keys.holder(SECRET);
    await keys.stop();
    expect(noted.slice(1)).toEqual([[{ name: 'club', at: 305_000 }]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that cannot be written is said once, and keys stay good', async () => {
    const { keys, store, lines } = await stage();
    store.fails = true;
    keys.start();
    for (let i = 0; i < 3; i++) {
      keys.holder(SECRET);
      await vi.advanceTimersByTimeAsync(60_000);
    }
    expect(keys.holder(SECRET)?.name).toBe('club');
    expect(JSON.stringify(lines)).toContain('the disk is full');
    expect(JSON.stringify(lines)).not.toContain(SECRET);
    await keys.stop();
  });
});
