/**
 * The lasting link to the XMPP server: one `ComponentStream` after another. What counts as a failure: connect refused or
 * late, handshake refused, a stream error, unparsable input, the socket closed, silence after a ping. Every failure is
 * retried for ever: with jittered back-off, slowly where only an administrator can help. Each kind is told once in the
 * log, until the link is up again.
 */
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import { retryDelay, type RetryTimes } from './backoff.js';
import type { Wire } from './gate.js';
import { KeepAlive, type KeepAliveTimes, type Watched } from './keepalive.js';
import { ComponentStream, type StreamEnd, type StreamOptions } from './stream.js';
import type { Element } from './xml.js';

export interface LinkOptions extends StreamOptions {
  readonly retry: RetryTimes;
  readonly keepAlive: KeepAliveTimes;
}

export interface LinkEvents {
  online(): void;
  offline(): void;
  drain(): void;
  stanza(element: Element): void;
  /** Send an IQ ping to the home domain: anything that comes in is an answer. */
  ping(): void;
}

export interface LinkState {
  readonly connected: boolean;
  /** Since when, ms of the clock. */
  readonly since: number;
  /** Why the last try or the last link ended. */
  readonly lastError?: string;
}

/** A link that lived this long was good: the next back-off starts anew. */
const GOOD_AFTER = 10_000;

/** What an administrator can do, by stream error condition. */
const ADVICE: Readonly<Record<string, string>> = {
  'not-authorized': 'the XMPP server refuses our component secret: compare it with the one in the server\'s configuration',
  'host-unknown': 'the XMPP server knows no component of our domain: add the component block to its configuration',
  conflict: 'another connection serves our component domain: is a second gateway running?',
};

export class Link implements Wire, Watched {
  private stream: ComponentStream | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = true;
  private failures = 0;
  private told: string | undefined;
  private lastError: string | undefined;
  private since: number;
  private readonly keepAlive: KeepAlive;
  connected = false;
  paused = false;
  /** Since when we have been reading without a break, ms of the clock. */
  readingSince = 0;
  /** How often the link was lost after it had been up. */
  losses = 0;

  constructor(
    private readonly options: LinkOptions,
    private readonly deps: { readonly log: Log; readonly clock: Clock },
    private readonly events: LinkEvents,
  ) {
    this.since = deps.clock();
    this.keepAlive = new KeepAlive(options.keepAlive, deps.clock, this);
  }

  /** Starts trying; never throws. */
  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.open();
  }

  private open(): void {
    const { log, clock } = this.deps;
    this.stream = new ComponentStream(this.options, clock, {
      online: () => this.up(),
      stanza: (element) => this.events.stanza(element),
      drain: () => this.events.drain(),
      ended: (end) => this.down(end),
      bug: (err, element) => log.error({ err, stanza: element.name, from: element.attrs.from }, 'a stanza could not be handled'),
    });
  }

  private up(): void {
    this.connected = true;
    this.paused = false;
    this.since = this.readingSince = this.deps.clock();
    this.told = undefined;
    this.keepAlive.start();
    this.deps.log.info({ service: this.options.service, domain: this.options.domain }, 'connected to the XMPP server');
    this.events.online();
  }

  private down(end: StreamEnd): void {
    const wasUp = this.connected;
    const now = this.deps.clock();
    if (wasUp && now - this.since >= GOOD_AFTER) this.failures = 0;
    this.failures++;
    this.stream = undefined;
    this.connected = false;
    this.keepAlive.stop();
    this.lastError = end.text;
    if (wasUp) this.lost(now);
    if (!this.stopped) this.again(end, wasUp);
  }

  private lost(now: number): void {
    this.since = now;
    this.losses++;
    this.events.offline();
  }

  private again(end: StreamEnd, wasUp: boolean): void {
    const wait = retryDelay(this.options.retry, end.condition, this.failures, Math.random());
    this.tell(end, wasUp, wait);
    this.timer = setTimeout(() => this.open(), wait);
  }

  private tell(end: StreamEnd, wasUp: boolean, retryInMs: number): void {
    const { log } = this.deps;
    const what = end.condition ?? (wasUp ? 'lost' : 'not-reached');
    const advice = end.condition === undefined ? undefined : ADVICE[end.condition];
    const fields = { service: this.options.service, reason: end.text, retryInMs };
    const text = advice ?? (wasUp ? 'lost the connection to the XMPP server' : 'cannot reach the XMPP server yet');
    if (this.told === what) log.debug(fields, text);
    else if (advice === undefined) log.warn(fields, text);
    else log.error(fields, text);
    this.told = what;
  }

  write(text: string): void {
    this.stream?.write(text);
  }

  get buffered(): number {
    return this.stream?.buffered ?? 0;
  }

  get lastInput(): number {
    return this.stream?.lastInput ?? this.deps.clock();
  }

  /** Stops reading: the server holds back what it has for us. */
  pause(): void {
    if (!this.connected || this.paused) return;
    this.paused = true;
    this.stream?.pause();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.readingSince = this.deps.clock();
    this.stream?.resume();
  }

  ping(): void {
    this.events.ping();
  }

  dead(): void {
    this.drop('the XMPP server does not answer a ping');
  }

  /** Gives up this connection, because of `text`; the next one follows by the usual back-off. */
  drop(text: string): void {
    this.stream?.end({ text });
  }

  state(): LinkState {
    const { connected, since, lastError } = this;
    return lastError === undefined ? { connected, since } : { connected, since, lastError };
  }

  /** Sends what is buffered and closes the stream, within `deadlineMs`. */
  async stop(deadlineMs: number): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    if (this.connected) await this.stream?.close(deadlineMs);
    else this.drop('stopped');
  }
}
