/** A bridge on a store, at a time that stands still. */
import type { OutletQueue } from '../../src/bridge/accept.js';
import { Bridge } from '../../src/bridge/bridge.js';
import { Preferences } from '../../src/bridge/preferences.js';
import type { PreferenceRow, Store } from '../../src/store/store.js';
import { quiet } from '../store/files.js';
import { DAY, HOUR, T0 } from '../store/samples.js';

const idleQueue: OutletQueue = { wake: () => undefined, reserve: () => 0, take: () => undefined };

/** @param burst ms */
export function bridgeOn(store: Store, burst = 0, rows: readonly PreferenceRow[] = []): Bridge {
  return new Bridge({
    store,
    rules: { gateway: { domain: 'gw.example', home: 'capulet.example', separator: '%' }, allow: [], admins: [], messageOfReturnAddress: () => undefined },
    lifetimes: { warn: 4 * HOUR, expire: 5 * DAY },
    preferences: new Preferences(rows, store, { burst }),
    burstLongest: 300_000,
    render: () => Promise.resolve(''),
    clock: () => T0,
    log: quiet,
    personChanged: () => undefined,
    queueOf: () => idleQueue,
  });
}
