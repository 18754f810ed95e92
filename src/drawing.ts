/**
 * Draws SVG to PNG in a process of its own. What is drawn has strangers' letters and pictures in it, and where the renderer gives up it takes its whole
 * process with it (a Rust panic aborts); so may a picture that is made to take long. Either costs one picture here. The process is started when it is first
 * needed, knows nothing of our environment, and ends when it has had nothing to do for a while.
 */
import { fork, type ChildProcess } from 'node:child_process';

export interface Drawable {
  readonly svg: string;
  /** All that its letters need. */
  readonly fontFiles: readonly string[];
  /** How many times as large as it says. */
  readonly zoom: number;
}

export interface Drawn {
  readonly png: Uint8Array;
  /** Nothing is seen on it. */
  readonly isBlank: boolean;
}

/** Drawn and waiting; a picture takes some 10 ms of a core, one with Chinese of Noto Sans CJK some 100. */
export const MOST_UNDER_WAY = 60;
/** ms: of a picture, of the start of the process, and of having nothing to do. */
const SLOWEST = 3_000;
const START = 20_000;
const IDLE = 20_000;

const PROGRAM = new URL(import.meta.url.endsWith('.ts') ? './drawing-process-from-source.mjs' : './drawing-process.js', import.meta.url);

interface Waiting {
  readonly drawable: Drawable;
  readonly settle: (drawn: Drawn | 'busy' | undefined) => void;
}

export class Drawing {
  private readonly waiting: Waiting[] = [];
  private current: Waiting | undefined;
  private child: ChildProcess | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  private readonly slowest: number;
  private readonly idle: number;
  private readonly program: URL;
  /** The process has begun: what goes wrong now is the picture's doing. */
  private begun = false;

  /** @param parts in ms: `slowest`, a picture that takes longer is none; `idle`, so long the process waits for more */
  constructor({ slowest = SLOWEST, idle = IDLE, program = PROGRAM }: { readonly slowest?: number; readonly idle?: number; readonly program?: URL } = {}) {
    this.slowest = slowest;
    this.idle = idle;
    this.program = program;
  }

  /** @returns undefined: it cannot be drawn, or not in time, or nothing is drawn any more. `busy`: too many wait, or there is no process to draw */
  draw(drawable: Drawable): Promise<Drawn | 'busy' | undefined> {
    if (this.closed) return Promise.resolve(undefined);
    if (this.waiting.length + (this.current === undefined ? 0 : 1) >= MOST_UNDER_WAY) return Promise.resolve('busy');
    return new Promise((settle) => {
      this.waiting.push({ drawable, settle });
      if (this.current === undefined) this.next();
    });
  }

  /** Ends the process, for good; nothing more is drawn. */
  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    for (const { settle } of this.waiting.splice(0)) settle(undefined);
    this.child?.kill('SIGKILL');
  }

  private next(): void {
    this.current = this.waiting.shift();
    if (this.child === undefined) this.start();
    else this.ask(this.child);
  }

  private ask(child: ChildProcess): void {
    this.endIn(child, this.current === undefined ? this.idle : this.slowest);
    // While it has nothing to do, our own process may end.
    child.channel?.[this.current === undefined ? 'unref' : 'ref']();
    if (this.current !== undefined) child.send(this.current.drawable, () => undefined);
  }

  private start(): void {
    if (this.current === undefined) return;
    this.begun = false;
    const child = (this.child = fork(this.program, { serialization: 'advanced', env: {}, execArgv: ['--max-old-space-size=64'], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }));
    this.endIn(child, START);
    // The first message says that it is there.
    child.once('message', () => {
      if (this.child !== child) return;
      this.begun = true;
      child.on('message', (drawn) => {
        if (this.child === child) this.settle(drawn as Drawn);
      });
      this.ask(child);
    });
    child.on('error', () => this.gone(child));
    child.on('exit', () => this.gone(child));
    child.unref();
  }

  private endIn(child: ChildProcess, ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      child.kill('SIGKILL');
      // At once: until it is known to have ended it would be given the next picture.
      this.gone(child);
    }, ms).unref();
  }

  private gone(child: ChildProcess): void {
    if (this.child !== child) return;
    this.child = undefined;
    if (this.current !== undefined) this.settle(this.begun || this.closed ? undefined : 'busy');
  }

  private settle(drawn: Drawn | 'busy' | undefined): void {
    this.current?.settle(drawn);
    this.next();
  }
}
