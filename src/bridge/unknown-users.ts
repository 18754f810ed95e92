/**
 * Chat users whom the XMPP server has just refused. XMPP does not tell a component who exists (RFC 6121 §8.5.1 makes an
 * unknown user look like one who cannot be reached), so the first mail to an unknown user is accepted and bounced; the
 * next ones are put off at RCPT for a while, which costs nobody a DSN. For good they are refused only where the server
 * said that there is no such user.
 */
import { formatAddress, type Address } from '../address.js';
import type { Clock } from '../clock.js';
import { Failure, type Reason } from '../failure.js';

const REMEMBERED_MS = 10 * 60_000;
const MOST = 10_000;

const ANSWERS: Partial<Record<Reason, Failure>> = {
  'no-such-recipient': Failure.permanent('no-such-recipient', 'No such user here.'),
  'recipient-unavailable': Failure.temporary('recipient-unavailable', 'The user cannot be reached at the moment.'),
};

export class UnknownUsers {
  private readonly refused = new Map<string, { readonly until: number; readonly answer: Failure }>();

  constructor(private readonly clock: Clock) {}

  /** Notes why a message could not be delivered to this user; other reasons say nothing of the user. */
  note(user: Address, failure: Failure): void {
    const answer = failure.kind === 'permanent' ? ANSWERS[failure.reason] : undefined;
    if (user.kind !== 'jid' || answer === undefined) return;
    const key = formatAddress(user);
    this.refused.delete(key);
    this.refused.set(key, { until: this.clock() + REMEMBERED_MS, answer });
    const oldest = this.refused.keys().next();
    if (this.refused.size > MOST && !oldest.done) this.refused.delete(oldest.value);
  }

  /** It was not because of the user. */
  forget(user: Address): void {
    this.refused.delete(formatAddress(user));
  }

  /** What the next mail to this user is answered, undefined for welcome. */
  answerFor(user: Address): Failure | undefined {
    const known = this.refused.get(formatAddress(user));
    return known !== undefined && known.until > this.clock() ? known.answer : undefined;
  }
}
