/**
 * What every mail that we write has in common. It is written here and not by a library: its shape is small and fixed, and
 * nodemailer's MimeNode, made for streams, takes longer for it than all the rest of the way out.
 */
import type { MailAddress } from '../address.js';
import { Failure } from '../failure.js';
import type { Addressee, Addressees } from '../message.js';
import { flow } from './flowed.js';
import { dateValue, field, isAscii, mailbox, textValue } from './mail-fields.js';
import { mixedPieces, type MailFile } from './mail-files.js';
import { LOOP_FIELD, loopValue } from './mail-loop.js';
import type { MailPieces } from './mail-pieces.js';
import { base64, quotedPrintable } from './mail-transfer.js';

/** A mail ready to be sent. */
export interface ComposedMail<Raw = Buffer> {
  readonly raw: Raw;
  /** The one address of its From field. */
  readonly from: MailAddress;
  /** A local part is not ASCII: the next hop must know SMTPUTF8 (RFC 6531). */
  readonly needsSmtpUtf8: boolean;
}

export interface Envelope {
  readonly from: MailAddress;
  readonly fromName?: string;
  readonly to: MailAddress;
  /** To and Cc, when it is not the one recipient alone. */
  readonly addressees?: Addressees;
  readonly subject: string;
  /** With angle brackets, already known to be valid. */
  readonly messageId: string;
  readonly inReplyTo?: string;
  readonly references: readonly string[];
  /** ms since the epoch. */
  readonly date: number;
  readonly gatewayDomain: string;
  /** As `Message.hops`. */
  readonly hops?: number;
  /** It goes to the mailbox of a chat user who is away. */
  readonly forwarded?: boolean;
  /** RFC 7259, as it is written. */
  readonly jabberId?: string;
  /** RFC 3834 §5; absent for what a person wrote. */
  readonly autoSubmitted?: 'auto-generated' | 'auto-replied';
}

/** A MIME entity (RFC 2045): its own fields, and its body with CRLF line ends, the last line ended too. */
export interface Part {
  readonly fields: string;
  readonly body: Buffer;
}

const SUBJECT_LIMIT = 300;
/** RFC 5322 §2.1.1. */
const LINE_LIMIT = 998;

/** The text as format=flowed; it reads back as exactly the same text (LF line ends). */
export function textPart(text: string): Part {
  return encodedPart('text/plain; charset=utf-8; format=flowed', flow(text));
}

/** @param text with CRLF line ends */
export function encodedPart(type: string, text: string): Part {
  const bytes = Buffer.from(text, 'utf8');
  const [encoding, body] = mostlyAscii(bytes) ? ['quoted-printable', quotedPrintable(bytes)] : ['base64', base64(bytes)];
  return { fields: field('Content-Type', type) + field('Content-Transfer-Encoding', encoding), body };
}

/** Quoted-printable takes three characters for each other byte, base64 four for three of any. */
function mostlyAscii(bytes: Buffer): boolean {
  let other = 0;
  // Not `of`: an iterator takes four times as long.
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte > 126 || byte === 61) other++;
  }
  return other * 6 < bytes.length;
}

/** @param text ASCII with CRLF line ends */
export function blockPart(type: string, text: string): Part {
  return { fields: field('Content-Type', type), body: Buffer.from(text, 'ascii') };
}

/** @param boundary must stand in no part: `=_` at its start is in no quoted-printable and no base64 text */
export function multipart(type: string, boundary: string, parts: readonly Part[]): Part {
  const pieces = parts.flatMap(({ fields, body }) => [Buffer.from(`--${boundary}\r\n${fields}\r\n`), body, Buffer.from('\r\n')]);
  return { fields: field('Content-Type', `${type}; boundary="${boundary}"`), body: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]) };
}

/** Writes the mail out. A permanent `bad-content` if a line came out longer than RFC 5322 allows. */
export function compose(envelope: Envelope, { fields, body }: Part): ComposedMail | Failure {
  const raw = Buffer.concat([Buffer.from(`${head(envelope)}MIME-Version: 1.0\r\n${fields}\r\n`, 'utf8'), body]);
  return longestLine(raw) > LINE_LIMIT ? tooLong() : composed(envelope, raw);
}

/**
 * As `compose`, with files behind the text.
 * @param boundary as for `multipart`
 */
export function composeWithFiles(envelope: Envelope, text: Part, files: readonly MailFile[], boundary: string): ComposedMail<MailPieces> | Failure {
  const raw = mixedPieces(`${head(envelope)}MIME-Version: 1.0\r\n`, text, files, boundary);
  return longestLine(raw.head) > LINE_LIMIT ? tooLong() : composed(envelope, raw);
}

function composed<Raw>({ from, to, addressees = NOBODY }: Envelope, raw: Raw): ComposedMail<Raw> {
  const all = [from, to, ...[...addressees.to, ...addressees.cc].map(({ address }) => address)];
  return { raw, from, needsSmtpUtf8: !all.every(({ local }) => isAscii(local)) };
}

function tooLong(): Failure {
  return Failure.permanent('bad-content', 'The message cannot be written as a mail.');
}

/** The fields that are about the whole mail. */
function head(envelope: Envelope): string {
  const { inReplyTo, references, jabberId, autoSubmitted } = envelope;
  return [
    field('From', mailbox(envelope.from, envelope.fromName)),
    peopleFields(envelope),
    field('Subject', textValue(envelope.subject, SUBJECT_LIMIT)),
    field('Date', dateValue(envelope.date)),
    field('Message-ID', envelope.messageId),
    inReplyTo === undefined ? '' : field('In-Reply-To', inReplyTo),
    references.length === 0 ? '' : field('References', references.join(' ')),
    field(LOOP_FIELD, loopValue(envelope.gatewayDomain, envelope.hops, envelope.forwarded)),
    jabberId === undefined ? '' : field('Jabber-ID', jabberId),
    autoSubmitted === undefined ? '' : field('Auto-Submitted', autoSubmitted),
  ].join('');
}

const NOBODY: Addressees = { to: [], cc: [] };

/** RFC 5322 §3.6.3: the same in every copy; who got a blind one stands in none. */
function peopleFields({ to, addressees }: Envelope): string {
  if (addressees === undefined) return field('To', mailbox(to));
  const copies = addressees.cc.length === 0 ? '' : field('Cc', mailboxes(addressees.cc));
  if (addressees.to.length > 0) return field('To', mailboxes(addressees.to)) + copies;
  return copies === '' ? field('To', 'undisclosed-recipients:;') : copies;
}

function mailboxes(people: readonly Addressee[]): string {
  return people.map(({ address, name }) => mailbox(address, name)).join(', ');
}

/** Without its line end. */
function longestLine(raw: Buffer): number {
  let longest = 0;
  let start = 0;
  for (let end = raw.indexOf(10); end !== -1; end = raw.indexOf(10, start)) {
    longest = Math.max(longest, end - start - 1);
    start = end + 1;
  }
  return Math.max(longest, raw.length - start);
}
