/** Who registers (XEP-0077), what a registered user can set there, and what is left when he goes. */
import { bareJid, type Jid } from '../address.js';
import type { Clock } from '../clock.js';
import type { Form, Registration, Values } from '../edge.js';
import { Failure, isFailure } from '../failure.js';
import type { Accounts } from './accounts.js';
import { isAllowed, type AccessRules } from './policy.js';
import type { Preferences } from './preferences.js';
import { SETTINGS } from './settings.js';

export interface RegistrationParts {
  readonly accounts: Accounts;
  readonly rules: AccessRules;
  readonly preferences: Preferences;
  readonly clock: Clock;
  /** Parts that hold in memory what they know of users: each forgets this one. */
  readonly forget: (user: Jid) => Promise<void> | void;
}

const FORBIDDEN = Failure.permanent('not-allowed', 'This gateway does not register users of your server.');
const NOT_REGISTERED = Failure.permanent('no-such-recipient', 'You are not registered here.');

export class Registrations implements Registration {
  constructor(private readonly parts: RegistrationParts) {}

  mayRegister(user: Jid): boolean {
    const { accounts, rules } = this.parts;
    return user.local !== '' && (isAllowed(user, rules) || accounts.permits(user));
  }

  isRegistered(user: Jid): boolean {
    return this.parts.accounts.isRegistered(user);
  }

  form(user: Jid): Form | Failure {
    if (!this.mayRegister(user)) return FORBIDDEN;
    const { preferences, rules } = this.parts;
    const { domain } = rules.gateway;
    return {
      title: `Registration with ${domain}`,
      instructions: `Registered users see the gateway ${domain} in their contacts. No password is needed; what you can set is below.`,
      formType: 'jabber:iq:register',
      fields: SETTINGS.map(({ name, label, kind, choices }) => ({ name, label, kind, ...(choices && { choices }) })),
      values: Object.fromEntries(SETTINGS.map((setting) => [setting.name, preferences.show(setting, user).typed])),
    };
  }

  async register(user: Jid, values: Values): Promise<'new' | 'changed' | Failure> {
    if (!this.mayRegister(user)) return FORBIDDEN;
    const { accounts, preferences, clock } = this.parts;
    const known = accounts.isRegistered(user);
    const typed = SETTINGS.flatMap((setting) => {
      const text = values[setting.name];
      return text === undefined || text === preferences.show(setting, user).typed ? [] : [[setting, text] as const];
    });
    const added = (typed.length > 0 ? await this.set(user, typed) : undefined) ?? (await accounts.add(user, clock()));
    return isFailure(added) ? added : known ? 'changed' : 'new';
  }

  /** Also whoever may not register any more. */
  async remove(user: Jid): Promise<readonly Jid[] | Failure> {
    const { accounts, forget } = this.parts;
    if (!accounts.isRegistered(user)) return NOT_REGISTERED;
    const contacts = await accounts.remove(user);
    await forget(bareJid(user));
    return contacts;
  }

  private async set(user: Jid, typed: Parameters<Preferences['change']>[1]): Promise<Failure | undefined> {
    const changed = await this.parts.preferences.change(user, typed);
    return isFailure(changed) ? changed : undefined;
  }
}
