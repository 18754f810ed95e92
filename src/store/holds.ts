/** What is held for chat users, as the middle sees it; src/store/held.ts keeps it. */
import type { Address, Jid } from '../address.js';
import type { ClaimedLane } from './lanes.js';

/** A chat user for whom something is held. */
export interface HeldUser {
  /** Bare JID. */
  readonly user: string;
  readonly count: number;
}

/** Whose mail is held until a chat user has answered. */
export interface HeldSender {
  /** Bare JID. */
  readonly user: string;
  /** As the mail has it. */
  readonly sender: string;
}

export interface Holds {
  /** Everybody for whom something is held, for whichever reason. */
  users(): Promise<readonly HeldUser[]>;

  /** All whose mail is held for consent. */
  senders(): Promise<readonly HeldSender[]>;

  /** How many deliveries are held for a user, for whichever reason. @param user full or bare JID */
  count(user: Jid): Promise<number>;

  /**
   * Claims what is held for a user who came home: the first deliveries over all his `away` lanes, in the order they were stored,
   * whoever wrote them. What their settlement leaves goes on being held.
   * @param most at most so many
   * @param now what a deferral holds back until later is left out; ms since the epoch
   */
  claim(user: Jid, most: number, now: number): Promise<readonly ClaimedLane[]>;

  /** What is held for consent from this sender to this recipient is due now. @returns whether there was any */
  releaseConsent(sender: Address, recipient: Jid, now: number): Promise<boolean>;

  /**
   * Claims what is held for consent from this sender to this recipient, to be settled as failed.
   * @returns undefined when nothing is held there; `busy` when it is claimed for a moment
   */
  claimConsent(sender: Address, recipient: Jid, most: number, now: number): Promise<ClaimedLane | 'busy' | undefined>;

  /** The same, of whichever sender: a lane at a time. @param user full or bare JID */
  claimAsked(user: Jid, most: number, now: number): Promise<ClaimedLane | 'busy' | undefined>;

  /** Nothing is held any more because this user is away: the queue tries it. @returns whether there was any */
  letGo(user: Jid): Promise<boolean>;
}
