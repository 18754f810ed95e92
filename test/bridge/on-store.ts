/** A bridge on a store, at a time that stands still. */
import type { OutletQueue } from '../../src/bridge/accept.js';
import { Bridge, type BridgeParts } from '../../src/bridge/bridge.js';
import type { Consent } from '../../src/bridge/consent.js';
import { createConsent } from '../../src/bridge/create-consent.js';
import { Aliases } from '../../src/bridge/aliases.js';
import { LIMITS, type LimitRates } from '../../src/bridge/limits.js';
import { Offline, type OfflineParts } from '../../src/bridge/offline.js';
import type { AccessRules } from '../../src/bridge/policy.js';
import { Accounts } from '../../src/bridge/accounts.js';
import { Preferences } from '../../src/bridge/preferences.js';
import { Welcome } from '../../src/bridge/welcome.js';
import type { NewMessage } from '../../src/store/new-message.js';
import type { PreferenceRow } from '../../src/store/preference-rows.js';
import type { Store } from '../../src/store/store.js';
import { quiet } from '../store/files.js';
import { DAY, HOUR, T0 } from '../store/samples.js';

const idleQueue: OutletQueue = { wake: () => undefined, reserve: () => 0, take: () => undefined };

export const NO_LIMITS = Object.fromEntries(LIMITS.map((name) => [name, []])) as unknown as LimitRates;

export const rules: AccessRules = { gateway: { domain: 'gw.example', home: 'capulet.example', separator: '%' }, allow: [], isRegistered: () => false, isBlocked: () => false, addressee: () => undefined, admins: [], messageOfReturnAddress: () => undefined };

/** The server tells of no name whether somebody has it. */
export const silentServer = { rule: 'ask', log: quiet, inUse: () => Promise.resolve(undefined) } as const;

/** Juliet knows the gateway. */
const KNOWN = [{ user: 'juliet@capulet.example', greetedAt: 1 }];

/** @param probe what is found of blocks at the users' own servers */
export function consentOn(store: Store, rows: readonly PreferenceRow[] = [], probe: () => Promise<boolean | undefined> = () => Promise.resolve(undefined), those = rules): Consent {
  const send = async (one: NewMessage): Promise<void> => void (await store.accept([one]));
  return createConsent({ store, rules: those, preferences: new Preferences(rows, store, {}), lifetime: 5 * DAY, clock: () => T0, send, wake: () => undefined, probe });
}

/** @param burst ms */
export function bridgeOn(store: Store, burst = 0, rows: readonly PreferenceRow[] = [], more: Partial<BridgeParts> = {}): Bridge {
  const accounts = new Accounts(KNOWN, store.accounts, []);
  const queueOf = (): OutletQueue => idleQueue;
  return new Bridge({
    store,
    consent: consentOn(store, rows),
    forwarding: { answerOf: (message) => Promise.resolve(message), wanted: () => Promise.resolve(undefined), copy: () => Promise.resolve() },
    aliases: new Aliases({ store: store.aliases, rules, clock: () => T0 }),
    welcome: new Welcome({ accounts, store, clock: () => T0, log: quiet, gateway: rules.gateway, lifetime: 5 * DAY, queueOf }),
    rules,
    lifetimes: { warn: 4 * HOUR, expire: 5 * DAY },
    preferences: new Preferences(rows, store, { burst }),
    burstLongest: 300_000,
    limits: NO_LIMITS,
    limitHit: () => undefined,
    clock: () => T0,
    log: quiet,
    personChanged: () => undefined,
    queueOf,
    away: () => ({ offline: offlineOn(store), homecoming: { held: () => undefined } }),
    ...more,
  });
}

/** Nobody is known, until a test says so. */
export function offlineOn(store: Store, parts: Partial<OfflineParts> = {}): Offline {
  return new Offline({
    standing: () => 'unknown',
    preferences: new Preferences([], store, {}),
    holds: store.holds,
    isWaitedFor: () => false,
    quota: 3,
    clock: () => T0,
    forwarding: { forward: () => Promise.resolve(undefined), onRequest: () => Promise.reject(new Error('nobody asked for it')) },
    ...parts,
  });
}
