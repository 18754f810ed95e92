/**
 * How many codes are sent: nobody may use the gateway to flood a mailbox, or to spend its money on messages to phones. Counted in the store before
 * each goes, and in memory, which is bounded by what is sent in all: neither a restart nor leaving the gateway begins anew.
 */
import { createHmac } from 'node:crypto';
import { formatJid, type Jid, type MailAddress, type PhoneNumber } from '../address.js';
import type { Clock } from '../clock.js';
import { Failure } from '../failure.js';
import type { CodeSent, CodesSent } from '../store/codes-sent.js';
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

export interface CodeLimitParts {
  readonly kind: Bindable['kind'];
  readonly clock: Clock;
  readonly codes: CodesSent;
  /** Keys the hashes that are kept. */
  readonly key: () => Promise<Uint8Array>;
}

export class CodeLimits<T extends Bindable> {
  private kept: Promise<readonly CodeSent[]> | undefined;
  /** Oldest first. */
  private sent: CodeSent[] = [];
  private readonly longest: number;

  /** @param limits the first one that is reached is told */
  constructor(
    private readonly parts: CodeLimitParts,
    private readonly limits: readonly CodeLimit<T>[],
  ) {
    this.longest = Math.max(...limits.map(({ within }) => within));
  }

  /**
   * Counts one more; or a temporary failure that says when to come back, and counts nothing. Rejects as the store does.
   * @param user bare JID
   */
  async take(user: Jid, address: T): Promise<Failure | undefined> {
    const { kind, clock, codes } = this.parts;
    const key = await this.parts.key();
    await this.load();
    const now = clock();
    this.sent = this.sent.filter(({ at }) => at > now - this.longest);
    const counted = this.limits.map(({ of }, i) => hashOf(`${kind} ${i} ${of(user, address)}`, key));
    const reached = this.limits.find(({ most, within }, i) => this.sent.filter((one) => one.at > now - within && one.counted[i] === counted[i]).length >= most);
    if (reached !== undefined) return Failure.temporary('too-many', reached.text);
    const sent = { kind, at: now, counted };
    this.sent.push(sent);
    await codes.codeSent(sent);
  }

  /** Once; what cannot be read now is read the next time, and no code goes until then. */
  private async load(): Promise<void> {
    const { kind, clock, codes } = this.parts;
    if (this.kept === undefined) {
      const kept = (this.kept = codes.codesSentSince(kind, clock() - this.longest));
      kept.then(
        (rows) => (this.sent = [...rows]),
        () => (this.kept = undefined),
      );
    }
    await this.kept;
  }
}

/** Of 64 bits: two that are taken for one by chance cost somebody a code. */
function hashOf(text: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(text).digest('base64url').slice(0, 11);
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
