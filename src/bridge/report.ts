/** The answer that every delivery ends in (promise 2), and the rules that keep an answer from being answered. */
import { formatAddress, type Address } from '../address.js';
import { Failure } from '../failure.js';
import { newMessageId, type Message, type Report } from '../message.js';
import type { NewMessage } from '../store/new-message.js';

export interface ReportFacts {
  readonly message: Message;
  readonly recipient: Address;
  readonly state: Report['state'];
  readonly failure?: Failure;
  /** When a delayed message will be given up; ms since the epoch. */
  readonly expiresAt?: number;
}

export interface ReportRules {
  readonly now: number;
  /** How long a report is tried, ms. */
  readonly lifetime: number;
  /** The gateway's domain: a report never goes to the gateway itself. */
  readonly domain: string;
}

/** When the sender of a waiting message hears of it; both in ms after acceptance. */
export interface Lifetimes {
  readonly warn: number;
  readonly expire: number;
}

/**
 * The report to the sender, or undefined when nobody may be told: RFC 3834 §2 (no answer to what is automatic), RFC
 * 5321 §6.1 (none to a null return path), and none by mail to a sender who may be forged (backscatter).
 */
export function reportFor(given: ReportFacts, rules: ReportRules): NewMessage | undefined {
  const facts = ofUser(given);
  const { message } = facts;
  const to = message.returnTo;
  if (to === undefined || !mayBeAnswered(message) || isOurs(to, rules.domain)) return undefined;
  if (facts.state === 'delivered' && !message.wantsReceipt) return undefined;
  return {
    message: {
      id: newMessageId(rules.now),
      source: 'gateway',
      sender: facts.recipient,
      origin: 'auto-replied',
      authenticity: 'verified',
      ids: {},
      text: wording(facts),
      attachments: [],
      acceptedAt: rules.now,
      wantsReceipt: false,
      report: content(facts),
    },
    deliveries: [
      {
        outlet: to.kind === 'jid' ? 'xmpp' : 'smtp',
        recipient: to,
        dueAt: rules.now,
        expiresAt: rules.now + rules.lifetime,
      },
    ],
  };
}

const NOT_FORWARDED = 'It could not be forwarded to the mailbox of this user, who is away.';

/** Of what was forwarded: the sender wrote to a chat user, whose mailbox is no business of his. */
function ofUser(facts: ReportFacts): ReportFacts {
  const { message: { forwardedFor }, failure } = facts;
  if (forwardedFor === undefined) return facts;
  const told = failure && Failure[failure.kind](failure.reason, NOT_FORWARDED, { status: failure.status });
  return { ...facts, recipient: forwardedFor, ...(told !== undefined && { failure: told }) };
}

function mayBeAnswered(message: Message): boolean {
  if (message.report !== undefined || message.origin !== 'person' || message.change?.kind === 'retraction') return false;
  return message.source === 'xmpp' || message.authenticity === 'verified';
}

function isOurs(address: Address, domain: string): boolean {
  return address.kind === 'mail' && address.domain === domain;
}

function content({ message, recipient, state, failure, expiresAt }: ReportFacts): Report {
  return {
    state,
    about: {
      id: message.id,
      ids: message.ids,
      acceptedAt: message.acceptedAt,
      ...(message.subject !== undefined && { subject: message.subject }),
      ...(message.addressedAs !== undefined && { addressedAs: message.addressedAs }),
      ...(message.envelopeId !== undefined && { envelopeId: message.envelopeId }),
      ...(message.cameBy !== undefined && { cameBy: formatAddress(message.cameBy) }),
    },
    recipient,
    ...(failure !== undefined && { failure: failure.toRecord() }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

function wording({ message, recipient, state, failure, expiresAt }: ReportFacts): string {
  const what = message.subject === undefined ? 'Your message' : `Your message "${message.subject}"`;
  const to = formatAddress(message.cameBy ?? recipient);
  if (state === 'delivered') return `${what} was delivered to ${to}.`;
  const why = failure === undefined ? '' : ` ${failure.text}${failure.remote === undefined ? '' : ` (${failure.remote})`}`;
  if (state === 'failed') return `${what} could not be delivered to ${to}.${why}`;
  const until = expiresAt === undefined ? '' : ` It will be tried until ${new Date(expiresAt).toUTCString()}.`;
  return `${what} to ${to} is delayed.${why}${until} You need not send it again.`;
}
