/**
 * How many codes are mailed: nobody may use the gateway to flood a mailbox. Counted in memory, which is bounded by what is mailed in
 * all; a restart begins anew.
 */
import { formatJid, type Jid, type MailAddress } from '../address.js';
import type { Clock } from '../clock.js';
import { Failure } from '../failure.js';

const HOUR = 3_600_000;
/** All within their time, ms. */
const LIMITS = { user: { most: 5, within: HOUR }, address: { most: 3, within: 24 * HOUR }, all: { most: 200, within: HOUR } };
const LONGEST = 24 * HOUR;

interface Mailed {
  readonly at: number;
  readonly user: string;
  readonly mailbox: string;
}

export class CodeLimits {
  /** Oldest first. */
  private mailed: Mailed[] = [];

  constructor(private readonly clock: Clock) {}

  /** Counts one more; or a temporary failure that says when to come back, and counts nothing. @param user bare JID */
  take(user: Jid, address: MailAddress): Failure | undefined {
    const now = this.clock();
    this.mailed = this.mailed.filter(({ at }) => at > now - LONGEST);
    const one = { at: now, user: formatJid(user), mailbox: mailboxOf(address) };
    const since = (within: number): readonly Mailed[] => this.mailed.filter(({ at }) => at > now - within);
    if (since(LIMITS.all.within).length >= LIMITS.all.most) return tooMany('The gateway has mailed very many codes in the last hour. Please try again later.');
    if (since(LIMITS.user.within).filter((other) => other.user === one.user).length >= LIMITS.user.most) return tooMany(`You have asked for ${LIMITS.user.most} codes within an hour. Please try again later.`);
    if (since(LIMITS.address.within).filter((other) => other.mailbox === one.mailbox).length >= LIMITS.address.most) return tooMany('This mailbox has been sent its codes for today. Please try again tomorrow.');
    this.mailed.push(one);
    return undefined;
  }
}

function tooMany(text: string): Failure {
  return Failure.temporary('too-many', text);
}

/** Spellings that many providers take for one mailbox count as one. */
function mailboxOf({ local, domain }: MailAddress): string {
  const [name = local] = local.toLowerCase().split('+');
  return `${name.replaceAll('.', '')}@${domain}`;
}
