/** What is handed to the store: a message, with a delivery for each of its recipients. */
import type { Address } from '../address.js';
import type { Message, OutletName } from '../message.js';

/** A message with its deliveries, kept together or not at all. */
export interface NewMessage {
  readonly message: Message;
  readonly deliveries: readonly NewDelivery[];
}

/** One delivery to be stored with its message. */
export interface NewDelivery {
  readonly outlet: OutletName;
  readonly recipient: Address;
  /**
   * What the source calls this message, for this recipient: a repeat within the window is the same (promise 4). Never
   * the same for two recipients; short (a hash of what may be long). What failed may be sent again under the same name.
   */
  readonly sourceKey?: string;
  /** Not before; ms since the epoch. For what gathers, when it was accepted. */
  readonly dueAt: number;
  /** It waits for more lines of its lane, to be tried together with them. Not with several of one message in a lane. */
  readonly gather?: Gather;
  /**
   * It takes back a message: it is stored only while that one, by its stanza id or origin-id, still gathers in the lane;
   * `too-late` otherwise.
   */
  readonly recalls?: string;
  /** Holds the lane, and what else waits in it. `consent` stands until it is released. */
  readonly hold?: HeldFor;
  /** It is not stored when so many are held for its recipient already; `full`. */
  readonly quota?: number;
  /** When the sender is told that it is delayed; absent: never. */
  readonly warnAt?: number;
  /** When it fails; ms since the epoch. */
  readonly expiresAt: number;
}

/** Why a lane is held: the recipient is `away`, or was asked for `consent` to this sender. */
export type HeldFor = 'away' | 'consent';

/** How long a line waits for the next one, and which lines it goes together with. */
export interface Gather {
  /** ms after the last line. */
  readonly quiet: number;
  /** ms after the first line, at most. */
  readonly longest: number;
  /** Lines go together when `same` is the same, and the later one has no `own`, or that of the first. */
  readonly topic: { readonly same: string; readonly own: string };
  /** The stanza id of the line that this one corrects or takes back: where that gathers, this joins it. */
  readonly changes?: string;
}

/** What became of a delivery that was to be stored. */
export type Kept = 'stored' | 'repeat' | 'too-late' | 'full';
