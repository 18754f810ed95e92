/** What each chat user can set, each thing once: its name, what it takes, and the words for it. */
import { bareJid, formatJid, type Jid } from '../address.js';
import { Failure } from '../failure.js';
import type { PreferenceRow, Store } from '../store/store.js';

interface Preference<T> {
  /** Kept in the store, and typed by users. */
  readonly name: string;
  /** What help says behind the name. */
  readonly form: string;
  readonly meaning: string;
  /** Undefined for what it does not take. */
  parse(text: string): T | undefined;
  /** The value as an answer tells it. */
  tell(value: T): string;
}

const LONGEST_BURST_S = 300;

/** How long a line waits for the next one, in ms; 0 for not at all. */
export const BURST: Preference<number> = {
  name: 'burst',
  form: 'SECONDS',
  meaning: 'lines that you write within so many seconds become one mail; 0 sends each at once',
  parse: (text) => {
    const seconds = /^\d{1,3}$/.test(text) ? Number(text) : Infinity;
    return seconds <= LONGEST_BURST_S ? seconds * 1_000 : undefined;
  },
  tell: (ms) => (ms === 0 ? 'Each line is sent at once.' : `Lines within ${ms / 1_000} seconds become one mail.`),
};

export interface PreferenceDefaults {
  /** ms. */
  readonly burst: number;
}

/** All users' preferences, in memory; written through. */
export class Preferences {
  private readonly users: Map<string, PreferenceRow['set']>;

  constructor(
    rows: readonly PreferenceRow[],
    private readonly store: Pick<Store, 'setPreferences'>,
    private readonly defaults: PreferenceDefaults,
  ) {
    this.users = new Map(rows.map(({ user, set }) => [user, set]));
  }

  /** ms. @param user full or bare JID */
  burstOf(user: Jid): number {
    const set = this.users.size === 0 ? undefined : this.users.get(formatJid(bareJid(user)))?.[BURST.name];
    return typeof set === 'number' ? set : this.defaults.burst;
  }

  /**
   * Sets the burst window as a user asks for it.
   * @param text what stands behind the name; empty only asks
   * @returns the value from now on, ms; a permanent `bad-content` for a text that is none
   */
  async setBurst(user: Jid, text: string): Promise<number | Failure> {
    if (text === '') return this.burstOf(user);
    const value = BURST.parse(text);
    if (value === undefined) return Failure.permanent('bad-content', `Write "${BURST.name}" and a number from 0 to ${LONGEST_BURST_S}.`);
    const name = formatJid(bareJid(user));
    const set = { ...this.users.get(name), [BURST.name]: value };
    await this.store.setPreferences({ user: name, set });
    this.users.set(name, set);
    return value;
  }
}
