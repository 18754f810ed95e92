/**
 * Where each user is who publishes it, from what his clients say. What is kept of him stands after a start, and after a lost link, until
 * his server has answered, but not for longer than BOUND: then he counts as offline.
 */
import { formatBareJid, parseJid, type Jid } from '../address.js';
import type { Clock } from '../clock.js';
import { isFailure } from '../failure.js';
import type { Log } from '../log.js';
import { Kinds, type KindsPorts } from './kinds.js';
import { Ledger, type StateStore } from './ledger.js';
import { Pace } from './pace.js';
import type { States } from './publisher.js';
import { isSameState, OFFLINE, stateOf, type Facts } from './state-of.js';
import type { State } from './view.js';
import type { Client, Whereabouts } from './whereabouts.js';

export interface BoardParts {
  readonly whereabouts: Whereabouts;
  /** What a client says that it is, such as `client/phone`. Never rejects. */
  readonly identities: KindsPorts['ask'];
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** ms that what is kept stands without an answer. */
export const BOUND = 30_000;
/** ms from the first word of a change until it is told: a server tells of several clients one after the other. */
export const SETTLE = 100;

/** `trueUntil`: the last moment that it was known. `since`: when we began to wait for an answer. */
interface Kept {
  readonly trueUntil: number;
  readonly since: number;
}

interface Entry {
  readonly user: Jid;
  readonly pace: Pace;
  state: State;
  /** When the user, or his server, last said anything. */
  heardAt: number;
  /** The state is not known to be true any more. */
  kept: Kept | undefined;
  timer: NodeJS.Timeout | undefined;
}

export class Board implements States {
  /** By bare JID: of all who publish. */
  private readonly entries = new Map<string, Entry>();
  private readonly listeners: ((user: string) => void)[] = [];
  private readonly kinds: Kinds;
  private readonly ledger: Ledger;
  private bound: NodeJS.Timeout | undefined;

  constructor(private readonly parts: BoardParts) {
    const { whereabouts, identities, store, clock, log } = parts;
    this.kinds = new Kinds({ ask: identities, learnt: (user) => this.learnt(user) });
    this.ledger = new Ledger({ store, clock, log, stateOf: (user) => this.entries.get(user)?.state, anyOnline: () => this.anyOnline() });
    whereabouts.on('changed', (user) => this.heard(formatBareJid(user)));
    whereabouts.onLoss(() => this.lost());
  }

  /** Reads what is kept of those who publish; before the link is up. Rejects as the store does. @param users bare JIDs */
  async start(users: Iterable<string>): Promise<void> {
    const { states, ranUntil } = await this.ledger.read();
    const since = this.parts.clock();
    for (const user of users) {
      const kept = states.get(user);
      const entry = this.enter(user, kept ?? OFFLINE);
      if (entry === undefined || kept?.online !== true) continue;
      const { seenAt = ranUntil, ...state } = kept;
      entry.state = state;
      entry.kept = { trueUntil: Math.max(seenAt, ranUntil), since };
      this.kinds.kept(user, state.client);
    }
    this.ledger.start();
    this.wait(BOUND);
  }

  /** Writes what is not written yet. Never rejects. */
  async stop(): Promise<void> {
    clearTimeout(this.bound);
    for (const { timer } of this.entries.values()) clearTimeout(timer);
    await this.ledger.stop();
  }

  /** From now on the user publishes where he is. @param user bare JID */
  published(user: string): void {
    const entry = this.enter(user, OFFLINE);
    if (entry === undefined) return;
    const clients = this.seen(entry);
    entry.heardAt = clients[0]?.at ?? this.parts.clock();
    if (clients.length > 0) this.settle(user, entry);
  }

  /** He does no more: nothing is kept of him here. The store forgets with the publication. @param user bare JID */
  withdrawn(user: string): void {
    clearTimeout(this.entries.get(user)?.timer);
    this.entries.delete(user);
    this.kinds.forget(user);
  }

  of(user: string): State {
    return this.entries.get(user)?.state ?? OFFLINE;
  }

  onChange(listener: (user: string) => void): void {
    this.listeners.push(listener);
  }

  private enter(name: string, state: State): Entry | undefined {
    const user = parseJid(name);
    if (isFailure(user)) return undefined;
    const entry: Entry = { user, state, pace: new Pace(), heardAt: 0, kept: undefined, timer: undefined };
    this.entries.set(name, entry);
    return entry;
  }

  private heard(user: string): void {
    const entry = this.entries.get(user);
    if (entry === undefined) return;
    entry.heardAt = this.parts.clock();
    this.look(user);
  }

  /** What is kept is not doubted because of it. */
  private learnt(user: string): void {
    if (this.entries.get(user)?.kept === undefined) this.look(user);
  }

  /** Soon, and not too often: what is true by then is told. */
  private look(user: string): void {
    const entry = this.entries.get(user);
    if (entry === undefined) return;
    entry.timer ??= setTimeout(() => this.settle(user, entry), Math.max(SETTLE, entry.pace.wait(this.parts.clock()))).unref();
  }

  private settle(user: string, entry: Entry): void {
    clearTimeout(entry.timer);
    entry.timer = undefined;
    const clients = this.seen(entry);
    if (entry.kept !== undefined && !this.isAnswer(entry, clients)) return;
    const onlineUntil = entry.kept?.trueUntil ?? entry.heardAt;
    entry.kept = undefined;
    this.become(user, entry, stateOf(clients, (client) => this.kinds.of(entry.user, client)), { at: entry.heardAt, onlineUntil });
  }

  private seen({ user }: Entry): readonly Client[] {
    return this.parts.whereabouts.clients(user).filter(({ seen }) => seen === true);
  }

  /** That a client sends something to one of ours does not tell of the others. */
  private isAnswer({ user }: Entry, seen: readonly Client[]): boolean {
    return seen.length > 0 || this.parts.whereabouts.clients(user).length === 0;
  }

  private become(user: string, entry: Entry, facts: Facts, { at, onlineUntil }: { readonly at: number; readonly onlineUntil: number }): void {
    const before = entry.state;
    if (isSameState(before, facts)) return;
    const seenAt = before.online ? onlineUntil : before.seenAt;
    entry.state = { ...facts, changedAt: isLearnt(before, facts) ? (before.changedAt ?? at) : at, ...(!facts.online && seenAt !== undefined && { seenAt }) };
    entry.pace.told(this.parts.clock());
    this.ledger.note(user);
    for (const listener of this.listeners) listener(user);
  }

  /** What is not told yet is told; then nothing more is known. */
  private lost(): void {
    const now = this.parts.clock();
    for (const [user, entry] of this.entries) {
      if (entry.timer !== undefined) this.settle(user, entry);
      if (entry.state.online) entry.kept ??= { trueUntil: now, since: now };
    }
    this.wait(BOUND);
  }

  private wait(time: number): void {
    this.bound ??= setTimeout(() => this.unanswered(), time).unref();
  }

  private unanswered(): void {
    this.bound = undefined;
    const at = this.parts.clock();
    let next = Infinity;
    for (const [user, entry] of this.entries) {
      const { kept } = entry;
      if (kept === undefined) continue;
      const left = kept.since + BOUND - at;
      if (left > 0) {
        next = Math.min(next, left);
        continue;
      }
      entry.kept = undefined;
      this.become(user, entry, OFFLINE, { at, onlineUntil: kept.trueUntil });
    }
    if (next < Infinity) this.wait(next);
  }

  private anyOnline(): string | undefined {
    for (const [user, { state, kept }] of this.entries) if (state.online && kept === undefined) return user;
    return undefined;
  }
}

/** Nothing has happened but that the client has answered what it is. */
function isLearnt(before: State, facts: Facts): boolean {
  return before.client === undefined && isSameState({ ...before, ...(facts.client !== undefined && { client: facts.client }) }, facts);
}
