/**
 * What every mail that we write has in common. nodemailer's MimeNode writes it: values are handed over as structured
 * addresses and plain strings that were cleaned here, never `prepared`, and content only as bytes.
 */
import MimeNode, { type MimeNodeHeaderValue } from 'nodemailer/lib/mime-node';
import { formatMailAddress, type MailAddress } from '../address.js';
import { Failure } from '../failure.js';
import { flow } from './flowed.js';
import { LOOP_FIELD } from './mail-loop.js';
import { cutText, displayText, oneLine } from './mail-text.js';

/** A mail ready to be sent. */
export interface ComposedMail {
  readonly raw: Buffer;
  /** The one address of its From field. */
  readonly from: MailAddress;
  /** A local part is not ASCII: the next hop must know SMTPUTF8 (RFC 6531). */
  readonly needsSmtpUtf8: boolean;
}

export interface Envelope {
  readonly from: MailAddress;
  readonly fromName?: string;
  readonly to: MailAddress;
  readonly subject: string;
  /** With angle brackets, already known to be valid. */
  readonly messageId: string;
  readonly inReplyTo?: string;
  readonly references: readonly string[];
  /** ms since the epoch. */
  readonly date: number;
  readonly gatewayDomain: string;
}

const SAFE = { disableFileAccess: true, disableUrlAccess: true } as const;
const NAME_LIMIT = 100;
const SUBJECT_LIMIT = 300;
/** RFC 5322 §2.1.1. */
const LINE_LIMIT = 998;

/** An empty node; files and links can never be its content. */
export function newNode(contentType: string, headers: Readonly<Record<string, MimeNodeHeaderValue>> = {}): MimeNode {
  const node = new MimeNode(contentType, SAFE);
  for (const [name, value] of Object.entries(headers)) node.setHeader(name, value);
  return node;
}

/** Puts the header fields that every mail has on its root node. */
export function setEnvelope(node: MimeNode, envelope: Envelope): void {
  node.setHeader('From', mailbox(envelope.from, envelope.fromName));
  node.setHeader('To', mailbox(envelope.to));
  node.setHeader('Subject', displayText(envelope.subject, SUBJECT_LIMIT));
  node.setHeader('Date', new Date(envelope.date));
  node.setHeader('Message-ID', envelope.messageId);
  if (envelope.inReplyTo) node.setHeader('In-Reply-To', envelope.inReplyTo);
  if (envelope.references.length > 0) node.setHeader('References', envelope.references.join(' '));
  node.setHeader(LOOP_FIELD, envelope.gatewayDomain);
}

function mailbox(address: MailAddress, name = ''): { name: string; address: string } {
  return { name: displayName(name), address: formatMailAddress(address) };
}

/** A name that looks like an address would be read as one: it is left out. */
function displayName(name: string): string {
  const clean = displayText(name, NAME_LIMIT);
  return clean.includes('@') ? '' : clean;
}

/** An empty text/plain node, for `setText`. */
export function textNode(): MimeNode {
  return newNode('text/plain; charset=utf-8; format=flowed');
}

/** Makes the text a text node's content, as format=flowed; it reads back as exactly the same text (LF line ends). */
export function setText(node: MimeNode, text: string): MimeNode {
  const bytes = Buffer.from(flow(text), 'utf8');
  node.setHeader('Content-Transfer-Encoding', mostlyAscii(bytes) ? 'quoted-printable' : 'base64');
  node.setContent(bytes);
  return node;
}

/** Quoted-printable takes three characters for each other byte, base64 four for three of any. */
function mostlyAscii(bytes: Buffer): boolean {
  let other = 0;
  for (const byte of bytes) if (byte > 126 || byte === 61) other++;
  return other * 6 < bytes.length;
}

/** Writes the mail out. A permanent `bad-content` if a line came out longer than RFC 5322 allows. */
export async function compose(node: MimeNode, from: MailAddress, to: MailAddress): Promise<ComposedMail | Failure> {
  const raw = await node.build();
  if (longestLine(raw) > LINE_LIMIT) return Failure.permanent('bad-content', 'The message cannot be written as a mail.');
  return { raw, from, needsSmtpUtf8: !isAscii(from.local) || !isAscii(to.local) };
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

export function isAscii(text: string): boolean {
  return Buffer.byteLength(text, 'utf8') === text.length;
}

/** Fields of a header-like block are not folded, so they are kept this short, and shorter where they are encoded. */
const FIELD_LIMIT = 800;
const ENCODED_FIELD_LIMIT = 150;

/** The value of a field of a header-like block (RFC 3464 §2.1): one ASCII line, other characters as encoded words. */
export function fieldText(value: string): string {
  const line = oneLine(value);
  return isAscii(line) ? line.slice(0, FIELD_LIMIT) : MimeNode.encodeHeaderValue('X-Text', cutText(line, ENCODED_FIELD_LIMIT));
}
