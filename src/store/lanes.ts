/**
 * What is taken out of the store to be tried, and how the tries ended.
 *
 * Order (promise 5) is kept by **lanes**. A lane is one outlet, one sender, one recipient; its deliveries are claimed
 * in the order they were stored, and a lane that waits (retry, hold) waits as a whole. The schedule is kept per lane, so
 * claiming costs the same whatever waits.
 */
import type { FailureRecord } from '../failure.js';
import type { Delivery, OutletName } from '../message.js';
import type { Incident } from './incidents.js';
import type { HeldFor, Kept, NewMessage } from './new-message.js';

export type LaneId = string;

/** The claimed head of a lane, in order. */
export interface ClaimedLane {
  readonly lane: LaneId;
  readonly deliveries: readonly Delivery[];
}

/** What an accept may claim at once. */
export interface ClaimRoom {
  /** Ms since the epoch: what is not due then is not claimed. */
  readonly now: number;
  /** How many deliveries of each outlet, at most. */
  readonly most: Readonly<Record<OutletName, number>>;
}

/** What became of an accept: per message and delivery, in order, whether it was kept, and what was claimed. */
export interface AcceptedAndClaimed {
  readonly results: readonly (readonly Kept[])[];
  readonly lanes: readonly ClaimedLane[];
}

/** A recipient who is away, and for how long what is held stays, both in ms from when it was stored. */
export interface Away extends Keeping {
  /** Bare JID. */
  readonly user: string;
}

export interface Keeping {
  /** Then it fails. */
  readonly keep: number;
  /** When somebody must hear of it before that. */
  readonly warn: number;
}

/** How the tries of one claimed lane ended. Committed together with the reports it gives rise to. */
export interface Settlement {
  readonly lane: LaneId;
  readonly ended: readonly {
    readonly seq: number;
    readonly state: 'handed-over' | 'delivered' | 'failed';
    readonly failure?: FailureRecord;
  }[];
  /** Tries that failed for now: the attempt is counted and the failure kept for `queue show`. */
  readonly deferred: readonly { readonly seq: number; readonly failure: FailureRecord }[];
  /** Deliveries whose sender has now been told that they are late; not told again. */
  readonly warned?: readonly number[];
  /** The recipient is away: what is left of the lane is held. */
  readonly held?: Away;
  /** When the lane may be claimed again; absent: this settles a part, and the lane stays claimed. */
  readonly dueAt?: number;
  /** When it ended, ms since the epoch; the keeping time counts from here. */
  readonly at: number;
  /** And what goes in place of a delivery that ended. */
  readonly reports: readonly SettlementReport[];
  /** What an administrator may look up later. */
  readonly incidents?: readonly Incident[];
}

/** What a sender is told by a settlement. */
export interface SettlementReport extends NewMessage {
  /**
   * The delivery it speaks of. A late word (`amend`) may have ended that first, and its sender been told: then this report
   * is not kept.
   */
  readonly seq?: number;
}

/** A delivery that waits past a moment at which its sender must hear of it. */
export interface Overdue {
  readonly lane: LaneId;
  readonly delivery: Delivery;
  readonly what: 'warn' | 'expire';
  /** When its lane was due: the settlement gives it back. */
  readonly dueAt: number;
  readonly expiresAt: number;
  readonly lastFailure?: FailureRecord;
  /** Its lane is held, and goes on being so. */
  readonly held?: HeldFor;
}
