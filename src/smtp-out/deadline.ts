/**
 * A moment that is put off with every answer. Cheap to set: the timer goes off no more often than the shortest wait, and
 * then looks whether the moment has moved. It keeps no process alive.
 */
export class Deadline {
  #at = Infinity;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;

  constructor(private readonly passed: () => void) {}

  /** From now on, in place of what was set before; ms. */
  set(ms: number): void {
    this.#at = performance.now() + ms;
    if (this.#at < this.#timerAt) this.#start(ms);
  }

  clear(): void {
    this.#at = Infinity;
  }

  /** For good. */
  stop(): void {
    this.clear();
    clearTimeout(this.#timer);
    this.#timerAt = Infinity;
  }

  #start(ms: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = performance.now() + ms;
    this.#timer = setTimeout(() => this.#look(), ms).unref();
  }

  #look(): void {
    this.#timerAt = Infinity;
    const left = this.#at - performance.now();
    if (left === Infinity) return;
    if (left > 0) this.#start(left);
    else {
      this.clear();
      this.passed();
    }
  }
}
