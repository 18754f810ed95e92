/** Deliveries that are prepared side by side, and go on in the order in which they came: within a lane, and in no other. */
import { formatAddress } from '../address.js';
import type { Delivery } from '../message.js';

/** What is made of a delivery before it is passed on. */
export interface Preparation<P> {
  readonly prepared: Promise<P>;
  /** What does as well, at once. */
  readonly instead: () => P;
}

export class InOrder<P> {
  /** By lane, the end of the last that is not yet passed on. */
  private readonly last = new Map<string, Promise<unknown>>();
  private readonly hurries = new Set<() => void>();
  private waiting = 0;

  /** @param most so many may wait: each has a place that deliveries of other lanes want. Above it nobody's preparation is waited for */
  constructor(private readonly most: number) {}

  /**
   * Calls `pass` with what was prepared, once all that came before it in its lane have been passed on; at once when none waits
   * and nothing is to be prepared. The next one follows when `pass` has returned, not when its work is done.
   */
  async run<T>(delivery: Delivery, preparation: Preparation<P> | undefined, pass: (prepared: P | undefined) => Promise<T>): Promise<T> {
    const lane = `${formatAddress(delivery.message.sender)}\n${formatAddress(delivery.recipient)}`;
    const before = this.last.get(lane);
    if (before === undefined && preparation === undefined) return pass(undefined);
    const ready = Promise.all([preparation && this.inTime(preparation), before]);
    this.crowd(1);
    const passing = ready.then(([value]) => ({ work: pass(value) }));
    // Ends when `pass` has returned, not when its work is done; a failure is told to who asked for this one.
    const turn: Promise<unknown> = passing.catch(() => undefined);
    this.last.set(lane, turn);
    const { work } = await passing.finally(() => {
      this.crowd(-1);
      if (this.last.get(lane) === turn) this.last.delete(lane);
    });
    return work;
  }

  private async inTime({ prepared, instead }: Preparation<P>): Promise<P> {
    let hurry: () => void = () => undefined;
    const hurried = new Promise<P>((resolve) => (hurry = () => resolve(instead())));
    this.hurries.add(hurry);
    try {
      return await Promise.race([prepared, hurried]);
    } finally {
      this.hurries.delete(hurry);
    }
  }

  private crowd(more: 1 | -1): void {
    this.waiting += more;
    if (this.waiting > this.most) for (const hurry of this.hurries) hurry();
  }
}
