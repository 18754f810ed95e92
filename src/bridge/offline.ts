/**
 * What becomes of a message to a chat user who may be away (rows A3, E1 to E4): it goes now, is held until he is back, goes to his
 * mailbox, or is refused. What is decided when it comes is looked at again when it is tried.
 */
import { formatBareJid, type Address, type Jid } from '../address.js';
import type { Clock } from '../clock.js';
import { Failure } from '../failure.js';
import type { Delivery, Message } from '../message.js';
import type { Standing } from '../presence/whereabouts.js';
import type { Keeping } from '../store/lanes.js';
import type { NewDelivery } from '../store/new-message.js';
import type { Store } from '../store/store.js';
import type { Forwarding } from './forward.js';
import { KEEP, OFFLINE, QUIET, type OfflinePolicy } from './offline-settings.js';
import type { Preferences } from './preferences.js';
import { isQuiet } from './quiet-hours.js';
import type { Way } from './way.js';

export interface OfflineParts {
  readonly standing: (user: Jid) => Standing;
  readonly preferences: Preferences;
  readonly holds: Pick<Store['holds'], 'count'>;
  /** Something may be held for this user: nobody else costs a look at the store. @param user bare JID */
  readonly isWaitedFor: (user: string) => boolean;
  /** How much may be held for one user. */
  readonly quota: number;
  readonly clock: Clock;
  readonly forwarding: Pick<Forwarding, 'forward' | 'onRequest'>;
}

/** What is decided without a look at the store; `mailbox`: depends on whether the user has one. */
type Verdict = 'now' | 'hold' | 'mailbox' | 'refuse';

/** What a look at somebody saw for whom something is held, and who is not home. */
export interface Seen {
  /** It may go another way. */
  readonly free: boolean;
  readonly policy: OfflinePolicy;
  /** Since when nobody has told us of him, ms since the epoch. */
  readonly unknownSince?: number;
}

/** How long somebody may be unknown for whom something is held: after a start everybody is, until the XMPP server has told. */
const UNKNOWN_MS = 10 * 60_000;
/** Of his own will: no sign that there is no such user. */
export const REFUSED = Failure.permanent('recipient-unavailable', 'This user is offline, and takes no messages then.');
export const FULL = Failure.temporary('mailbox-full', 'Too many messages wait for this user, who is away.');
const DAY = 86_400_000;

export class Offline {
  constructor(private readonly parts: OfflineParts) {}

  /** Before a try. Rejects as the store does. */
  wayOf(delivery: Delivery): Way | Promise<Way> {
    const { message, recipient } = delivery;
    if (recipient.kind !== 'jid') return 'now';
    if (message.asMail === true) return this.parts.forwarding.onRequest(delivery);
    switch (this.verdict(message, recipient)) {
      case 'now':
        return 'now';
      case 'hold':
        return this.held(recipient);
      case 'refuse':
        return { state: 'failed', failure: REFUSED };
      case 'mailbox':
        return this.toMailbox(delivery, recipient);
    }
  }

  /** What a new delivery to this recipient is stored with: held from the start where that is known already. */
  atAccept(message: Message, recipient: Address): Partial<NewDelivery> {
    if (recipient.kind !== 'jid' || message.asMail === true) return {};
    const quota = message.report === undefined ? { quota: this.parts.quota } : {};
    if (this.verdict(message, recipient) !== 'hold') return this.parts.isWaitedFor(formatBareJid(recipient)) ? quota : {};
    const now = this.parts.clock();
    const { keep, warn } = this.keeping(recipient);
    return { hold: 'away', ...quota, warnAt: now + warn, expiresAt: now + keep };
  }

  /** What is answered at RCPT when nothing more may come, or too much waits; undefined, at once for most, otherwise. Rejects as the store does. */
  refusal(user: Jid): Promise<Failure | undefined> | undefined {
    if (this.policyOf(user) === 'refuse' && this.parts.standing(user) === 'offline') return Promise.resolve(REFUSED);
    if (!this.parts.isWaitedFor(formatBareJid(user))) return undefined;
    return this.parts.holds.count(user).then((count) => (count >= this.parts.quota ? FULL : undefined));
  }

  /** What is held for him may go home. @param user bare JID */
  isHome(user: Jid): boolean {
    return this.parts.standing(user) === 'online' && !this.isQuiet(user);
  }

  /** He may have changed what becomes of messages, or nobody tells us of him any more. @param before what the last look saw */
  look(user: Jid, before: Seen | undefined): Seen {
    const policy = this.policyOf(user);
    const now = this.parts.clock();
    if (this.isQuiet(user)) return { free: false, policy };
    const elsewhere = before?.policy !== policy && OFFLINE_VERDICTS[policy] !== 'hold';
    if (policy !== 'auto' || this.parts.standing(user) !== 'unknown') return { free: elsewhere, policy };
    const unknownSince = before?.unknownSince ?? now;
    return { free: now - unknownSince >= UNKNOWN_MS, policy, unknownSince };
  }

  private policyOf(user: Jid): OfflinePolicy {
    return this.parts.preferences.get(OFFLINE, user);
  }

  private verdict(message: Message, user: Jid): Verdict {
    const standing = this.parts.standing(user);
    const policy = this.policyOf(user);
    // Servers drop errors for those who are offline, whatever else they keep. Who is told has written just now: no hours are quiet.
    if (message.report !== undefined) return standing === 'offline' ? 'hold' : 'now';
    const away = standing === 'offline' ? offlineVerdict(policy, message) : standing === 'unknown' && policy === 'hold' ? 'hold' : 'now';
    const verdict = away === 'mailbox' && message.source === 'gateway' ? 'hold' : away;
    return verdict === 'now' && this.isQuiet(user) ? 'hold' : verdict;
  }

  private isQuiet(user: Jid): boolean {
    const hours = this.parts.preferences.get(QUIET, user);
    return hours !== 'off' && isQuiet(hours, this.parts.clock());
  }

  private async toMailbox(delivery: Delivery, user: Jid): Promise<Way> {
    return (await this.parts.forwarding.forward(delivery)) ?? this.held(user);
  }

  private held(user: Jid): Way {
    return { state: 'held', ...this.keeping(user) };
  }

  /** A day before the end it is not too late to come and look. */
  private keeping(user: Jid): Keeping {
    const keep = this.parts.preferences.get(KEEP, user);
    return { keep, warn: Math.max(keep / 2, keep - DAY) };
  }
}

const OFFLINE_VERDICTS: Readonly<Record<OfflinePolicy, Verdict>> = { auto: 'hold', hold: 'hold', pass: 'now', mailbox: 'mailbox', refuse: 'refuse' };

/** What another chat user writes goes where it can be read (rows A1, A3), unless the user has said otherwise. */
function offlineVerdict(policy: OfflinePolicy, { source }: Message): Verdict {
  return policy === 'auto' && source === 'xmpp' ? 'mailbox' : OFFLINE_VERDICTS[policy];
}
