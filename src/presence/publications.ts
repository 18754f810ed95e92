/** What users let be published of their presence: in memory, written through. */
import { randomBytes } from 'node:crypto';
import { Changes } from '../changes.js';
import type { Failure } from '../failure.js';
import type { PublicationStore } from '../store/publications.js';
import type { Publication } from './publication.js';
import type { Consents } from './publisher.js';

type Listener = Parameters<Consents['onChange']>[0];
type Edit = (before: Publication) => Publication;

export class Publications implements Consents {
  private readonly users = new Map<string, Publication>();
  private readonly ids = new Map<string, Publication>();
  private readonly listeners: Listener[] = [];
  /** Whose changes were under way since the store was last asked for all. */
  private changed = new Set<string>();
  private readonly changes: Changes<Publication>;

  constructor(private readonly store: PublicationStore) {
    this.changes = new Changes({ get: (user) => this.users.get(user), put: (user, row) => this.put(user, row), store: (row) => store.putPublication(row) });
  }

  /** Reads them, also again when another process has changed some. Rejects as the store does. */
  async load(): Promise<void> {
    this.changed = new Set(this.changes.users());
    const rows = await this.store.publications();
    const kept = new Map(rows.map((row) => [row.user, row]));
    for (const user of [...this.users.keys(), ...kept.keys()]) if (!this.changed.has(user)) this.put(user, kept.get(user));
  }

  byId(id: string): Publication | undefined {
    return this.ids.get(id);
  }

  ofUser(user: string): Publication | undefined {
    return this.users.get(user);
  }

  onChange(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** The bare JIDs of those who publish to somebody. */
  *publishing(): IterableIterator<string> {
    for (const { user, audience } of this.users.values()) if (audience !== 'nobody') yield user;
  }

  /**
   * As `Changes.change`: at once, and as it was before where the store fails. Rejects as the store does.
   * @param user bare JID, as `formatBareJid` writes it
   * @param edit of what is published until now, nothing for who never has
   */
  change(user: string, edit: Edit): Promise<Publication | Failure> {
    return this.changes.change(user, (before) => edit(before ?? nothingOf(user)));
  }

  /**
   * As `Changes.forgetting`. He is hidden when this resolves.
   * @param user bare JID, as `formatBareJid` writes it
   * @param forget makes the store forget him
   */
  forgetting<T>(user: string, forget: () => Promise<T>): Promise<T> {
    return this.changes.forgetting(user, forget);
  }

  private put(user: string, after: Publication | undefined): void {
    this.changed.add(user);
    const before = this.users.get(user);
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    if (before !== undefined) this.ids.delete(before.id);
    if (after === undefined) this.users.delete(user);
    else {
      this.users.set(user, after);
      this.ids.set(after.id, after);
    }
    for (const listener of this.listeners) listener(before, after);
  }
}

function nothingOf(user: string): Publication {
  return { user, id: newId(), audience: 'nobody', shown: [], write: false, origins: [], keys: [] };
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/** 130 random bits. */
export function newId(): string {
  return Array.from(randomBytes(26), (byte) => LETTERS.charAt(byte & 31)).join('');
}
