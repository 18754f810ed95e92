/**
 * Knows every message of one direction by its id, from its sending to its last copy, and says what went wrong.
 *
 * **Lost**: it was answered (250, a receipt, a commit) and neither arrived nor came back as an error. **Silent**: it was
 * never answered, and neither arrived nor came back. **Out of order**: its first copy arrived after the first copy of one
 * that was sent later in its pair; a further copy, as after a kill, is a repeat and no disorder. **Overtaken**: the same, of one
 * that the XMPP server had kept meanwhile, as it says in the stanza: that order is the server's. **Renamed**: two copies of
 * it have different names (stanza ids, Message-IDs), so that a client cannot drop one.
 */

/** What is known of one message. */
interface Known {
  readonly pair: string;
  readonly order: number;
  /** How many faults had been done when it was sent. */
  readonly epoch: number;
  answered: boolean;
  errors: number;
  /** The name of each copy that arrived. */
  readonly copies: string[];
}

export interface Verdict {
  readonly sent: number;
  readonly answered: number;
  readonly arrived: number;
  readonly bounced: number;
  readonly lost: readonly string[];
  readonly silent: readonly string[];
  /** The most silent ones among those sent between one fault and the next. */
  readonly worstSilent: number;
  /** Copies beyond the first. */
  readonly repeats: number;
  /** The most repeats that arrived between one fault and the next. */
  readonly worstRepeats: number;
  readonly renamed: readonly string[];
  readonly disordered: readonly string[];
  readonly overtaken: readonly string[];
  /** Arrived, and came back as an error all the same. */
  readonly contradicted: readonly string[];
  /** Came back as an error more than once. */
  readonly overbounced: readonly string[];
  /** Arrived, answered or bounced without having been sent. */
  readonly strangers: readonly string[];
}

export class Checker {
  readonly #records = new Map<string, Known>();
  readonly #strangers = new Set<string>();
  readonly #last = new Map<string, number>();
  readonly #disordered: string[] = [];
  readonly #overtaken: string[] = [];
  readonly #repeats = [0];
  #answered = 0;

  /** A fault was done: what comes now belongs to the next epoch. */
  fault(): void {
    this.#repeats.push(0);
  }

  /** @param pair sender and recipient; the calls for a pair are in the order of sending */
  sent(id: string, pair: string): void {
    if (this.#records.has(id)) return;
    this.#records.set(id, { pair, order: this.#records.size, epoch: this.#repeats.length - 1, answered: false, errors: 0, copies: [] });
  }

  answered(id: string): void {
    const record = this.#record(id);
    if (record === undefined || record.answered) return;
    record.answered = true;
    this.#answered++;
  }

  bounced(id: string): void {
    const record = this.#record(id);
    if (record !== undefined) record.errors++;
  }

  /**
   * @param name what a client could know this copy by: its stanza id, its Message-ID
   * @param kept the server had it in its own offline store
   */
  arrived(id: string, name: string, kept = false): void {
    const record = this.#record(id);
    if (record === undefined) return;
    if (record.copies.push(name) > 1) {
      this.#repeats[this.#repeats.length - 1]! += 1;
      return;
    }
    const last = this.#last.get(record.pair) ?? -1;
    if (record.order < last) (kept ? this.#overtaken : this.#disordered).push(id);
    else this.#last.set(record.pair, record.order);
  }

  has(id: string): boolean {
    return (this.#records.get(id)?.copies.length ?? 0) > 0;
  }

  unanswered(id: string): boolean {
    return this.#records.get(id)?.answered !== true;
  }

  /** Answered, and not yet arrived or come back. */
  missing(): string[] {
    return this.#which(({ answered, copies, errors }) => answered && copies.length === 0 && errors === 0);
  }

  get answeredCount(): number {
    return this.#answered;
  }

  verdict(): Verdict {
    const silent = this.#which(({ answered, copies, errors }) => !answered && copies.length === 0 && errors === 0);
    return {
      sent: this.#records.size,
      answered: this.#answered,
      arrived: this.#count(({ copies }) => copies.length > 0),
      bounced: this.#count(({ errors }) => errors > 0),
      lost: this.missing(),
      silent,
      worstSilent: this.#mostInOneEpoch(silent),
      repeats: this.#repeats.reduce((sum, repeats) => sum + repeats, 0),
      worstRepeats: Math.max(...this.#repeats),
      renamed: this.#which(({ copies }) => new Set(copies).size > 1),
      disordered: this.#disordered,
      overtaken: this.#overtaken,
      contradicted: this.#which(({ copies, errors }) => copies.length > 0 && errors > 0),
      overbounced: this.#which(({ errors }) => errors > 1),
      strangers: [...this.#strangers],
    };
  }

  #record(id: string): Known | undefined {
    const record = this.#records.get(id);
    if (record === undefined) this.#strangers.add(id);
    return record;
  }

  #which(fits: (record: Known) => boolean): string[] {
    return [...this.#records].filter(([, record]) => fits(record)).map(([id]) => id);
  }

  #count(fits: (record: Known) => boolean): number {
    return this.#which(fits).length;
  }

  #mostInOneEpoch(ids: readonly string[]): number {
    const byEpoch = new Map<number, number>();
    for (const id of ids) {
      const epoch = this.#records.get(id)?.epoch ?? 0;
      byEpoch.set(epoch, (byEpoch.get(epoch) ?? 0) + 1);
    }
    return Math.max(0, ...byEpoch.values());
  }
}
