/** Who registers (XEP-0077), what a registered user can set there, and what is left when he goes. */
import { bareJid, type Jid } from '../address.js';
import type { Clock } from '../clock.js';
import type { Departure, Form, Registration, Values } from '../edge.js';
import { Failure, isFailure } from '../failure.js';
import type { Forgotten } from '../store/accounts.js';
import type { Accounts } from './accounts.js';
import { isAllowed, type AccessRules } from './policy.js';
import type { Preferences } from './preferences.js';
import { SETTINGS } from './settings.js';

export interface RegistrationParts {
  readonly accounts: Accounts;
  readonly rules: AccessRules;
  readonly preferences: Preferences;
  readonly clock: Clock;
  /** Parts that hold in memory what they know of users, or that have to end what they began for them. */
  readonly leaving: {
    /** The user, a bare JID, is about to be forgotten. Rejects as the store does. @param stays he may still write and be written to */
    begins(user: Jid, stays: boolean): Promise<void>;
    /** Runs what makes the store forget him, once what he has changed is stored; what he changes meanwhile is refused. Rejects as `forget` does. */
    alone<T>(user: Jid, forget: () => Promise<T>): Promise<T>;
    /** The store has forgotten him. */
    ended(user: Jid): void;
  };
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
    const full = accounts.refusal(user);
    if (full !== undefined) return full;
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
    return this.parts.accounts.isRegistered(user) ? (await this.leave(user)).contacts : NOT_REGISTERED;
  }

  /** The same for who never registered: something may be kept of him too. Rejects as the store does. @returns undefined when nothing is */
  async forget(user: Jid): Promise<Forgotten | undefined> {
    return (await this.parts.accounts.isKept(user)) ? this.leave(user) : undefined;
  }

  leaving(): Promise<readonly Departure[]> {
    return this.parts.accounts.leaving();
  }

  parted(departure: Departure): Promise<void> {
    return this.parts.accounts.parted(departure);
  }

  /** One commit in the middle: before it all can be done again, and behind it only contacts are left to be told. */
  private async leave(user: Jid): Promise<Forgotten> {
    const { accounts, rules, leaving, clock } = this.parts;
    await leaving.begins(bareJid(user), isAllowed(user, { ...rules, isRegistered: () => false }));
    const forgotten = await leaving.alone(bareJid(user), () => accounts.remove(user, clock()));
    leaving.ended(bareJid(user));
    return forgotten;
  }

  private async set(user: Jid, typed: Parameters<Preferences['change']>[1]): Promise<Failure | undefined> {
    const changed = await this.parts.preferences.change(user, typed);
    return isFailure(changed) ? changed : undefined;
  }
}
