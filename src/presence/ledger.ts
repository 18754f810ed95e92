/** Writes down where users are, so that a start knows it: a while after it has changed, and in few writes. */
import type { Clock } from '../clock.js';
import { SparingLog, type Log } from '../log.js';
import type { State } from './view.js';

export interface KeptState {
  /** Bare JID. */
  readonly user: string;
  /** `seenAt`, also while online: when that was written. */
  readonly state: State;
}

export interface StateStore {
  presenceStates(): Promise<readonly KeptState[]>;
  putPresenceStates(states: readonly KeptState[]): Promise<void>;
}

export interface LedgerParts {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Undefined: nothing is published of him. @param user bare JID */
  readonly stateOf: (user: string) => State | undefined;
  /** Somebody who is online, if anybody is. */
  readonly anyOnline: () => string | undefined;
}

/** ms from a change until it is written. */
const WRITE_AFTER = 5_000;
/** ms between writes where nothing changes: the newest of them tells how long the gateway ran. */
const BEAT = 60_000;
const MOST_AT_ONCE = 1_000;

export class Ledger {
  private readonly changed = new Set<string>();
  private readonly trouble: SparingLog;
  private timer: NodeJS.Timeout | undefined;
  private beat: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private ended = false;

  constructor(private readonly parts: LedgerParts) {
    this.trouble = new SparingLog(parts.log);
  }

  /** Rejects as the store does. */
  async read(): Promise<{ readonly states: ReadonlyMap<string, State>; readonly ranUntil: number }> {
    const now = this.parts.clock();
    const rows = await this.parts.store.presenceStates();
    const states = new Map(rows.map(({ user, state }) => [user, past(state, now)]));
    let ranUntil = 0;
    for (const { seenAt = 0 } of states.values()) ranUntil = Math.max(ranUntil, seenAt);
    return { states, ranUntil };
  }

  start(): void {
    this.beat = setInterval(() => this.still(), BEAT).unref();
  }

  /** @param user bare JID */
  note(user: string): void {
    if (this.ended) return;
    this.changed.add(user);
    this.timer ??= setTimeout(() => this.write(), WRITE_AFTER).unref();
  }

  /** Writes what is not written yet. Never rejects. */
  async stop(): Promise<void> {
    clearInterval(this.beat);
    this.still();
    this.ended = true;
    this.write();
    await this.writing;
  }

  private still(): void {
    const user = this.parts.anyOnline();
    if (user !== undefined) this.note(user);
    else if (this.changed.size > 0) this.write();
  }

  private write(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing.then(() => this.put());
  }

  private async put(): Promise<void> {
    while (this.changed.size > 0) {
      const users = [...this.changed].slice(0, MOST_AT_ONCE);
      for (const user of users) this.changed.delete(user);
      try {
        await this.parts.store.putPresenceStates(users.flatMap((user) => this.row(user)));
      } catch (err) {
        for (const user of users) this.changed.add(user);
        this.trouble.error({ err }, 'where users are could not be stored');
        return;
      }
    }
  }

  private row(user: string): KeptState[] {
    const state = this.parts.stateOf(user);
    if (state === undefined) return [];
    return [{ user, state: state.online ? { ...state, seenAt: this.parts.clock() } : state }];
  }
}

/** The machine's clock may have been set back: nothing that was kept is yet to come. */
function past(state: State, now: number): State {
  const { changedAt, seenAt, idleSince } = state;
  return {
    ...state,
    ...(changedAt !== undefined && { changedAt: Math.min(changedAt, now) }),
    ...(seenAt !== undefined && { seenAt: Math.min(seenAt, now) }),
    ...(idleSince !== undefined && { idleSince: Math.min(idleSince, now) }),
  };
}
