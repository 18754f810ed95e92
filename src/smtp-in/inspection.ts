/** What a whole mail is asked for, after its end and before it is taken. What follows from the answer is decided elsewhere. */
import type { Failure } from '../failure.js';
import type { Envelope } from './mail.js';

/** A mail whose author was judged already. */
export interface Inspected {
  readonly envelope: Envelope;
  /** What we call ourselves. */
  readonly hostname: string;
  /** The mail with our Received on top, wherever it is kept: to be read in pieces, and never held as a whole. */
  readonly content: {
    /** Bytes. */
    readonly size: number;
    read(): AsyncIterable<Uint8Array>;
  };
}

/** Is the mail taken, taken with a mark, or refused? Rejects only as the store does. */
export type Inspection = (mail: Inspected) => 'take' | 'mark' | Failure | Promise<'take' | 'mark' | Failure>;

/** What a filter says of a mail, in nobody's protocol. */
export interface Opinion {
  /**
   * `spam`: it is to be marked. `doubtful`: to be put off once. `later`: not now, whatever it is. `unwanted`: not at all.
   */
  readonly verdict: 'clean' | 'spam' | 'doubtful' | 'later' | 'unwanted';
  /** The filter's words for the sender: printable ASCII in one line, at most 200 characters; empty when it has none. */
  readonly said: string;
}

/** Asks a filter. Never rejects. @returns undefined when it has none to give: the mail is not held up for that */
export type Filter = (mail: Inspected) => Promise<Opinion | undefined>;
