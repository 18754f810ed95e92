/**
 * Gathers calls so that many share one transaction. A batch leaves at once while none is under way, else when the one
 * before it has been answered: a lone call does not wait, and under load a commit holds what came during the last.
 */
import type { Call, CallResult } from './batch.js';
import { StoreError } from './store-error.js';

const MOST_PER_BATCH = 1_000;
/** Above either, new mail is turned away and writers of originals wait. */
const MOST_CALLS = 20_000;
const MOST_BYTES = 64 << 20;

interface Waiting {
  readonly call: Call;
  readonly size: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StoreError) => void;
}

export interface GroupingStats {
  /** Batches answered; each is one transaction unless a call in it failed. */
  batches: number;
  calls: number;
  failed: number;
}

export class Grouping {
  readonly stats: GroupingStats = { batches: 0, calls: 0, failed: 0 };
  private gathered: Waiting[] = [];
  private underWay: readonly Waiting[] | undefined;
  private leaving: NodeJS.Immediate | undefined;
  private outstanding = 0;
  private bytes = 0;
  private ended: StoreError | undefined;
  private idle: (() => void)[] = [];

  constructor(private readonly post: (calls: readonly Call[]) => void) {}

  /** True when so much waits for its commit that nothing new should be taken. */
  get full(): boolean {
    return this.outstanding >= MOST_CALLS || this.bytes >= MOST_BYTES;
  }

  /** True when every call is rejected from now on. */
  get over(): boolean {
    return this.ended !== undefined;
  }

  /**
   * @param size about how many bytes the call holds in memory
   * @returns after the commit; rejects with `StoreError`
   */
  call(call: Call, size: number): Promise<unknown> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      this.gathered.push({ call, size, resolve, reject });
      this.outstanding++;
      this.bytes += size;
      this.schedule();
    });
  }

  /** The answer to the batch under way. */
  answered(results: readonly CallResult[]): void {
    const batch = this.underWay ?? [];
    this.underWay = undefined;
    this.stats.batches++;
    batch.forEach((waiting, i) => this.finish(waiting, results[i] ?? { error: 'the store gave no answer' }));
    this.schedule();
    this.tellIdle();
  }

  /** Resolves when nothing is outstanding. */
  async drained(): Promise<void> {
    while (this.outstanding > 0 && this.ended === undefined) await this.progress();
  }

  /** Resolves when a batch has been answered. */
  progress(): Promise<void> {
    return new Promise((resolve) => this.idle.push(resolve));
  }

  /** Rejects everything outstanding, and every call from now on. */
  end(error: StoreError): void {
    this.ended ??= error;
    clearImmediate(this.leaving);
    for (const waiting of [...(this.underWay ?? []), ...this.gathered]) this.finish(waiting, { error: error.message });
    this.underWay = undefined;
    this.gathered = [];
    this.tellIdle();
  }

  /** At the end of this turn of the event loop: what else it brings shares the commit. */
  private schedule(): void {
    if (this.underWay !== undefined || this.gathered.length === 0) return;
    this.leaving ??= setImmediate(() => this.flush());
  }

  private flush(): void {
    this.leaving = undefined;
    const batch = this.gathered.splice(0, MOST_PER_BATCH);
    this.underWay = batch;
    this.post(batch.map((waiting) => waiting.call));
  }

  private finish({ size, resolve, reject }: Waiting, result: CallResult): void {
    this.outstanding--;
    this.bytes -= size;
    this.stats.calls++;
    if ('value' in result) return resolve(result.value);
    this.stats.failed++;
    reject(new StoreError(result.error));
  }

  private tellIdle(): void {
    const listeners = this.idle;
    this.idle = [];
    for (const listener of listeners) listener();
  }
}
