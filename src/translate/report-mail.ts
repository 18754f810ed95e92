/** A report to a mail sender: a delivery status notification (RFC 3464 in RFC 6522), answered never (RFC 3834). */
import { formatAddress, formatMailAddress, mailOfUser, parseMailAddress, type Address, type GatewayNames, type MailAddress } from '../address.js';
import { Failure, isFailure } from '../failure.js';
import type { Delivery, Report } from '../message.js';
import { blockPart, compose, multipart, textPart, type ComposedMail, type Envelope, type Part } from './mail-compose.js';
import { blockValue, dateValue, field, isAscii, textValue } from './mail-fields.js';
import { isMessageId } from './mail-ids.js';
import { bareSubject } from './mail-subject.js';
import { messageIdOf } from './to-mail.js';

type Field = readonly [name: string, value: string | undefined];

const SUBJECTS: Record<Report['state'], string> = { failed: 'Not delivered', delayed: 'Delayed', delivered: 'Delivered' };
const STATUS: Record<Report['state'], string> = { failed: '5.0.0', delayed: '4.0.0', delivered: '2.0.0' };
/** Of the reported mail's subject. */
const SUBJECT_LIMIT = 300;

/**
 * The DSN for a delivery whose message is a report. Its envelope sender must be null (RFC 3464 §2): the caller's part.
 * Failures: permanent `bad-content` when the message is no report, `bad-address` when the recipient is no mail address.
 */
export function toReportMail(delivery: Delivery, options: { gateway: GatewayNames; now: number }): ComposedMail | Failure {
  const { message, recipient } = delivery;
  const { report } = message;
  if (report === undefined) return Failure.permanent('bad-content', 'The message is no report.');
  if (recipient.kind !== 'mail') return Failure.permanent('bad-address', 'A report goes to a mail address.');
  const from: MailAddress = { kind: 'mail', local: 'postmaster', domain: options.gateway.domain };
  const about = aboutId(report);
  const envelope: Envelope = {
    from,
    fromName: 'Mail Delivery System',
    to: recipient,
    subject: subjectFor(report),
    messageId: messageIdOf(message, options.gateway.domain),
    ...(about === undefined ? {} : { inReplyTo: about }),
    references: about === undefined ? [] : [about],
    date: options.now,
    gatewayDomain: options.gateway.domain,
    autoSubmitted: 'auto-replied',
  };
  const parts = [textPart(message.text), statusPart(report, options.gateway), originalPart(report)];
  return compose(envelope, multipart('multipart/report; report-type=delivery-status', `=_${message.id}`, parts));
}

function aboutId(report: Report): string | undefined {
  const id = report.about.ids.mail;
  return id !== undefined && isMessageId(id) ? id : undefined;
}

function subjectFor(report: Report): string {
  const subject = bareSubject(report.about.subject ?? '');
  return subject === '' ? SUBJECTS[report.state] : `${SUBJECTS[report.state]}: ${subject}`;
}

/** RFC 3464 §2.2 and §2.3. */
function statusPart(report: Report, gateway: GatewayNames): Part {
  const perMessage: Field[] = [
    ['Reporting-MTA', `dns; ${gateway.domain}`],
    ['Original-Envelope-Id', report.about.envelopeId],
    ['Arrival-Date', dateValue(report.about.acceptedAt)],
  ];
  const perRecipient: Field[] = [
    ['Final-Recipient', typedAddress(writtenTo(report), gateway)],
    ['Action', report.state],
    ['Status', report.failure?.status ?? STATUS[report.state]],
    ['Diagnostic-Code', diagnostic(report)],
    ['Will-Retry-Until', report.state === 'delayed' && report.expiresAt !== undefined ? dateValue(report.expiresAt) : undefined],
  ];
  return blockPart('message/delivery-status', [perMessage, perRecipient].map(blockText).join('\r\n'));
}

function writtenTo({ about, recipient }: Report): Address {
  const alias = about.cameBy === undefined ? recipient : parseMailAddress(about.cameBy);
  return isFailure(alias) ? recipient : alias;
}

/** The address the mail was sent to: a chat user is named by the mail address it has here. */
function typedAddress(recipient: Address, gateway: GatewayNames): string {
  const address = recipient.kind === 'mail' ? recipient : mailOfUser(recipient, gateway);
  if (isFailure(address)) return `x-xmpp; ${formatAddress(recipient)}`;
  const text = formatMailAddress(address);
  return isAscii(text) ? `rfc822; ${text}` : `utf-8; ${text.replace(/[^\x21-\x7e]|[\\+=]/gu, escapeAddress)}`;
}

/** RFC 6533 §3, utf-8-addr-xtext: the form that needs no SMTPUTF8. */
function escapeAddress(character: string): string {
  return `\\x{${character.codePointAt(0)?.toString(16).toUpperCase() ?? ''}}`;
}

/** The other server's own words where there are any; they came by XMPP, so the type is not `smtp`. */
function diagnostic(report: Report): string | undefined {
  const words = report.failure?.remote ?? report.failure?.text;
  return words === undefined ? undefined : `x-xmpp; ${words}`;
}

/** What is known of the mail's own header: enough for its sender's program to find it. */
function originalPart(report: Report): Part {
  const id = aboutId(report);
  const subject = textValue(report.about.subject ?? '', SUBJECT_LIMIT);
  return blockPart('text/rfc822-headers', (id === undefined ? '' : field('Message-ID', id)) + (subject === '' ? '' : field('Subject', subject)));
}

/** One group of fields; each value is one ASCII line of bounded length. */
function blockText(fields: readonly Field[]): string {
  return fields.map(([name, value]) => (value === undefined ? '' : `${name}: ${blockValue(value)}\r\n`)).join('');
}
