/**
 * A server process of ours: its output is kept, and it never outlives us.
 *
 * `setpriv --pdeathsig` (util-linux) makes the kernel kill it when this process dies, however that happens. It runs in
 * a group of its own, so a Ctrl-C at the terminal reaches us and not it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { waitUntil } from './wait.js';

/** Output kept per process; a server that logs more than this has its oldest lines dropped. */
const OUTPUT_LIMIT = 4 * 1024 * 1024;
const STOP_DEADLINE_MS = 15_000;

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** It ends by itself, and cleans up, when its standard input ends: the kernel need not kill it. */
  readonly endsWithInput?: boolean;
}

export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #kept: string[] = [];
  #keptLength = 0;

  constructor(command: Command) {
    const guard = command.endsWithInput === true ? [] : ['--pdeathsig', 'KILL'];
    this.#child = spawn('setpriv', [...guard, command.file, ...command.args], {
      cwd: command.cwd,
      env: { ...process.env, ...command.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.#exited = once(this.#child, 'close').catch((error: unknown) => this.#keep(`${command.file}: ${String(error)}\n`));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#keep(text));
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Null while it runs, and when a signal ended it. */
  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** Standard output and error so far. */
  output(): string {
    return this.#kept.join('');
  }

  /** Writes a line to the standard input. */
  write(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Waits until `ready` holds; throws with the output when the process ends first or the deadline passes. */
  async waitFor(what: string, ready: () => boolean | Promise<boolean>, deadlineMs: number): Promise<void> {
    try {
      await waitUntil(what, async () => {
        if (!this.running) throw new Error(`the process ended before: ${what}`);
        return ready();
      }, deadlineMs);
    } catch (error) {
      throw new Error(`${String(error)}\n${this.output()}`, { cause: error });
    }
  }

  /** SIGTERM, then waits for the end; throws when that takes longer than 15 s (and kills it then). */
  async stop(): Promise<void> {
    if (!this.running) return;
    this.#child.kill('SIGTERM');
    await this.#untilEnd('did not stop on SIGTERM');
  }

  /** Ends its standard input, for a program that ends with it; waits as `stop` does. */
  async end(): Promise<void> {
    if (this.running) this.#child.stdin?.end();
    await this.#untilEnd('did not end with its input');
  }

  /** SIGKILL to it and its children. */
  async kill(): Promise<void> {
    if (this.running) this.#killGroup();
    await this.#exited;
  }

  async #untilEnd(complaint: string): Promise<void> {
    const late = setTimeout(() => this.#killGroup(), STOP_DEADLINE_MS);
    await this.#exited;
    clearTimeout(late);
    if (this.#child.signalCode === 'SIGKILL') throw new Error(`${complaint}\n${this.output()}`);
  }

  #killGroup(): void {
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
  }

  #keep(text: string): void {
    this.#kept.push(text);
    this.#keptLength += text.length;
    while (this.#keptLength > OUTPUT_LIMIT && this.#kept.length > 1) this.#keptLength -= this.#kept.shift()?.length ?? 0;
  }
}
