/** Failures as stanza errors (RFC 6120 §8.3) and back: one table each way. */
import xml, { type Element } from '@xmpp/xml';
import { Failure, type FailureRecord, type Reason } from '../failure.js';
import { own } from '../own.js';
import { displayText } from './mail-text.js';
import { NS } from './stanza-names.js';
import { cleanText } from './xml-text.js';

export type ErrorType = 'auth' | 'cancel' | 'modify' | 'wait';

/** What an `<error/>` says. */
export interface StanzaError {
  readonly type: ErrorType;
  /** A defined condition of RFC 6120 §8.3.3. */
  readonly condition: string;
  /** Our sentence, and the other server's words. */
  readonly text: string;
}

/** Condition, and type of a permanent failure: what the user could do about it. A temporary one is always `wait`. */
const CONDITIONS: Readonly<Record<Reason, readonly [condition: string, type: Exclude<ErrorType, 'wait'>]>> = {
  'no-such-recipient': ['item-not-found', 'cancel'],
  'no-such-domain': ['remote-server-not-found', 'cancel'],
  'bad-address': ['jid-malformed', 'modify'],
  'not-allowed': ['forbidden', 'auth'],
  'forged-sender': ['forbidden', 'auth'],
  'bad-content': ['not-acceptable', 'modify'],
  'bad-line-ending': ['not-acceptable', 'modify'],
  encrypted: ['not-acceptable', 'modify'],
  'too-large': ['policy-violation', 'modify'],
  'too-many': ['resource-constraint', 'modify'],
  loop: ['policy-violation', 'cancel'],
  'recipient-unavailable': ['service-unavailable', 'cancel'],
  'mailbox-full': ['resource-constraint', 'cancel'],
  'remote-refused': ['not-acceptable', 'cancel'],
  'remote-unreachable': ['remote-server-timeout', 'cancel'],
  'verification-unavailable': ['remote-server-timeout', 'cancel'],
  expired: ['remote-server-timeout', 'cancel'],
  overloaded: ['resource-constraint', 'cancel'],
  greylisted: ['policy-violation', 'cancel'],
  spam: ['policy-violation', 'cancel'],
  limited: ['policy-violation', 'modify'],
  storage: ['internal-server-error', 'cancel'],
  'not-supported': ['feature-not-implemented', 'cancel'],
};

/** The stanza error for a failure: condition, type, and a text that also holds the other server's own words. */
export function errorCondition(failure: Failure | FailureRecord): StanzaError {
  const [condition, type] = CONDITIONS[failure.reason];
  const words = failure.remote === undefined ? failure.text : `${failure.text} (${failure.remote})`;
  return { type: failure.kind === 'temporary' ? 'wait' : type, condition, text: cleanText(words) };
}

/** The `<error/>` child for a failure. */
export function failureElement(failure: Failure | FailureRecord): Element {
  const { type, condition, text } = errorCondition(failure);
  return xml('error', { type }, xml(condition, { xmlns: NS.stanzas }), xml('text', { xmlns: NS.stanzas, 'xml:lang': 'en' }, text));
}

/** What each condition of a server's or client's error means to us. Others: `remote-refused`. */
const REASONS: Readonly<Record<string, Reason>> = {
  'bad-request': 'bad-content',
  'feature-not-implemented': 'not-supported',
  forbidden: 'not-allowed',
  gone: 'no-such-recipient',
  'item-not-found': 'no-such-recipient',
  'jid-malformed': 'bad-address',
  'not-allowed': 'not-allowed',
  'not-authorized': 'not-allowed',
  'policy-violation': 'not-allowed',
  'recipient-unavailable': 'recipient-unavailable',
  redirect: 'no-such-recipient',
  'registration-required': 'not-allowed',
  'remote-server-not-found': 'no-such-domain',
  'remote-server-timeout': 'remote-unreachable',
  'resource-constraint': 'overloaded',
  'service-unavailable': 'recipient-unavailable',
  'subscription-required': 'not-allowed',
};

const SENTENCE = 'The message could not be delivered to the chat user.';
const LONGEST_REMOTE = 500;

/** The failure that an error stanza tells of; type `wait` is temporary, every other permanent. */
export function failureOfError(stanza: Element): Failure {
  const error = stanza.getChild('error');
  const children = error?.getChildElements().filter((child) => child.getNS() === NS.stanzas) ?? [];
  const condition = children.find((child) => child.getName() !== 'text')?.getName() ?? 'undefined-condition';
  const said = children.find((child) => child.getName() === 'text')?.getText() ?? '';
  const remote = displayText(cleanText(said), LONGEST_REMOTE);
  const reason = own(REASONS, condition) ?? 'remote-refused';
  const detail = { remote: remote === '' ? condition : `${condition}: ${remote}` };
  return error?.attrs.type === 'wait' ? Failure.temporary(reason, SENTENCE, detail) : Failure.permanent(reason, SENTENCE, detail);
}
