/** Sessions with the relay, kept open between messages, and shared by two where the relay offers PIPELINING. */
import type { Clock } from '../clock.js';
import { RelayConnection } from './connection.js';
import { SmtpFault } from './fault.js';

export interface PoolSettings {
  /** How many sessions at most. */
  readonly connections: number;
  /** After so many transactions a session is replaced: many MTAs limit it. */
  readonly messagesPerConnection: number;
}

/** An idle session is closed before the relay or a firewall between forgets it; ms. */
const IDLE_MS = 30_000;
/** How long we ask for no more sessions than the relay last gave us; ms. */
const NARROW_MS = 60_000;

export class Pool {
  /** How many messages each has in hand; the one that was given out last comes last. */
  readonly #live = new Map<RelayConnection, number>();
  readonly #idle = new Map<RelayConnection, NodeJS.Timeout>();
  #waiting: ((fault?: SmtpFault) => void)[] = [];
  #opening = 0;
  #cap: number;
  #narrowUntil = 0;
  #closed = false;

  constructor(
    private readonly settings: PoolSettings,
    private readonly open: () => Promise<RelayConnection | SmtpFault>,
    private readonly clock: Clock,
  ) {
    this.#cap = settings.connections;
  }

  /**
   * An idle session, or a new one, or one that can take another message beside its first, or the next that becomes free. A
   * fault only when not one session lives or opens: a relay that refuses the eleventh session still has ten (its own
   * limit), and the message waits for one of them.
   */
  async acquire(): Promise<RelayConnection | SmtpFault> {
    for (;;) {
      const idle = this.#takeIdle();
      if (idle !== undefined) return this.#give(idle);
      if (this.#closed) return new SmtpFault('connect', 'closed');
      if (this.#live.size + this.#opening < this.#limit()) {
        const opened = await this.#openOne();
        if (opened instanceof RelayConnection) return this.#give(opened);
        if (this.#live.size + this.#opening === 0) return this.#failAll(opened);
        this.#narrow();
      }
      // One may have become idle while another was refused.
      const shared = this.#takeIdle() ?? this.#withRoom();
      if (shared !== undefined) return this.#give(shared);
      const fault = await new Promise<SmtpFault | undefined>((wake) => this.#waiting.push(wake));
      if (fault !== undefined) return fault;
    }
  }

  /** Gives a session back after a transaction. */
  release(connection: RelayConnection): void {
    const load = (this.#live.get(connection) ?? 1) - 1;
    if (!connection.alive) return;
    this.#live.set(connection, load);
    if (load > 0) return this.#wake();
    if (this.#closed || this.#isSpent(connection)) return this.#retire(connection);
    connection.rested = true;
    this.#idle.set(connection, setTimeout(() => this.#retire(connection), IDLE_MS).unref());
    this.#wake();
  }

  /** Ends all sessions; a transaction under way ends as a fault. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#idle.values()) clearTimeout(timer);
    for (const connection of this.#live.keys()) {
      if (this.#idle.has(connection)) connection.quit();
      else connection.destroy();
    }
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #openOne(): Promise<RelayConnection | SmtpFault> {
    this.#opening++;
    const opened = await this.open();
    this.#opening--;
    if (opened instanceof SmtpFault) return opened;
    if (this.#closed) opened.destroy();
    this.#live.set(opened, 0);
    opened.onEnd = () => this.#forget(opened);
    if (!opened.alive) this.#forget(opened);
    return opened;
  }

  /** Nobody is left who could serve those that wait: they learn it now, and not one after the other. That is no limit on sessions. */
  #failAll(fault: SmtpFault): SmtpFault {
    this.#narrowUntil = 0;
    for (const wake of this.#waiting.splice(0)) wake(fault);
    return fault;
  }

  /** The one used last, so that the others grow old and go. */
  #takeIdle(): RelayConnection | undefined {
    const last = [...this.#idle.keys()].at(-1);
    if (last === undefined) return undefined;
    clearTimeout(this.#idle.get(last));
    this.#idle.delete(last);
    return last;
  }

  /** The one whose turn is longest ago: it will be the first to have done with what it has. */
  #withRoom(): RelayConnection | undefined {
    for (const [connection, load] of this.#live) if (load < connection.width && !this.#isSpent(connection)) return connection;
    return undefined;
  }

  #give(connection: RelayConnection): RelayConnection {
    const load = this.#live.get(connection);
    if (load === undefined) return connection;
    this.#live.delete(connection);
    this.#live.set(connection, load + 1);
    if (load + 1 < connection.width) this.#wake();
    return connection;
  }

  #isSpent(connection: RelayConnection): boolean {
    return connection.used >= this.settings.messagesPerConnection;
  }

  #retire(connection: RelayConnection): void {
    this.#forget(connection);
    connection.quit();
  }

  #forget(connection: RelayConnection): void {
    clearTimeout(this.#idle.get(connection));
    this.#idle.delete(connection);
    if (this.#live.delete(connection)) this.#wake();
  }

  #limit(): number {
    return this.clock() < this.#narrowUntil ? Math.min(this.#cap, this.settings.connections) : this.settings.connections;
  }

  #narrow(): void {
    this.#cap = Math.max(1, this.#live.size + this.#opening);
    this.#narrowUntil = this.clock() + NARROW_MS;
  }

  #wake(): void {
    this.#waiting.shift()?.();
  }
}
