/** Puts together what decides who may reach whom. */
import { formatJid, type Jid } from '../address.js';
import type { Clock } from '../clock.js';
import type { Subscriptions } from '../edge.js';
import type { OutletName } from '../message.js';
import type { NewMessage } from '../store/new-message.js';
import type { Store } from '../store/store.js';
import { Consent } from './consent.js';
import type { AccessRules } from './policy.js';
import type { Preferences } from './preferences.js';
import { ServerBlocks } from './server-blocks.js';
import { Waiting } from './waiting.js';

export interface ConsentParts {
  readonly store: Store;
  readonly rules: AccessRules;
  readonly preferences: Preferences;
  /** For how long a question stands, and what waits for its answer; ms. */
  readonly lifetime: number;
  readonly clock: Clock;
  /** Stores a message of the gateway's own, and has it tried. */
  readonly send: (one: NewMessage) => Promise<unknown>;
  readonly wake: (outlet: OutletName) => void;
  /** Does this user's server block this contact? Undefined when it cannot be told. Never rejects. */
  readonly probe: (user: Jid, contact: Jid) => Promise<boolean | undefined>;
}

export function createConsent(parts: ConsentParts): Consent {
  return new Consent({ ...parts, waiting: new Waiting(parts), serverBlocks: new ServerBlocks(parts) });
}

/** The subscriptions, of which a new one accepts the contact if the user was asked about it. */
export function acceptingContacts(subscriptions: Subscriptions, consent: Consent): Subscriptions {
  return {
    subscriptions: () => subscriptions.subscriptions(),
    subscribersOf: (contact) => subscriptions.subscribersOf(contact),
    removeSubscription: (subscription) => subscriptions.removeSubscription(subscription),
    addSubscription: async (subscription) => {
      await subscriptions.addSubscription(subscription);
      const { user, contact } = subscription;
      if (consent.isAskedContact(user, contact)) await consent.accept(user, formatJid(contact));
    },
  };
}
