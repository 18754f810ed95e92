/** What chat users have set. */
import { formatBareJid, type Jid } from '../address.js';
import { Changes } from '../changes.js';
import { Failure, isFailure } from '../failure.js';
import type { PreferenceRow } from '../store/preference-rows.js';
import type { Store } from '../store/store.js';
import type { Preference, Setting } from './preference.js';

/** What the administrator has set for everybody, by the name of the preference. */
export type PreferenceDefaults = Readonly<Record<string, unknown>>;

/** All users' preferences, in memory; written through. */
export class Preferences {
  private readonly users: Map<string, PreferenceRow>;
  private readonly changes: Changes<PreferenceRow>;

  constructor(
    rows: readonly PreferenceRow[],
    store: Pick<Store, 'setPreferences'>,
    private readonly defaults: PreferenceDefaults,
  ) {
    const users = (this.users = new Map(rows.map((row) => [row.user, row])));
    const put = (user: string, row: PreferenceRow | undefined): void => void (row === undefined ? users.delete(user) : users.set(user, row));
    this.changes = new Changes({ get: (user) => users.get(user), put, store: (row) => store.setPreferences(row) });
  }

  /** @param user full or bare JID */
  get<T>(preference: Preference<T>, user: Jid): T {
    return preference.read(this.kept(preference.name, user)) ?? preference.fallback;
  }

  /** Of who has set nothing. */
  fallback<T>(preference: Preference<T>): T {
    return preference.read(this.defaults[preference.name]) ?? preference.fallback;
  }

  /** What the user has set otherwise than it is for who has set nothing, as it is typed. @param user full or bare JID */
  own(user: Jid, settings: readonly Setting[]): readonly (readonly [Setting, string])[] {
    const typed = settings.map((setting) => [setting, this.show(setting, user).typed] as const);
    return typed.filter(([setting, text]) => text !== setting.show(this.defaults[setting.name]).typed);
  }

  /** As `Setting.show` tells it. @param user full or bare JID */
  show(setting: Setting, user: Jid): ReturnType<Setting['show']> {
    return setting.show(this.kept(setting.name, user));
  }

  /**
   * Keeps what was typed for all of them, or nothing. Rejects as the store does.
   * @param user full or bare JID
   * @returns the words that tell each; a permanent `bad-content` that names the first that does not take its text, or as `Changes.change`
   */
  async change(user: Jid, typed: readonly (readonly [Setting, string])[]): Promise<readonly string[] | Failure> {
    const name = formatBareJid(user);
    const taken: { [name: string]: unknown } = {};
    const told: string[] = [];
    for (const [setting, text] of typed) {
      const one = setting.take(text);
      if (one === undefined) return Failure.permanent('bad-content', `Write "${setting.name}" and ${setting.expected}.`);
      taken[setting.name] = one.value;
      told.push(one.told);
    }
    const kept = await this.changes.change(name, (before) => ({ user: name, set: { ...before?.set, ...taken } }));
    return isFailure(kept) ? kept : told;
  }

  /** As `Changes.forgetting`. @param user full or bare JID. @param forget makes the store forget him */
  forgetting<T>(user: Jid, forget: () => Promise<T>): Promise<T> {
    return this.changes.forgetting(formatBareJid(user), forget);
  }

  private kept(name: string, user: Jid): unknown {
    const row = this.users.size === 0 ? undefined : this.users.get(formatBareJid(user));
    return row?.set[name] ?? this.defaults[name];
  }
}
