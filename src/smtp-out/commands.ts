/** The commands of one transaction as they go on the wire, with the parameters that the relay's offers allow. Pure. */
import { isAscii } from 'node:buffer';
import type { Envelope } from './envelope.js';
import type { Extensions } from './extensions.js';
import type { Stage } from './fault.js';
import type { MailPieces } from '../translate/mail-pieces.js';

/** A mail: at hand, or with files that are read while it is sent. */
export type MailBytes = Buffer | MailPieces;

export interface Command {
  /** Whose trouble a refusal of it is. */
  readonly stage: Stage & ('sender' | 'recipient' | 'data');
  /** With its line end. */
  readonly line: string;
}

/** MAIL, RCPT and DATA. Throws rather than let an address or parameter end its line: `wireAddress` makes none that does. */
export function commandsOf(envelope: Envelope, raw: MailBytes, extensions: Extensions): readonly Command[] {
  const mail = [`MAIL FROM:<${envelope.from}>`, ...mailParameters(envelope, raw, extensions)].join(' ');
  const recipient = [`RCPT TO:<${envelope.to}>`, ...recipientParameters(envelope, extensions)].join(' ');
  // eslint-disable-next-line no-control-regex
  if (/[\0-\x1f\x7f]/.test(mail + recipient)) throw new Error('a control character in an envelope');
  return [
    { stage: 'sender', line: `${mail}\r\n` },
    { stage: 'recipient', line: `${recipient}\r\n` },
    { stage: 'data', line: 'DATA\r\n' },
  ];
}

/**
 * SMTPUTF8 is said also where the header fields alone need it (RFC 6531 §3.4): a chat user's own address stands in From
 * while the envelope holds our ASCII bounce address.
 */
function mailParameters({ utf8, dsn }: Envelope, raw: MailBytes, extensions: Extensions): string[] {
  return [
    ...(utf8 && extensions.smtputf8 ? ['SMTPUTF8'] : []),
    ...(extensions.eightBitMime && (Buffer.isBuffer(raw) ? !isAscii(raw) : raw.eightBit) ? ['BODY=8BITMIME'] : []),
    ...(extensions.size === undefined ? [] : [`SIZE=${raw.length}`]),
    ...(extensions.dsn && dsn !== undefined ? ['RET=HDRS', `ENVID=${xtext(dsn.envid)}`] : []),
  ];
}

function recipientParameters({ dsn }: Envelope, extensions: Extensions): string[] {
  if (!extensions.dsn || dsn === undefined) return [];
  return [`NOTIFY=${dsn.notify.join(',')}`, ...(dsn.orcpt === undefined ? [] : [`ORCPT=${orcptOf(dsn.orcpt)}`])];
}

/** Only the address is xtext, its type and the semicolon are not (RFC 3461 §4.2). */
function orcptOf(orcpt: string): string {
  const type = orcpt.slice(0, orcpt.indexOf(';') + 1);
  return type + xtext(orcpt.slice(type.length));
}

/** RFC 3461 §4. */
function xtext(text: string): string {
  if (/^[!-*,-<>-~]*$/.test(text)) return text;
  const hex = (byte: number): string => `+${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return [...Buffer.from(text)].map((byte) => (byte > 32 && byte < 127 && byte !== 43 && byte !== 61 ? String.fromCharCode(byte) : hex(byte))).join('');
}
