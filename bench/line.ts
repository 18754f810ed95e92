/** A baseline in a process of its own: what the same libraries do with nothing between them. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a line tells us: that it is ready, and how many messages it has seen off. */
export type FromLine = { readonly ready: true; readonly port?: number } | { readonly count: number };

export interface LineOptions {
  readonly service: string;
  readonly domain: string;
  readonly secret: string;
  /** Which of the lines in the file. */
  readonly kind: string;
  readonly relayPort?: number;
}

export class Line {
  /** Messages seen off since the start of the line. */
  count = 0;
  /** Called when `count` has changed. */
  onCount: ((count: number) => void) | undefined;

  private constructor(
    private readonly child: ChildProcess,
    /** Where it listens, if it does. */
    readonly port: number,
  ) {
    child.on('message', (message: FromLine) => {
      if (!('count' in message)) return;
      this.count = message.count;
      this.onCount?.(message.count);
    });
  }

  /** @param name a file of bench/lines/, without its ending; @param options it is given them as JSON */
  static async start(name: string, options: object): Promise<Line> {
    const file = fileURLToPath(new URL(`lines/${name}.ts`, import.meta.url));
    const child = fork(file, [JSON.stringify(options)], { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the line ${name} ended with ${String(code)}`)));
    ended.catch(() => undefined);
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [FromLine];
    return new Line(child, 'port' in message ? (message.port ?? 0) : 0);
  }

  /** To a line that waits to be told. */
  tell(word: string): void {
    this.child.send(word);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const closed = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await closed;
  }
}
