/** Reads a trace of the gateway's system calls (`strace -f -y`): was each mail in the store's log, and that on the disk, before its 250? */

export interface Answer {
  /** The gateway's id of the mail, which the 250 names. */
  readonly id: string;
  /** A sync of the log began after the id was written to it, and was over before the answer. */
  readonly synced: boolean;
  /** Which sync made it durable; the same for those that share one. */
  readonly sync: number;
}

const WRITTEN = /^(\d+) +pwrite64\(\d+<[^>]*-wal>, (.*)/;
const SYNC_BEGUN = /^(\d+) +f(?:data)?sync\(\d+<[^>]*-wal>/;
const SYNC_ENDED = /^(\d+) +(?:<\.\.\. f(?:data)?sync resumed>.*|f(?:data)?sync\(\d+<[^>]*-wal>)\) += (-?\d+)/;
const ANSWERED = /^\d+ +(?:write|send\w*|writev)\(.*?"250 2\.6\.0 (\w+) accepted/;
const ID = /[0-9a-hjkmnp-tv-z]{26}/g;

/** The answers in their order. The ids of the mails must be readable in the log. */
export function syncsBeforeAnswers(trace: string): Answer[] {
  const reader = new TraceReader();
  for (const line of trace.split('\n')) reader.read(line);
  return reader.answers;
}

class TraceReader {
  readonly answers: Answer[] = [];
  /** In the log, and no sync has begun since; by thread. */
  #written: string[] = [];
  /** The sync under way holds these; by thread. */
  readonly #syncing = new Map<string, readonly string[]>();
  /** By id: which sync made it durable. */
  readonly #durable = new Map<string, number>();
  #syncs = 0;

  read(line: string): void {
    const [, answered] = ANSWERED.exec(line) ?? [];
    if (answered !== undefined) this.answers.push({ id: answered, synced: this.#durable.has(answered), sync: this.#durable.get(answered) ?? -1 });
    const [, , bytes] = WRITTEN.exec(line) ?? [];
    if (bytes !== undefined) this.#written.push(...(bytes.match(ID) ?? []));
    const [, beginner] = SYNC_BEGUN.exec(line) ?? [];
    if (beginner !== undefined) {
      this.#syncing.set(beginner, this.#written);
      this.#written = [];
    }
    const [, ender = '', result] = SYNC_ENDED.exec(line) ?? [];
    if (result !== undefined) this.#end(ender, result === '0');
  }

  #end(thread: string, done: boolean): void {
    const held = this.#syncing.get(thread) ?? [];
    this.#syncing.delete(thread);
    if (!done) return;
    this.#syncs++;
    for (const id of held) if (!this.#durable.has(id)) this.#durable.set(id, this.#syncs);
  }
}
