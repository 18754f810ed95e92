/**
 * The only way out to the XMPP server. Whatever the caller built, what passes here cannot close the stream that all
 * users share: forbidden characters, a foreign `from`, an oversized stanza. A stanza that does not pass is refused by itself, as a `Failure`.
 */
import { parseJid } from '../address.js';
import { Failure, isFailure } from '../failure.js';
import { withoutForbidden } from '../translate/xml-text.js';
import type { Element } from './xml.js';

export interface GateLimits {
  /** The component's domain. */
  readonly domain: string;
  /** Largest serialised stanza in bytes. */
  readonly maxStanza: number;
  /** Bytes waiting for the socket above which callers should wait. */
  readonly maxBuffered: number;
}

/** What the gate writes to. */
export interface Wire {
  readonly connected: boolean;
  /** Bytes written and not yet taken by the kernel. */
  readonly buffered: number;
  write(text: string): void;
}

/** Callers that do not wait are refused when this many times `maxBuffered` is waiting. */
const HARD = 16;

/** RFC 7622 §3.3: bytes in a part of a JID. */
const MAX_PART = 1023;

/** RFC 7622 §3.3.1: what no localpart holds; the servers close the stream for some of it. */
// eslint-disable-next-line no-control-regex
const LOCALPART_FORBIDDEN = /[\u0000-\u0020"&'/:<>@\u007F\uFFFD-\uFFFF\p{Surrogate}]/u;

export class Gate {
  private pending: string[] = [];
  private pendingBytes = 0;
  private waiting: (() => void)[] = [];
  private flushing = false;
  /** Stanzas and bytes that left. */
  readonly counts = { stanzas: 0, bytes: 0, refused: 0 };

  constructor(
    private readonly limits: GateLimits,
    private readonly wire: Wire,
    /** Called whenever there may be room again. */
    private readonly onRoom: () => void,
  ) {}

  /**
   * Sends stanzas in order, all or none. What is sent in one turn of the event loop leaves in one write.
   * @returns why nothing was sent: `bad-address` or `too-large` (permanent), `remote-unreachable` (no link) or
   *   `overloaded` (temporary)
   */
  send(stanzas: Element | readonly Element[]): Failure | undefined {
    const texts: string[] = [];
    let bytes = 0;
    for (const stanza of isMany(stanzas) ? stanzas : [stanzas]) {
      const text = this.serialise(stanza);
      if (isFailure(text)) return text;
      texts.push(text);
      bytes += Buffer.byteLength(text);
    }
    return this.put(texts, bytes);
  }

  private put(texts: readonly string[], bytes: number): Failure | undefined {
    if (!this.wire.connected) return Failure.temporary('remote-unreachable', 'There is no connection to the XMPP server.');
    if (this.waitingBytes > HARD * this.limits.maxBuffered) {
      return this.refuse(Failure.temporary('overloaded', 'Too much is waiting for the XMPP server.'));
    }
    this.pending.push(...texts);
    this.pendingBytes += bytes;
    this.counts.stanzas += texts.length;
    this.counts.bytes += bytes;
    if (!this.flushing) {
      this.flushing = true;
      setImmediate(() => this.flush());
    }
    return undefined;
  }

  private serialise(stanza: Element): string | Failure {
    const problem = addressProblem(stanza, this.limits.domain);
    if (problem !== undefined) return this.refuse(Failure.permanent('bad-address', problem));
    const text = withoutForbidden(stanza.toString());
    const size = text.length > this.limits.maxStanza ? text.length : Buffer.byteLength(text);
    if (size <= this.limits.maxStanza) return text;
    return this.refuse(Failure.permanent('too-large', 'The message is larger than the XMPP server takes.'));
  }

  private refuse(failure: Failure): Failure {
    this.counts.refused++;
    return failure;
  }

  private get waitingBytes(): number {
    return this.pendingBytes + this.wire.buffered;
  }

  /** True while callers should wait for `room`. */
  get full(): boolean {
    return this.waitingBytes > this.limits.maxBuffered;
  }

  /** Resolves when there is room again, in the order of the calls; also when the link is lost. */
  room(): Promise<void> {
    if (!this.full || !this.wire.connected) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Writes what was sent so far, now. */
  flush(): void {
    this.flushing = false;
    if (this.pending.length === 0) return;
    const text = this.pending.join('');
    this.forget();
    this.wire.write(text);
    if (!this.full) this.release();
  }

  /** To be called when the socket has drained. */
  drained(): void {
    if (!this.full) this.release();
  }

  /** To be called when the link is lost: what was not written is dropped, and nobody waits on. */
  lost(): void {
    this.forget();
    this.release();
  }

  private forget(): void {
    this.pending = [];
    this.pendingBytes = 0;
  }

  private release(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
    this.onRoom();
  }
}

function isMany(stanzas: Element | readonly Element[]): stanzas is readonly Element[] {
  return Array.isArray(stanzas);
}

/** XEP-0114 §3: both addresses, and `from` inside our domain: no subdomain, no second `@`, no empty localpart. */
function addressProblem(stanza: Element, domain: string): string | undefined {
  const { from, to } = stanza.attrs;
  if (typeof from !== 'string' || !isOurs(from, domain)) return 'The sender is not an address of this gateway.';
  if (typeof to !== 'string' || isFailure(parseJid(to))) return 'The recipient is not a chat address.';
  return undefined;
}

function isOurs(from: string, domain: string): boolean {
  const slash = from.indexOf('/');
  const bare = slash === -1 ? from : from.slice(0, slash);
  if (slash !== -1 && !isResource(from.slice(slash + 1))) return false;
  if (bare === domain) return true;
  if (!bare.endsWith(`@${domain}`)) return false;
  const local = bare.slice(0, -domain.length - 1);
  return local !== '' && !LOCALPART_FORBIDDEN.test(local) && Buffer.byteLength(local) <= MAX_PART;
}

function isResource(resource: string): boolean {
  return resource !== '' && withoutForbidden(resource) === resource && Buffer.byteLength(resource) <= MAX_PART;
}
