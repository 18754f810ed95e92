/**
 * Whose a telephone number is (row D2): `+15551234567@GATEWAY` is the chat user who has shown that it is his. All are in memory, so
 * that RCPT is answered at once; each user has a few.
 */
import { formatBareJid, formatJid, formatPhoneNumber, parseJid, parseMailAddress, phoneNumberOf, type GatewayNames, type Jid, type MailAddress, type PhoneNumber } from '../address.js';
import { Failure, isFailure } from '../failure.js';
import type { BindingStore } from '../store/bindings.js';
import { Buckets } from '../buckets.js';
import { NO_NUMBER } from './policy.js';

const HOUR = 3_600_000;
const TOO_MANY = Failure.temporary('limited', 'You have tried too many phone numbers that nobody here has. Please try again later.');

export interface NumberParts {
  readonly store: Pick<BindingStore, 'boundNumbers'>;
  readonly gateway: GatewayNames;
  /** Goes on evenly, ms. */
  readonly running: () => number;
}

export class Numbers {
  /** Bare JIDs, by number with its plus. */
  private readonly owners = new Map<string, string>();
  /** By chat user: numbers that nobody has. Who reads out all numbers of a town to learn who is here is stopped. */
  private readonly missed = new Buckets([{ most: 20, per: HOUR }, { most: 50, per: 24 * HOUR }]);

  constructor(private readonly parts: NumberParts) {}

  /** Before anything is handed in. Rejects as the store does. */
  async load(): Promise<void> {
    for (const { address, user } of await this.parts.store.boundNumbers()) this.owners.set(address, user);
  }

  /** Bare JID. */
  userOf(number: PhoneNumber): Jid | undefined {
    const owner = this.owners.get(formatPhoneNumber(number));
    const user = owner === undefined ? undefined : parseJid(owner);
    if (isFailure(user)) throw new Error(`stored user is no JID: ${owner}`);
    return user;
  }

  /**
   * Whom a chat user writes to by a number; a permanent `no-such-recipient`. Who has tried too many is put off whatever he names, so that
   * the answer tells him nothing. @param from full or bare JID
   */
  soughtBy(from: Jid, number: PhoneNumber): Jid | Failure {
    const [who, now] = [formatBareJid(from), this.parts.running()];
    if (this.missed.wait(who, 1, now) > 0) return TOO_MANY;
    const user = this.userOf(number);
    if (user === undefined) this.missed.take(who, 1, now);
    return user ?? NO_NUMBER;
  }

  /** The address by number, if this user may write by it. @param user full or bare JID. @param written a mail address */
  usable(user: Jid, written: string | undefined): MailAddress | undefined {
    const address = written === undefined ? undefined : parseMailAddress(written);
    const number = address === undefined || isFailure(address) ? undefined : phoneNumberOf(address, this.parts.gateway);
    const isHis = number !== undefined && this.owners.get(formatPhoneNumber(number)) === formatBareJid(user);
    return isHis && address !== undefined && !isFailure(address) ? address : undefined;
  }

  /** @param number as `formatPhoneNumber` wrote it. @param user bare JID */
  bound(number: string, user: Jid): void {
    this.owners.set(number, formatJid(user));
  }

  /** @param user bare JID: it may be another's by now */
  unbound(user: Jid, number: PhoneNumber): void {
    const name = formatPhoneNumber(number);
    if (this.owners.get(name) === formatJid(user)) this.owners.delete(name);
  }

  /** @param user bare JID */
  forget(user: Jid): void {
    const name = formatJid(user);
    for (const [number, owner] of this.owners) if (owner === name) this.owners.delete(number);
  }
}
