/**
 * Confirmed hand-over (promise 3). XEP-0114 has no acks, and a stanza that was written may be lost with the server. So:
 * stanzas are written in order, an IQ ping to the server follows them, and its answer settles all that was written before
 * the ping. An error stanza that comes before the answer fails its item. On a lost link, everything unsettled is
 * released: the queue delivers it again with the same ids.
 *
 * A ping follows each quarter of the window, or what one turn of the event loop brought, so that the server always has the
 * next batch while it answers for the last. The window holds back the rest, in order.
 */
import { Failure } from '../failure.js';
import type { Outcome } from '../edge.js';
import type { Element } from './xml.js';

export interface HandoverLimits {
  /** Most unsettled items. */
  readonly window: number;
  /** Most unsettled characters of text; one item always fits. Bounds what the server chews on before it can answer. */
  readonly windowSize: number;
}

/** Pings under way at once, about: the window is confirmed in as many parts. */
const PINGS = 4;

/** What is needed of the edge. */
export interface HandoverPorts {
  readonly connected: boolean;
  /** True while the socket has enough to do. */
  readonly full: boolean;
  /** Sends all or none, in order. */
  send(stanzas: readonly Element[]): Failure | undefined;
  /** Resolves true when the server answered a ping that leaves after everything sent before. */
  ping(): Promise<boolean>;
}

interface Item {
  readonly stanzas: readonly Element[];
  readonly size: number;
  readonly settle: (outcome: Outcome) => void;
  done: boolean;
}

export class Handover {
  private readonly waiting: Item[] = [];
  /** Written, and not yet behind a ping. */
  private written: Item[] = [];
  /** Batches with a ping under way, oldest first. */
  private pinged: (readonly Item[])[] = [];
  private unsettled = 0;
  private unsettledSize = 0;
  private scheduled = false;
  /** How items ended. */
  readonly counts = { 'handed-over': 0, delivered: 0, deferred: 0, failed: 0, released: 0 };

  constructor(
    private readonly limits: HandoverLimits,
    private readonly ports: HandoverPorts,
  ) {}

  /** Hands over the stanzas of one delivery. Resolves when they are settled. */
  deliver(stanzas: readonly Element[]): Promise<Outcome> {
    return new Promise((resolve) => {
      const item: Item = { stanzas, size: sizeOf(stanzas), settle: resolve, done: false };
      if (!this.ports.connected) this.finish(item, { state: 'released' });
      else {
        this.waiting.push(item);
        this.pump();
      }
    });
  }

  /** Writes what the window and the socket have room for. Called again when either gains room. */
  pump(): void {
    // before the first stanza of a turn, so that the gate writes the ping together with the stanzas
    this.confirmSoon();
    while (this.waiting[0] !== undefined && this.hasRoom(this.waiting[0])) {
      const item = this.waiting.shift();
      if (item !== undefined) this.write(item);
      if (this.written.length >= this.limits.window / PINGS) this.confirm();
    }
  }

  private confirmSoon(): void {
    if (this.scheduled || this.pinged.length >= PINGS || this.written.length + this.waiting.length === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.confirm();
    });
  }

  private hasRoom(item: Item): boolean {
    if (this.ports.full || this.unsettled >= this.limits.window) return false;
    return this.unsettled === 0 || this.unsettledSize + item.size <= this.limits.windowSize;
  }

  private write(item: Item): void {
    const refused = this.ports.send(item.stanzas);
    if (refused !== undefined) {
      this.finish(item, this.ports.connected ? outcomeOf(refused) : { state: 'released' });
      return;
    }
    this.unsettled++;
    this.unsettledSize += item.size;
    this.written.push(item);
  }

  private confirm(): void {
    if (this.written.length === 0) return;
    const batch = this.written;
    this.written = [];
    this.pinged.push(batch);
    void this.ports.ping().then((answered) => {
      if (answered) this.settleThrough(batch);
    });
  }

  /** The server takes stanzas in order: a pong speaks for the batches before its own as well. */
  private settleThrough(batch: readonly Item[]): void {
    const count = this.pinged.indexOf(batch) + 1;
    for (const items of this.pinged.splice(0, count)) {
      for (const item of items) this.close(item, { state: 'handed-over' });
    }
    this.pump();
  }

  /**
   * An error stanza came back (RFC 6120 §8.3).
   * @param id its id, which is that of the stanza it is about
   * @param from its bare sender, who must be whom that stanza was for
   * @returns false when it is about nothing that waits for its pong; the second error about one item is no news
   */
  bounced(id: string | undefined, from: string | undefined, failure: Failure): boolean {
    // The newest: a delivery that was deferred may be tried again, with the same ids, before the pong of the first try.
    const item = this.unconfirmed().findLast(({ stanzas }) => stanzas.some(({ attrs }) => attrs.id === id && bareOf(attrs.to) === bareOf(from)));
    if (item === undefined) return false;
    if (!item.done) this.settle(item, outcomeOf(failure));
    return true;
  }

  /** Oldest first. No map by id: one that each stanza enters and leaves keeps them from being collected while young, and costs more than a look now and then. */
  private unconfirmed(): Item[] {
    return [...this.pinged.flat(), ...this.written];
  }

  /** The link is lost: nothing more is known of what is unsettled. */
  lost(): void {
    const all = this.unconfirmed();
    this.pinged = [];
    this.written = [];
    for (const item of all) this.close(item, { state: 'released' });
    for (const item of this.waiting.splice(0)) this.finish(item, { state: 'released' });
  }

  /** No more errors are awaited for it. */
  private close(item: Item, outcome: Outcome): void {
    if (!item.done) this.settle(item, outcome);
  }

  private settle(item: Item, outcome: Outcome): void {
    this.unsettled--;
    this.unsettledSize -= item.size;
    this.finish(item, outcome);
  }

  private finish(item: Item, outcome: Outcome): void {
    item.done = true;
    this.counts[outcome.state]++;
    item.settle(outcome);
  }
}

/** A temporary failure is tried again, a permanent one is told to the sender. */
function outcomeOf(failure: Failure): Outcome {
  return failure.kind === 'temporary' ? { state: 'deferred', failure } : { state: 'failed', failure };
}

function bareOf(jid: string | undefined): string {
  return (jid ?? '').split('/', 1)[0] ?? '';
}

/** Characters of text, without markup: the texts are what makes a stanza large. */
function sizeOf(stanzas: readonly Element[]): number {
  let size = 0;
  for (const stanza of stanzas) for (const child of stanza.getChildElements()) size += child.getText().length;
  return size;
}
