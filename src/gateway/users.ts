/** Chat users, put together: who is registered, what they have set, by which addresses they are reached, and whom they take mail from. */
import type { Jid } from '../address.js';
import type { OutletQueue } from '../bridge/accept.js';
import type { Accounts } from '../bridge/accounts.js';
import { BlockList } from '../bridge/block-list.js';
import { blockingCommands } from '../bridge/command/blocking.js';
import { registerCommands, type RegisterParts } from '../bridge/command/register.js';
import { userCommands } from '../bridge/command/users.js';
import type { Command } from '../bridge/command.js';
import type { Consent } from '../bridge/consent.js';
import { Contacts } from '../bridge/contacts.js';
import { acceptingContacts, createConsent } from '../bridge/create-consent.js';
import { Mailboxes } from '../bridge/mailboxes.js';
import { Numbers } from '../bridge/numbers.js';
import { OwnAddresses, type OwnAddressParts } from '../bridge/own-addresses.js';
import { isAllowed, type AccessRules } from '../bridge/policy.js';
import type { Preferences } from '../bridge/preferences.js';
import { Registrations, type RegistrationParts } from '../bridge/registration.js';
import { Welcome } from '../bridge/welcome.js';
import type { Clock } from '../clock.js';
import { accessRules, gatewayNames, lifetimes, smsRules } from '../config/edges.js';
import type { Config } from '../config/keys.js';
import type { Subscriptions } from '../edge.js';
import { SparingLog, type Log } from '../log.js';
import type { OutletName } from '../message.js';
import type { Whereabouts } from '../presence/whereabouts.js';
import type { NewMessage } from '../store/new-message.js';
import type { Store } from '../store/store.js';
import type { XmppEdge } from '../xmpp/edge.js';

export interface UserParts {
  readonly config: Config;
  readonly store: Store;
  readonly preferences: Preferences;
  readonly accounts: Accounts;
  readonly whereabouts: Whereabouts;
  readonly clock: Clock;
  readonly log: Log;
  /** Whom the operators have blocked. */
  readonly isBlocked: AccessRules['isBlocked'];
  /** Stores and queues. Rejects as the store does. */
  readonly send: (one: NewMessage) => Promise<unknown>;
  readonly queueOf: (outlet: OutletName) => OutletQueue;
  readonly forgetting: RegistrationParts['leaving']['alone'];
  /** Is made after them. */
  readonly xmpp: () => XmppEdge;
}

export class Users {
  readonly rules: AccessRules;
  readonly numbers: Numbers;
  readonly mailboxes: Mailboxes;
  readonly own: OwnAddresses;
  readonly consent: Consent;
  readonly contacts: Contacts;
  readonly welcome: Welcome;
  readonly blockList: BlockList;
  readonly subscriptions: Subscriptions;
  /** Who comes and who goes. */
  readonly desk: RegisterParts;
  /** But for those of `own`. */
  readonly commands: readonly Command[];

  constructor(parts: UserParts) {
    const { config, store, preferences, accounts, whereabouts, clock, log, isBlocked, send, queueOf, xmpp } = parts;
    const gateway = gatewayNames(config);
    const lifetime = lifetimes(config).expire;
    const wake = (outlet: OutletName): void => queueOf(outlet).wake();
    const numbers = (this.numbers = new Numbers({ store: store.bindings, gateway, running: () => performance.now() }));
    const rules = (this.rules = accessRules(config, { isRegistered: (user) => accounts.admits(user), isBlocked, numbers, addressee: (address) => this.own.aliases.addressee(address) }));
    this.contacts = new Contacts({ store, preferences, gateway, clock, log: new SparingLog(log), introduce: (one) => xmpp().attendance.introduce(one) });
    whereabouts.on('online', (user) => void this.contacts.online(user));
    this.mailboxes = new Mailboxes({ bindings: store.bindings, gateway, isBlocked, published: (user) => xmpp().cardMails.mailOf(user) });
    this.own = new OwnAddresses({ store, rules, preferences, clock, send, own: { log, rule: config.access.own_addresses, inUse: (names) => xmpp().nameProbe.ask(names) }, ...phonesOf(config, numbers) });
    this.welcome = new Welcome({ accounts, store, clock, log, gateway, queueOf, lifetime });
    const consent = (this.consent = createConsent({ store, rules, preferences, lifetime, clock, send, wake, probe: (user, contact) => xmpp().blockProbe.ask(user, contact) }));
    this.blockList = new BlockList({ consent, store, rules, clock });
    this.subscriptions = acceptingContacts(store, consent);
    const registration = new Registrations({ accounts, rules, preferences, clock, leaving: this.leaving(parts.forgetting, wake) });
    this.desk = { registration, entered: (user) => xmpp().desk.entered(user), left: (user, contacts) => xmpp().desk.left(user, contacts) };
    this.commands = [...blockingCommands(consent), ...registerCommands(this.desk), ...userCommands(accounts, this.desk)];
  }

  /** @param user full or bare JID */
  isServed(user: Jid): boolean {
    return isAllowed(user, this.rules);
  }

  /** What ends with a user who is forgotten. */
  private leaving(alone: RegistrationParts['leaving']['alone'], wake: (outlet: OutletName) => void): RegistrationParts['leaving'] {
    const { own, consent, contacts } = this;
    return {
      begins: (user, stays) => consent.leave(user, stays),
      alone,
      ended: (user) => {
        for (const one of [own, consent, contacts]) one.forget(user);
        wake('xmpp');
      },
    };
  }
}

/** Nothing where no SMS can be sent. */
function phonesOf(config: Config, numbers: Numbers): Pick<OwnAddressParts, 'phones'> {
  const sms = smsRules(config);
  return sms === undefined ? {} : { phones: { numbers, sms } };
}
