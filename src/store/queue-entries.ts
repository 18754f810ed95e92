/** What is in the queue, and what became of it, as an administrator looks it up. */
import type { FailureRecord } from '../failure.js';
import type { Message, MessageId, OutletName } from '../message.js';
import type { HeldFor } from './new-message.js';

/** A delivery as an administrator sees it. */
export interface QueueEntry {
  readonly seq: number;
  readonly message: MessageId;
  readonly outlet: OutletName;
  readonly sender: string;
  readonly recipient: string;
  readonly state: 'waiting' | 'handed-over' | 'delivered' | 'failed';
  readonly acceptedAt: number;
  readonly attempts: number;
  readonly dueAt?: number;
  readonly expiresAt: number;
  readonly lastFailure?: FailureRecord;
  /** It waits for more lines of its burst. */
  readonly gathers?: true;
  /** It is held, and due at no time. @see HeldFor */
  readonly held?: { readonly why: HeldFor; readonly user: string };
}

/** A line of a burst that was tried. */
export interface BurstLine {
  readonly message: Message;
  readonly entry: QueueEntry;
}

export interface QueueFilter {
  /** Sender or recipient, as `formatAddress` writes it, or a message id. */
  readonly match?: string;
  readonly state?: QueueEntry['state'];
  /** This one delivery. */
  readonly seq?: number;
  /** Up to 1,000. */
  readonly limit: number;
}

export interface QueueCounts {
  readonly waiting: Record<OutletName, number>;
  /** Age of the oldest waiting delivery in ms; 0 when none waits. */
  readonly oldest: Record<OutletName, number>;
}
