/**
 * Why something could not be done, as a value. Borders return a `Failure`; exceptions are for bugs.
 *
 * A `Reason` is neutral: each edge has one table that maps it to its own protocol's answer (an SMTP reply, a stanza
 * error condition). `status` of the table below is the RFC 3463 enhanced status that a DSN carries.
 */
export type Reason =
  | 'no-such-recipient'
  | 'no-such-domain'
  | 'bad-address'
  | 'not-allowed'
  | 'forged-sender'
  | 'bad-content'
  | 'bad-line-ending'
  | 'encrypted'
  | 'too-large'
  | 'too-many'
  | 'loop'
  | 'recipient-unavailable'
  | 'mailbox-full'
  | 'remote-refused'
  | 'remote-unreachable'
  | 'verification-unavailable'
  | 'expired'
  | 'overloaded'
  | 'limited'
  | 'greylisted'
  | 'spam'
  | 'storage'
  | 'not-supported';

/** Subject and detail of the RFC 3463 status; its class (4 or 5) follows from the failure's kind. */
const STATUS: Record<Reason, string> = {
  'no-such-recipient': '1.1',
  'no-such-domain': '1.2',
  'bad-address': '1.3',
  'not-allowed': '7.1',
  'forged-sender': '7.1',
  'bad-content': '6.0',
  'bad-line-ending': '6.11',
  encrypted: '6.1',
  'too-large': '3.4',
  'too-many': '5.3',
  loop: '4.6',
  'recipient-unavailable': '2.1',
  'mailbox-full': '2.2',
  'remote-refused': '0.0',
  'remote-unreachable': '4.1',
  'verification-unavailable': '7.0',
  expired: '4.7',
  overloaded: '3.2',
  limited: '7.1',
  greylisted: '7.1',
  spam: '7.1',
  storage: '3.1',
  'not-supported': '6.7',
};

export type FailureKind = 'temporary' | 'permanent';

/** What may be added to a failure beside its reason and text. */
export interface FailureDetail {
  /** RFC 3463 status the other server gave, if it gave one: it is more exact than ours. */
  readonly status?: string;
  /** The other server's own words, one line, without control characters; shown to the sender. */
  readonly remote?: string;
  /** Private: for the log only, never shown to a sender. */
  readonly cause?: unknown;
}

/** A failure as stored: plain data, without the private cause. */
export interface FailureRecord {
  readonly kind: FailureKind;
  readonly reason: Reason;
  readonly text: string;
  readonly status: string;
  readonly remote?: string;
}

export class Failure {
  private constructor(
    readonly kind: FailureKind,
    readonly reason: Reason,
    /** One sentence for the sender. */
    readonly text: string,
    private readonly detail: FailureDetail,
  ) {}

  /** May succeed later: the edge answers 4xx or `wait`, the queue tries again. */
  static temporary(reason: Reason, text: string, detail: FailureDetail = {}): Failure {
    return new Failure('temporary', reason, text, detail);
  }

  /** Will not succeed: the edge answers 5xx or `cancel`, the sender is told. */
  static permanent(reason: Reason, text: string, detail: FailureDetail = {}): Failure {
    return new Failure('permanent', reason, text, detail);
  }

  static fromRecord(record: FailureRecord): Failure {
    const { status, remote } = record;
    return new Failure(record.kind, record.reason, record.text, remote === undefined ? { status } : { status, remote });
  }

  /** RFC 3463 §2 enhanced status code, three parts. */
  get status(): string {
    return this.detail.status ?? `${this.kind === 'temporary' ? '4' : '5'}.${STATUS[this.reason]}`;
  }

  get remote(): string | undefined {
    return this.detail.remote;
  }

  get cause(): unknown {
    return this.detail.cause;
  }

  toRecord(): FailureRecord {
    const record = { kind: this.kind, reason: this.reason, text: this.text, status: this.status };
    return this.remote === undefined ? record : { ...record, remote: this.remote };
  }
}

/** Narrows `T | Failure`, the return type of every border function. */
export function isFailure(value: unknown): value is Failure {
  return value instanceof Failure;
}
