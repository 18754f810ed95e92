/**
 * Gathers calls so that many share one transaction. A batch leaves when its window ends or it is full, and while two
 * batches are under way the next one gathers on: under load a commit holds what came during the last.
 */
import type { Call, CallResult } from './batch.js';
import { StoreError } from './store.js';

/** How long the first call of a batch waits for company, ms. */
const WINDOW_MS = 2;
const MOST_PER_BATCH = 1_000;
const MOST_UNDER_WAY = 2;
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
  private readonly underWay: Waiting[][] = [];
  private timer: NodeJS.Timeout | undefined;
  private outstanding = 0;
  private bytes = 0;
  private ended: StoreError | undefined;
  private idle: (() => void)[] = [];

  constructor(private readonly post: (calls: readonly Call[]) => void) {}

  /** True when so much waits for its commit that nothing new should be taken. */
  get full(): boolean {
    return this.outstanding >= MOST_CALLS || this.bytes >= MOST_BYTES;
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
      if (this.gathered.length >= MOST_PER_BATCH) this.flush();
      else this.timer ??= setTimeout(() => this.flush(), WINDOW_MS);
    });
  }

  /** The answer to the oldest batch under way. */
  answered(results: readonly CallResult[]): void {
    const batch = this.underWay.shift() ?? [];
    this.stats.batches++;
    batch.forEach((waiting, i) => this.finish(waiting, results[i] ?? { error: 'the store gave no answer' }));
    if (this.gathered.length > 0 && this.timer === undefined) this.flush();
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
    clearTimeout(this.timer);
    for (const waiting of [...this.underWay.flat(), ...this.gathered]) this.finish(waiting, { error: error.message });
    this.underWay.length = 0;
    this.gathered = [];
    this.tellIdle();
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.underWay.length >= MOST_UNDER_WAY || this.gathered.length === 0) return;
    const batch = this.gathered.splice(0, MOST_PER_BATCH);
    this.underWay.push(batch);
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
