/** What a format of the API is. */
import type { View } from '../../presence/view.js';

export interface Format {
  /** In `?format=`. */
  readonly name: string;
  /** The answer's Content-Type. */
  readonly type: string;
  /** The whole document of one. @param publicUrl without the slash at its end */
  one(view: View, publicUrl: string): string;
  /** Absent: the format has none for several. */
  readonly many?: Many;
}

/** The document of several, piece by piece. */
export interface Many {
  piece(view: View, publicUrl: string): string;
  /** Of one who is hidden, or is not there. @param name as it was asked for, without control characters */
  unknown(name: string): string;
  /** @param pieces in the order asked */
  whole(pieces: readonly string[]): string;
}
