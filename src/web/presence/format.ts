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

export type FormatOfSeveral = Format & Required<Pick<Format, 'many'>>;

/** The document of several: `head`, the pieces in the order asked with `between` between them, `tail`. */
export interface Many {
  readonly head: string;
  readonly between: string;
  readonly tail: string;
  piece(view: View, publicUrl: string): string;
  /** Of one who is hidden, or is not there. @param name as it was asked for, without control characters */
  unknown(name: string): string;
}
