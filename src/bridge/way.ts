/** What is decided of a delivery before it is tried: that it goes, or what happens instead. */
import type { Failure } from '../failure.js';
import type { Delivery } from '../message.js';
import type { Keeping } from '../store/lanes.js';
import type { NewMessage } from '../store/new-message.js';

/** How a delivery ends, or waits, that the outlet is not given. */
export type Detour =
  /** The recipient is away: it waits, and what is behind it. */
  | ({ readonly state: 'held' } & Keeping)
  /** The new message is committed in its place. */
  | { readonly state: 'forwarded'; readonly as: NewMessage };

/** `now`: the outlet tries it. */
export type Way = 'now' | Detour | { readonly state: 'failed'; readonly failure: Failure };

/** At once where it can be: most deliveries go. */
export type WayOf = (delivery: Delivery) => Way | Promise<Way>;
