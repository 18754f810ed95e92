/** The addresses of chat users, put together: mailboxes and telephone numbers that they have verified, aliases here, and by which of them they write. */
import type { Jid, MailAddress } from '../address.js';
import type { Clock } from '../clock.js';
import type { NewMessage } from '../store/new-message.js';
import type { Store } from '../store/store.js';
import { Aliases } from './aliases.js';
import { addressCommands } from './command/address.js';
import { aliasCommands } from './command/alias.js';
import { identityCommand } from './command/identity.js';
import { mailboxCommands } from './command/mailbox.js';
import { NO_PHONES, phoneCommands } from './command/phone.js';
import type { Command } from './command.js';
import { Confirmation } from './confirmation.js';
import { Identities } from './identity.js';
import { mailboxMeans } from './mailbox-means.js';
import type { Numbers } from './numbers.js';
import { OwnAddressBook, type OwnAddressBookParts } from './own-address.js';
import { phoneMeans, type SmsRules } from './phone-means.js';
import type { AccessRules } from './policy.js';
import type { Preferences } from './preferences.js';
import { Verification, type VerificationParts } from './verification.js';

export interface OwnAddressParts {
  readonly store: Pick<Store, 'aliases' | 'bindings' | 'codesSent' | 'secret'>;
  readonly rules: AccessRules;
  readonly preferences: Preferences;
  /** Telephone numbers; absent where no SMS can be sent. */
  readonly phones?: { readonly numbers: Numbers; readonly sms: SmsRules };
  readonly clock: Clock;
  readonly own: Pick<OwnAddressBookParts, 'rule' | 'log' | 'inUse'>;
  /** Stores and queues. Rejects as the store does. */
  readonly send: (one: NewMessage) => Promise<unknown>;
}

export class OwnAddresses {
  readonly aliases: Aliases;
  readonly identities: Identities;
  readonly book: OwnAddressBook;
  readonly commands: readonly Command[];

  constructor(private readonly parts: OwnAddressParts) {
    const { store, rules, preferences, clock, send, own } = parts;
    this.aliases = new Aliases({ store: store.aliases, rules, clock });
    this.identities = new Identities(this.aliases, preferences);
    this.book = new OwnAddressBook({ aliases: this.aliases, rules, clock, send, ...own });
    const identity = identityCommand({ aliases: this.aliases, identities: this.identities, preferences });
    this.commands = [...boundCommands(parts), ...addressCommands(this.book), ...aliasCommands(this.aliases, clock), identity];
  }

  /**
   * The address of his that stands in From, and that a chat user sees. @param user full or bare JID
   * @param cameBy the alias or number by which the conversation runs. @returns undefined for the address of his JID
   */
  writesBy(user: Jid, cameBy: string | undefined): MailAddress | undefined {
    return this.parts.phones?.numbers.usable(user, cameBy) ?? this.identities.writesBy(user, cameBy);
  }

  /** The store has forgotten the user. @param user bare JID */
  forget(user: Jid): void {
    this.aliases.forget(user);
    this.parts.phones?.numbers.forget(user);
  }
}

function boundCommands({ store, rules, phones, clock, send }: OwnAddressParts): readonly Command[] {
  const { gateway } = rules;
  const key = (): Promise<Uint8Array> => store.secret('codes');
  const codes = { codes: store.codesSent, key, clock };
  const parts: VerificationParts = { bindings: store.bindings, key, gateway, clock, send };
  const kinds = phones === undefined ? (['mail'] as const) : (['mail', 'phone'] as const);
  const confirmation = new Confirmation({ ...parts, kinds, verified: (kind, address, user) => kind === 'phone' && phones?.numbers.bound(address, user) });
  const mailboxes = mailboxCommands(new Verification(parts, mailboxMeans(rules, codes)), confirmation);
  if (phones === undefined) return [...mailboxes, ...NO_PHONES];
  const means = phoneMeans(phones.sms, gateway, codes, (user, number) => phones.numbers.unbound(user, number));
  return [...mailboxes, ...phoneCommands(new Verification(parts, means), confirmation)];
}
