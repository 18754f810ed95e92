/** What an administrator can set about mail coming in. Every limit is a total, not an idle time, unless it says so. */

/** Where to listen. LMTP (RFC 2033) is for the local MTA and never on port 25 (§5). Port 0 lets the system choose. */
export type Listen =
  | { readonly protocol: 'smtp' | 'lmtp'; readonly host: string; readonly port: number }
  | { readonly protocol: 'lmtp'; readonly path: string };

/** PEM files of the administrator's certificate (with its chain) and key. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export interface SmtpInLimits {
  /** Largest mail in bytes, announced as SIZE (RFC 1870). */
  readonly size: number;
  /** Largest header section in bytes. */
  readonly headerSize: number;
  readonly recipients: number;
  /** Longest command line in bytes. */
  readonly commandLine: number;
  /** Longest line of a mail in bytes; RFC 5321 §4.5.3.1.6 says 1,000, what is sent is longer. */
  readonly textLine: number;
  /** Connections in all; beyond them the slowest goes for a newcomer. */
  readonly connections: number;
  /** Connections from one address (IPv6: from one /64); trusted peers are exempt. */
  readonly connectionsPerPeer: number;
  /** Refused commands before the connection is closed with 421. */
  readonly errors: number;
  /** ms from the first byte of a command to its line end, and for the TLS handshake. */
  readonly commandMs: number;
  /** ms a client may wait with its next command (the one idle time). */
  readonly idleMs: number;
  /** ms a connection may last; a mail under way may end. */
  readonly sessionMs: number;
  /** ms from 354 to the final dot. */
  readonly dataMs: number;
  /** Bytes per second that a mail must come in with, on average. */
  readonly dataRate: number;
  /** ms before `dataRate` counts. */
  readonly dataGraceMs: number;
  /** While half of the connections are taken: ms for a client to begin its next mail, all its commands together. */
  readonly crowdedMs: number;
  /** While half of the connections are taken: ms before `dataRate` counts. */
  readonly crowdedGraceMs: number;
}

export interface SmtpInOptions {
  readonly listen: readonly Listen[];
  /** What we call ourselves in the greeting and in Received; also our own authserv-id. Default: the gateway's domain. */
  readonly hostname?: string;
  /** Without it STARTTLS is not offered. */
  readonly tls?: CertificateFiles;
  readonly limits?: Partial<SmtpInLimits>;
  /**
   * `false` on closed networks and in benches: nobody is checked, and every mail counts as from whom it says it is.
   * Default true.
   */
  readonly verify?: boolean;
  /**
   * The authserv-id (RFC 8601 §2.2) by which the MTA in front of us signs its results. Without it mail from a trusted
   * peer is checked by DKIM alone, since SPF would judge that peer: verified with a signature of the From domain,
   * unverified otherwise, and never refused for the domain's policy.
   */
  readonly trustedAuthserv?: string;
  /**
   * Addresses of MTAs in front of us: their results are believed, SPF is not asked about them, and they have no limit of
   * connections. Default: loopback. A unix socket is always trusted.
   */
  readonly trustedPeers?: readonly string[];
  /** Characters of text above which a chat user gets the first paragraphs alone. Default 0: never. */
  readonly longText?: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: SmtpInLimits = {
  size: 50 * MIB,
  headerSize: 256 * 1024,
  recipients: 100,
  commandLine: 4096,
  textLine: 65_536,
  connections: 200,
  connectionsPerPeer: 20,
  errors: 20,
  commandMs: 30_000,
  idleMs: 300_000,
  sessionMs: 3_600_000,
  dataMs: 1_800_000,
  dataRate: 500,
  dataGraceMs: 30_000,
  crowdedMs: 30_000,
  crowdedGraceMs: 10_000,
};

export const DEFAULT_TRUSTED_PEERS: readonly string[] = ['127.0.0.1', '::1'];
