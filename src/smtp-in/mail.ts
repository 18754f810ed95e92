/** What the parts of this edge tell each other about one mail. */
import type { MailAddress } from '../address.js';
import type { Route } from '../edge.js';
import type { Failure } from '../failure.js';
import type { MessageId } from '../message.js';

export interface Peer {
  /** IP address; empty on a unix socket. */
  readonly address: string;
  /** What it called itself. */
  readonly helo: string;
  /** An MTA of the administrator's, in front of us: its address says nothing about the sender. */
  readonly trusted: boolean;
  /** RFC 3848. */
  readonly protocol: string;
}

export interface Recipient {
  readonly address: MailAddress;
  readonly routes: readonly Route[];
  /** RFC 3461 §4.1, upper case; empty when it was not given. */
  readonly notify: readonly string[];
}

export interface Envelope {
  readonly id: MessageId;
  /** Undefined for the null return path. */
  readonly from: MailAddress | undefined;
  /** ENVID, decoded. */
  readonly envelopeId?: string;
  readonly recipients: readonly Recipient[];
  readonly peer: Peer;
}

/** What became of a mail: the same for all its recipients, or one result for each. */
export interface Outcome {
  readonly results: Failure | readonly (Failure | 'accepted')[];
  /** Bytes received. */
  readonly size: number;
  /** For the log: how far the author is who it says. */
  readonly authenticity?: string;
  /** It was taken with a mark. */
  readonly spam?: true;
}
