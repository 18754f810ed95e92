/** What users let be published of their presence: in memory, written through. */
import { randomBytes } from 'node:crypto';
import type { PublicationStore } from '../store/publications.js';
import type { Publication } from './publication.js';
import type { Consents } from './publisher.js';

type Listener = Parameters<Consents['onChange']>[0];
type Edit = (before: Publication) => Publication;

export class Publications implements Consents {
  private readonly users = new Map<string, Publication>();
  private readonly ids = new Map<string, Publication>();
  private readonly listeners: Listener[] = [];
  /** Whose changed since the store was last asked for all. */
  private readonly changed = new Set<string>();

  constructor(private readonly store: PublicationStore) {}

  /** Reads them, also again when another process has changed some. Rejects as the store does. */
  async load(): Promise<void> {
    this.changed.clear();
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
   * In memory first: two changes at once must not undo each other, and what is withdrawn is gone at once. Rejects as the store does; then
   * it is as before.
   * @param user bare JID, as `formatBareJid` writes it
   * @param edit of what is published until now, nothing for who never has
   */
  async change(user: string, edit: Edit): Promise<Publication> {
    const before = this.users.get(user);
    const after = edit(before ?? nothingOf(user));
    this.put(user, after);
    try {
      await this.store.putPublication(after);
    } catch (error) {
      if (this.users.get(user) === after) this.put(user, before);
      throw error;
    }
    return after;
  }

  /**
   * The store has forgotten the user; what he changed while it did is forgotten too. He is hidden when this returns. Rejects as the store does.
   * @param user bare JID, as `formatBareJid` writes it
   */
  async forget(user: string): Promise<void> {
    if (!this.users.has(user)) return;
    this.put(user, undefined);
    await this.store.removePublication(user);
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
