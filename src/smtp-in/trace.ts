/** The header of a mail as we keep it: our Received field on top (RFC 5321 §4.4), forged results of ours out. */
import { isIPv6 } from 'node:net';
import { formatMailAddress, type MailAddress } from '../address.js';
import type { MessageId } from '../message.js';
import { claimsToBe } from './auth-results.js';
import type { RawField } from './header.js';

export interface Hop {
  readonly id: MessageId;
  readonly at: number;
  /** What the client called itself: not to be trusted. */
  readonly helo: string;
  /** IP address; empty on a unix socket. */
  readonly peer: string;
  readonly hostname: string;
  /** RFC 3848: ESMTP, ESMTPS, LMTP ... */
  readonly protocol: string;
  readonly recipients: readonly MailAddress[];
}

const HELO = /^[A-Za-z0-9.:_-]{1,255}$/;

/** @param fields of the whole header, as it came */
export function stampHeader(fields: readonly RawField[], hop: Hop): Buffer {
  const kept = fields.filter((field) => !claimsToBe(field, hop.hostname));
  return Buffer.concat([Buffer.from(receivedField(hop), 'utf8'), Buffer.from(kept.map(({ raw }) => raw).join(''), 'latin1')]);
}

/** Recipients are named only when there is one: others must not learn of each other. */
function receivedField(hop: Hop): string {
  const [recipient, ...others] = hop.recipients;
  const only = recipient !== undefined && others.length === 0 ? [`\tfor <${formatMailAddress(recipient)}>`] : [];
  const client = HELO.test(hop.helo) ? hop.helo : 'unknown';
  const literal = hop.peer === '' ? '' : ` ([${isIPv6(hop.peer) ? 'IPv6:' : ''}${hop.peer}])`;
  const lines = [`Received: from ${client}${literal}`, `\tby ${hop.hostname} with ${hop.protocol} id ${hop.id}`, ...only];
  return `${lines.join('\r\n')};\r\n\t${new Date(hop.at).toUTCString().replace('GMT', '+0000')}\r\n`;
}
