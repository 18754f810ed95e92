/**
 * The calls to the worker thread that has the database: gathered, and posted in batches, each of which is one transaction
 * there. A call resolves after its commit has reached the disk.
 */
import { Failure } from '../failure.js';
import type { Engine, Operation } from './engine.js';
import { Grouping, type GroupingStats } from './grouping.js';
import { StoreError } from './store-error.js';
import type { FromWorker, ToWorker } from './worker.js';

/** What is needed of the worker thread. */
export interface Thread {
  postMessage(message: ToWorker): void;
  on(event: 'message', listener: (message: FromWorker) => void): unknown;
  on(event: 'error' | 'exit', listener: (error: unknown) => void): unknown;
}

export type Arguments<O extends Operation> = Parameters<Engine[O]>;
export type Value<O extends Operation> = ReturnType<Engine[O]>;

export class ThreadCalls {
  private readonly calls: Grouping;
  private readonly exited: Promise<void>;
  private closing = false;
  private tellLost: (failure: Failure) => void = () => undefined;
  /** Resolves if the thread ends by itself: every call fails from then on, and only a fresh process can help. */
  readonly broken = new Promise<Failure>((resolve) => (this.tellLost = resolve));

  constructor(private readonly thread: Thread) {
    this.calls = new Grouping((calls) => thread.postMessage({ calls }));
    thread.on('message', (message) => {
      if (message !== 'open' && 'results' in message) this.calls.answered(message.results);
    });
    thread.on('error', (error) => this.lost(error));
    this.exited = new Promise((resolve) => {
      thread.on('exit', () => {
        this.lost(undefined);
        resolve();
      });
    });
  }

  /** Counters since the start; `batches` is the number of commits while nothing fails. */
  get stats(): Readonly<GroupingStats> {
    return this.calls.stats;
  }

  /** No call succeeds any more, or soon none will. */
  get over(): boolean {
    return this.closing || this.calls.over;
  }

  /** @param size about how many bytes the call holds in memory. @returns after the commit; rejects with `StoreError` */
  call<O extends Operation>(operation: O, args: Arguments<O>, size = 0): Promise<Value<O>> {
    return this.calls.call({ operation, args }, size) as Promise<Value<O>>;
  }

  /** Throws while so much waits for its commit that nothing new should be taken. */
  refuseWhenFull(): void {
    if (this.calls.full) throw new StoreError('too many calls wait for their commit', 'overloaded');
  }

  /** Resolves when there is room for more. */
  async room(): Promise<void> {
    while (this.calls.full) await this.calls.progress();
  }

  /** Commits what was called before and what is called until `last` is done, then lets the thread close the file. */
  async close(last: Promise<void>): Promise<void> {
    this.closing = true;
    await last;
    await this.calls.drained();
    this.calls.end(new StoreError('the store is closed'));
    this.thread.postMessage('close');
    await this.exited;
  }

  /** The thread ended by itself: a bug, or no memory. What was not answered is not known to be kept. */
  private lost(error: unknown): void {
    if (this.closing) return;
    const failure = Failure.permanent('storage', 'The thread of the store has ended.', { cause: error });
    this.calls.end(new StoreError(failure.text));
    this.tellLost(failure);
  }
}
