/** Deliveries that are prepared side by side, and go on in the order in which they came: within a lane, and in no other. */
import { formatAddress } from '../address.js';
import type { Delivery } from '../message.js';

export class InOrder {
  /** By lane, the end of the last that is not yet passed on. */
  private readonly last = new Map<string, Promise<unknown>>();

  /**
   * Calls `pass` with what was prepared, once all that came before it in its lane have been passed on; at once when none waits
   * and nothing is to be prepared. The next one follows when `pass` has returned, not when its work is done.
   */
  async run<P, T>(delivery: Delivery, prepared: Promise<P> | undefined, pass: (prepared: P | undefined) => Promise<T>): Promise<T> {
    const lane = `${formatAddress(delivery.message.sender)}\n${formatAddress(delivery.recipient)}`;
    const before = this.last.get(lane);
    if (before === undefined && prepared === undefined) return pass(undefined);
    const ready = Promise.all([prepared, before]);
    const passing = ready.then(([value]) => ({ work: pass(value) }));
    // Ends when `pass` has returned, not when its work is done; a failure is told to who asked for this one.
    const turn: Promise<unknown> = passing.catch(() => undefined);
    this.last.set(lane, turn);
    const { work } = await passing.finally(() => {
      if (this.last.get(lane) === turn) this.last.delete(lane);
    });
    return work;
  }
}
