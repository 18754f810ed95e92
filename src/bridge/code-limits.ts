/**
 * How many codes are sent: nobody may use the gateway to flood a mailbox, or to spend its money on messages to phones. Counted in
 * memory, which is bounded by what is sent in all; a restart begins anew.
 */
import { formatJid, type Jid, type MailAddress, type PhoneNumber } from '../address.js';
import type { Clock } from '../clock.js';
import { Failure } from '../failure.js';
import { HOUR, type Bindable } from './bindable.js';

const DAY = 24 * HOUR;

export interface CodeLimit<T extends Bindable> {
  readonly most: number;
  /** ms. */
  readonly within: number;
  /** What is counted together. */
  readonly of: (user: Jid, address: T) => string;
  /** What who is over it is told. */
  readonly text: string;
}

interface Sent {
  readonly at: number;
  /** By limit. */
  readonly counted: readonly string[];
}

export class CodeLimits<T extends Bindable> {
  /** Oldest first. */
  private sent: Sent[] = [];
  private readonly longest: number;

  /** @param limits the first one that is reached is told */
  constructor(
    private readonly clock: Clock,
    private readonly limits: readonly CodeLimit<T>[],
  ) {
    this.longest = Math.max(...limits.map(({ within }) => within));
  }

  /** Counts one more; or a temporary failure that says when to come back, and counts nothing. @param user bare JID */
  take(user: Jid, address: T): Failure | undefined {
    const now = this.clock();
    this.sent = this.sent.filter(({ at }) => at > now - this.longest);
    const counted = this.limits.map(({ of }) => of(user, address));
    const reached = this.limits.find(({ most, within }, i) => this.sent.filter((one) => one.at > now - within && one.counted[i] === counted[i]).length >= most);
    if (reached !== undefined) return Failure.temporary('too-many', reached.text);
    this.sent.push({ at: now, counted });
    return undefined;
  }
}

/** Codes by mail. */
export const MAILED: readonly CodeLimit<MailAddress>[] = [
  { most: 200, within: HOUR, of: () => '', text: 'The gateway has mailed very many codes in the last hour. Please try again later.' },
  { most: 5, within: HOUR, of: formatJid, text: 'You have asked for 5 codes within an hour. Please try again later.' },
  { most: 3, within: DAY, of: (_, address) => mailboxOf(address), text: 'This mailbox has been sent its codes for today. Please try again tomorrow.' },
];

/**
 * Codes by SMS, which cost money: whoever earns by calls to numbers of his own ("SMS pumping") asks for codes to many numbers of one block,
 * in many names. @param mostInAll in a day
 */
export function bySms(mostInAll: number): readonly CodeLimit<PhoneNumber>[] {
  return [
    { most: mostInAll, within: DAY, of: () => '', text: 'The gateway has sent its codes to phones for today. Please try again tomorrow.' },
    { most: 3, within: DAY, of: formatJid, text: 'You have been sent 3 codes to phones within a day. Please try again tomorrow.' },
    { most: 3, within: DAY, of: (_, { digits }) => digits, text: 'This number has been sent its codes for today. Please try again tomorrow.' },
    { most: 6, within: DAY, of: (_, { digits }) => digits.slice(0, -BLOCK), text: 'Numbers like this one have been sent many codes today. Please try again tomorrow.' },
  ];
}

/** Last digits that differ within a block of numbers. */
const BLOCK = 3;

/** Spellings that many providers take for one mailbox count as one. */
function mailboxOf({ local, domain }: MailAddress): string {
  const [name = local] = local.toLowerCase().split('+');
  return `${name.replaceAll('.', '')}@${domain}`;
}
