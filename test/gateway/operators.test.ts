/** What administrators ask for beside the gateway is done as soon as it can be. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { formatJid } from '../../src/address.js';
import { askDismissal } from '../../src/bridge/dismissals.js';
import { Preferences } from '../../src/bridge/preferences.js';
import { Operators } from '../../src/gateway/operators.js';
import { Whereabouts } from '../../src/presence/whereabouts.js';
import { consentOn, rules } from '../bridge/on-store.js';
import { waitUntil } from '../servers/wait.js';
import { openHere, quiet } from '../store/files.js';
import { juliet, T0 } from '../store/samples.js';

/** No look is ever due. */
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval'] }));
afterEach(() => void vi.useRealTimers());

it('who was to be deleted while the gateway did not run is deleted before a look beside it is due', async () => {
  const { store } = openHere();
  await askDismissal(juliet, store.switches, T0);
  const dismissed: string[] = [];
  const clock = (): number => T0;
  const operators = new Operators({
    ...{ store, rules, clock, log: quiet, lifetime: 1, consent: consentOn(store), preferences: new Preferences([], store, {}), whereabouts: new Whereabouts(clock) },
    ...{ wake: () => undefined, released: () => undefined },
    maintained: () => undefined, dismiss: (user) => Promise.resolve(dismissed.push(formatJid(user))),
    reload: () => Promise.resolve(),
  });
  await operators.start();
  expect(dismissed).toEqual([]);
  operators.begin();
  await waitUntil('juliet is deleted', () => dismissed.length > 0, 10_000);
  expect(dismissed).toEqual([formatJid(juliet)]);
  await operators.stop();
});
