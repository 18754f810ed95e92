/** The one table from our failures to SMTP replies (RFC 5321 §4.2.3, RFC 3463 in the text). */
import type { Failure, Reason } from '../failure.js';

export interface Reply {
  readonly code: number;
  /** Begins with the RFC 3463 status; one line. */
  readonly text: string;
}

const CODE: Record<Reason, { readonly temporary: number; readonly permanent: number }> = {
  'no-such-recipient': { temporary: 450, permanent: 550 },
  'no-such-domain': { temporary: 450, permanent: 550 },
  'bad-address': { temporary: 450, permanent: 553 },
  'not-allowed': { temporary: 450, permanent: 550 },
  'forged-sender': { temporary: 451, permanent: 550 },
  'bad-content': { temporary: 451, permanent: 550 },
  'bad-line-ending': { temporary: 451, permanent: 554 },
  encrypted: { temporary: 451, permanent: 554 },
  'too-large': { temporary: 452, permanent: 552 },
  'too-many': { temporary: 452, permanent: 554 },
  loop: { temporary: 451, permanent: 554 },
  'recipient-unavailable': { temporary: 450, permanent: 550 },
  'mailbox-full': { temporary: 452, permanent: 552 },
  'remote-refused': { temporary: 451, permanent: 554 },
  'remote-unreachable': { temporary: 451, permanent: 554 },
  'verification-unavailable': { temporary: 451, permanent: 554 },
  expired: { temporary: 451, permanent: 554 },
  overloaded: { temporary: 451, permanent: 554 },
  greylisted: { temporary: 451, permanent: 550 },
  spam: { temporary: 451, permanent: 550 },
  limited: { temporary: 450, permanent: 550 },
  storage: { temporary: 452, permanent: 554 },
  'not-supported': { temporary: 451, permanent: 555 },
};

/** The failure as the client hears it. */
export function replyTo(failure: Failure): Reply {
  return { code: CODE[failure.reason][failure.kind], text: `${failure.status} ${failure.text}` };
}

/** A reply as smtp-server's handlers want it. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
  readonly responseCode: number;

  constructor(readonly failure: Failure) {
    const { code, text } = replyTo(failure);
    super(text);
    this.responseCode = code;
  }
}
