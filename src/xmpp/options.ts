/** Settings of the XMPP edge: units and defaults. */

export interface XmppOptions {
  /** Where the server listens for components: `xmpp://127.0.0.1:5347`. */
  readonly service: string;
  /** The component secret. */
  readonly secret: string;
  /** Most deliveries written and not yet confirmed by a pong. Default 200. */
  readonly window?: number;
  /** Largest stanza in bytes. Default 512,000: Prosody closes the stream above 512 KiB. */
  readonly maxStanza?: number;
  /** Most messages and subscriptions being stored at once; above it the socket is not read. Default 500. */
  readonly maxAccepting?: number;
  /** ms of silence before the server is asked whether it is there. Default 30,000. */
  readonly keepAliveIdle?: number;
  /** ms the server has to answer that. Default 15,000. */
  readonly keepAliveDeadline?: number;
  /**
   * ms a hand-over waits for its pong. Default 60,000, longer than the keep-alive: a server that is busy with our batch is
   * not dead, but one that sends other things and never this answer has given it to somebody else (two connections for
   * one domain).
   */
  readonly pongDeadline?: number;
  /** ms a client has to show that it reads, by answering a ping. Default 15,000. */
  readonly readDeadline?: number;
  /** ms between calls of clients that may be gone without a word (roll-call.ts). Default 60,000. */
  readonly rollCallEvery?: number;
  /** ms between probes of a user who publishes his presence (looks.ts). Default 60,000. */
  readonly lookEvery?: number;
  /** ms from connect to the accepted handshake. Default 20,000. */
  readonly connectDeadline?: number;
  /** ms before the first try to reconnect; doubles with each failure. Default 1,000. */
  readonly retryFirst?: number;
  /** ms between tries, at most. Default 60,000. */
  readonly retryLongest?: number;
  /** ms between tries that only an administrator can make succeed (wrong secret, unknown domain). Default 300,000. */
  readonly retrySlow?: number;
}

const DEFAULTS: Required<Omit<XmppOptions, 'service' | 'secret'>> = {
  window: 200,
  maxStanza: 512_000,
  maxAccepting: 500,
  keepAliveIdle: 30_000,
  keepAliveDeadline: 15_000,
  pongDeadline: 60_000,
  readDeadline: 15_000,
  rollCallEvery: 60_000,
  lookEvery: 60_000,
  connectDeadline: 20_000,
  retryFirst: 1_000,
  retryLongest: 60_000,
  retrySlow: 300_000,
};

/** An absent or undefined option has its default. */
export function withDefaults(options: XmppOptions): Required<XmppOptions> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...(Object.fromEntries(given) as unknown as XmppOptions) };
}

/** Bytes waiting for the socket above which senders wait and the socket is not read. */
export const MAX_BUFFERED = 1024 * 1024;

/** Characters unsettled in a hand-over, at most: Prosody passes about 4 MB of large stanzas a second. */
export const WINDOW_SIZE = 4 * 1024 * 1024;
