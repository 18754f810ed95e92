/**
 * One connection to the XMPP server as a component (XEP-0114), from connect to its end; it is never used again. Built on
 * a fresh @xmpp/component entity, of which only socket, stream header and handshake are used:
 *
 * - its `reconnect` is stopped: it leaves gaps after an unclean end, `link.ts` does that;
 * - its middleware is taken off: it would answer IQs past our gate and match results by id alone;
 * - its `start` is not called: when opening fails it leaves a rejected promise that nobody holds;
 * - `see-other-host` is not followed: the secret goes to the configured server only.
 */
import { Socket } from 'node:net';
import { component, type ComponentEntity } from '@xmpp/component';
import type { Element } from './xml.js';
import type { Clock } from '../clock.js';
import { SafeParser } from './parser.js';

/** Why a stream ended. */
export interface StreamEnd {
  /** The stream error's condition (RFC 6120 §4.9.3), when the server gave one. */
  readonly condition?: string;
  /** For the log. */
  readonly text: string;
}

export interface StreamEvents {
  online(): void;
  stanza(element: Element): void;
  /** The socket's buffer is empty again. */
  drain(): void;
  /** Exactly once, whatever happens. Nothing is called after it. */
  ended(end: StreamEnd): void;
  /** An exception of a `stanza` listener: a bug, which costs that stanza and nothing else. */
  bug(error: unknown, element: Element): void;
}

export interface StreamOptions {
  readonly service: string;
  readonly domain: string;
  readonly secret: string;
  /** ms from connect to the accepted handshake. */
  readonly connectDeadline: number;
}

/**
 * Decodes characters across reads: by itself the library turns each read into a string, which destroys a character on
 * the border. Without delay: a batch and the ping behind it are two writes, and Nagle holds the second for 40 ms.
 */
class StreamSocket extends Socket {
  constructor() {
    super();
    this.setEncoding('utf8');
    this.setNoDelay(true);
  }
}

export class ComponentStream {
  private readonly entity: ComponentEntity;
  private readonly deadline: NodeJS.Timeout;
  private socket: Socket | undefined;
  private over = false;
  /** Stanzas of the very read that brought the handshake; undefined once online. */
  private early: Element[] | undefined = [];
  /** When something last came in; ms of the clock. */
  lastInput: number;

  constructor(
    options: StreamOptions,
    private readonly clock: Clock,
    private readonly events: StreamEvents,
  ) {
    const { service, domain, secret, connectDeadline } = options;
    this.lastInput = clock();
    this.entity = component({ service, domain, password: secret });
    this.entity.reconnect.stop();
    this.entity.removeAllListeners('element');
    this.entity.timeout = connectDeadline;
    this.entity.Socket = StreamSocket;
    this.entity.Parser = SafeParser;
    this.deadline = setTimeout(() => this.end({ text: 'no answer to the handshake in time' }), connectDeadline);
    this.listen();
    this.open(service, domain, connectDeadline).catch((error: unknown) => this.end(endOf(error)));
  }

  private async open(service: string, domain: string, timeout: number): Promise<void> {
    const connected = this.entity.connect(service);
    this.adopt();
    await connected;
    if (!this.over) await this.entity.open({ domain, timeout });
  }

  private adopt(): void {
    this.socket = this.entity.socket ?? undefined;
    this.socket?.on('drain', () => {
      if (!this.over) this.events.drain();
    });
    this.socket?.on('data', () => {
      this.lastInput = this.clock();
    });
  }

  private listen(): void {
    const { entity } = this;
    entity.on('error', (error: unknown) => this.end(endOf(error)));
    entity.on('close', () => this.end({ text: 'the server closed the stream' }));
    entity.on('disconnect', () => this.end({ text: 'the connection was closed' }));
    entity.on('online', () => {
      clearTimeout(this.deadline);
      const early = this.early ?? [];
      this.early = undefined;
      this.events.online();
      for (const element of early) this.hand(element);
    });
    entity.on('stanza', (element: Element) => this.hand(element));
  }

  private hand(element: Element): void {
    if (this.over) return;
    if (this.early !== undefined) {
      this.early.push(element);
      return;
    }
    try {
      this.events.stanza(element);
    } catch (error) {
      this.events.bug(error, element);
    }
  }

  /** Writes serialised stanzas. Returns false when the buffer is over the socket's mark: wait for `drain`. */
  write(text: string): boolean {
    if (this.over || this.socket === undefined) return false;
    return this.socket.write(text);
  }

  /** Bytes written and not yet taken by the kernel. */
  get buffered(): number {
    return this.socket?.writableLength ?? 0;
  }

  pause(): void {
    this.socket?.pause();
  }

  resume(): void {
    this.lastInput = this.clock();
    this.socket?.resume();
  }

  /** Ends at once: unsent bytes are lost. */
  end(end: StreamEnd): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.deadline);
    this.entity.removeAllListeners();
    // The library may still report on a closed socket; the end is already told.
    this.entity.on('error', () => undefined);
    this.entity.timeout = 1;
    this.socket?.destroy();
    this.events.ended(end);
  }

  /** Sends what is buffered, closes the stream, and waits for the server to do the same, at most `deadlineMs`. */
  async close(deadlineMs: number): Promise<void> {
    const { socket } = this;
    if (this.over || socket === undefined) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deadlineMs);
      socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      socket.resume();
      socket.end('</stream:stream>');
    });
    this.end({ text: 'stopped' });
  }
}

/** A stream error of the library has a condition; a system error has a code. */
function endOf(error: unknown): StreamEnd {
  if (!(error instanceof Error)) return { text: 'the connection ended' };
  const text = error.message === '' ? error.name : error.message;
  const condition = 'condition' in error && typeof error.condition === 'string' ? error.condition : undefined;
  return condition === undefined ? { text } : { condition, text };
}
