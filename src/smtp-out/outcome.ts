/**
 * What a fault on the wire means for the delivery: one table for statuses, one for bare codes. A 5xx fails at once only
 * where the server judged this message or its recipient; what it says about our link to it never does.
 */
import type { Outcome } from '../edge.js';
import { Failure, type FailureDetail, type Reason } from '../failure.js';
import type { SmtpFault, Stage } from './fault.js';
import type { Reply } from './reply.js';

/** RFC 3463 subject and detail, or a subject alone for the rest of it. */
const BY_STATUS: Record<string, Reason> = {
  '1.2': 'no-such-domain',
  '1.3': 'bad-address',
  '1.7': 'remote-refused',
  '1.8': 'remote-refused',
  '1.10': 'no-such-domain',
  '1': 'no-such-recipient',
  '2.3': 'too-large',
  '2': 'recipient-unavailable',
  '3.1': 'overloaded',
  '3.2': 'overloaded',
  '3.4': 'too-large',
  '4.4': 'no-such-domain',
  '4.6': 'loop',
  '4': 'remote-unreachable',
  '6.7': 'not-supported',
  '6': 'bad-content',
};

/** RFC 5321 §4.2.3, for servers that give no status. */
const BY_CODE: Record<number, Reason> = {
  450: 'recipient-unavailable',
  452: 'overloaded',
  551: 'no-such-recipient',
  552: 'too-large',
  553: 'bad-address',
};

const TEXTS: Partial<Record<Reason, string>> = {
  'no-such-recipient': 'There is no such mail address.',
  'no-such-domain': 'The domain of this mail address takes no mail.',
  'bad-address': 'The mail server does not understand this address.',
  'recipient-unavailable': 'This mailbox takes no mail at present.',
  'too-large': 'The message is too large for the mail server.',
  'bad-content': 'The mail server refused the content of the message.',
  'not-supported': 'The mail server cannot take this message.',
  'remote-unreachable': 'The mail server cannot be reached at present.',
  overloaded: 'The mail server has no room at present.',
  loop: 'The mail went round in a circle.',
};
const REFUSED = 'The mail server refused the message.';

/** Steps that are about our link to the relay: its administrator mends them, and the message waits. */
const OURS: ReadonlySet<Stage> = new Set<Stage>(['connect', 'greeting', 'hello', 'tls', 'login']);

/**
 * Codes that are about our link at any step: the server closes it (421), unknown command or wrong order (500, 502, 503),
 * and a login or TLS that the server misses (RFC 4954 §6).
 */
const OUR_CODES: ReadonlySet<number> = new Set([421, 500, 502, 503, 530, 534, 535, 538]);

/** True when the relay, not the message, is the trouble. */
export function isLinkFault(fault: SmtpFault): boolean {
  return OURS.has(fault.stage) || fault.reply === undefined || OUR_CODES.has(fault.reply.code);
}

/** A fault's end for the delivery it met. Pure. */
export function outcomeOf(fault: SmtpFault): Outcome {
  const { reply } = fault;
  if (reply === undefined || isLinkFault(fault)) return { state: 'deferred', failure: linkFailure(fault) };
  const detail = detailOf(reply, fault);
  const reason = reasonOf(reply, fault.stage);
  const text = TEXTS[reason] ?? REFUSED;
  if (reply.code < 500) return { state: 'deferred', failure: Failure.temporary(reason, text, detail) };
  return { state: 'failed', failure: Failure.permanent(reason, text, detail) };
}

/**
 * Network trouble is 4.4.1 or 4.4.2; a relay that will not have us at all is 4.3.5 (RFC 3463 §3.4, §3.5). What the relay
 * says about our session is for the log, not for a sender.
 */
function linkFailure(fault: SmtpFault): Failure {
  const { reply, begun } = fault;
  if (reply === undefined) {
    return Failure.temporary('remote-unreachable', 'The mail relay cannot be reached at present.', { status: begun ? '4.4.2' : '4.4.1', cause: fault });
  }
  const status = reply.code < 500 ? (reply.status ?? '4.4.1') : '4.3.5';
  return Failure.temporary('remote-unreachable', 'The mail relay cannot be used at present.', { status, cause: fault });
}

function detailOf(reply: Reply, cause: SmtpFault): FailureDetail {
  return reply.status === undefined ? { remote: reply.words, cause } : { status: reply.status, remote: reply.words, cause };
}

/** The more exact word wins: the status, else its subject, else the code. */
function reasonOf(reply: Reply, stage: Stage): Reason {
  const [, subject = '', detail = ''] = (reply.status ?? '').split('.');
  const byStatus = BY_STATUS[`${subject}.${detail}`] ?? BY_STATUS[subject];
  if (byStatus !== undefined) return byStatus;
  if (reply.status === undefined && reply.code === 550 && stage === 'recipient') return 'recipient-unavailable';
  return reply.status === undefined || subject === '0' ? (BY_CODE[reply.code] ?? 'remote-refused') : 'remote-refused';
}
