/** The addresses of chat users, put together: mailboxes that they have verified, aliases here, and by which of them they write. */
import type { Jid } from '../address.js';
import type { Clock } from '../clock.js';
import type { NewMessage, Store } from '../store/store.js';
import { Aliases } from './aliases.js';
import { aliasCommands } from './command/alias.js';
import { identityCommand } from './command/identity.js';
import { mailboxCommands } from './command/mailbox.js';
import type { Command } from './command.js';
import { Identities } from './identity.js';
import type { AccessRules } from './policy.js';
import type { Preferences } from './preferences.js';
import { Verification } from './verification.js';

export interface OwnAddressParts {
  readonly store: Pick<Store, 'aliases' | 'bindings' | 'secret'>;
  readonly rules: AccessRules;
  readonly preferences: Preferences;
  readonly clock: Clock;
  /** Stores and queues. Rejects as the store does. */
  readonly send: (one: NewMessage) => Promise<unknown>;
}

export class OwnAddresses {
  readonly aliases: Aliases;
  readonly identities: Identities;
  readonly commands: readonly Command[];

  constructor(private readonly parts: OwnAddressParts) {
    const { store, rules, preferences, clock, send } = parts;
    const { gateway } = rules;
    this.aliases = new Aliases({ store: store.aliases, rules, clock });
    this.identities = new Identities(this.aliases, preferences);
    const verification = new Verification({ bindings: store.bindings, key: () => store.secret('codes'), gateway, clock, send });
    const identity = identityCommand({ aliases: this.aliases, identities: this.identities, preferences, gateway });
    this.commands = [...mailboxCommands(verification), ...aliasCommands(this.aliases, clock), identity];
  }

  /** The store has forgotten the user. @param user bare JID */
  forget(user: Jid): void {
    this.parts.preferences.forget(user);
    this.aliases.forget(user);
  }
}
