/** What chat users show to be theirs by a code that is sent there: how each kind is called and typed, and where its codes go. */
import { formatMailAddress, formatPhoneNumber, type Jid } from '../address.js';
import type { Failure } from '../failure.js';
import type { Bindable } from '../store/bindings.js';
import type { NewMessage } from '../store/new-message.js';

export type { Bindable };

export const HOUR = 3_600_000;
/** How long a code is good, ms, and for how many tries. */
export const EXPIRES = HOUR;
export const TRIES = 5;

export interface Means<T extends Bindable = Bindable> {
  readonly kind: T['kind'];
  /** Of one user, those that are not verified yet too. */
  readonly most: number;
  parse(typed: string): T | Failure;
  /** Why none of ours may be bound, if so; else counts one more code. Rejects as the store does. @param user bare JID */
  admit(user: Jid, address: T): Promise<Failure | undefined>;
  /** What carries the code there. @param now ms since the epoch */
  carrier(address: T, user: Jid, code: string, now: number): NewMessage;
  /** It is the user's no more. */
  removed?(user: Jid, address: T): void;
}

interface Words {
  readonly noun: string;
  readonly plural: string;
  /** How one is asked for. */
  readonly command: string;
  /** What somebody else has shown who has it now. */
  readonly shown: string;
}

export const WORDS: Readonly<Record<Bindable['kind'], Words>> = {
  mail: { noun: 'mailbox', plural: 'mailboxes', command: 'mailbox ADDRESS', shown: 'he reads it' },
  phone: { noun: 'phone number', plural: 'phone numbers', command: 'phone NUMBER', shown: 'it is his' },
};

export function formatBindable(address: Bindable): string {
  return address.kind === 'mail' ? formatMailAddress(address) : formatPhoneNumber(address);
}
