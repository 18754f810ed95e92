/** What counts as an emoji by which somebody reacts (UTS #51 §1.4.9): one picture, however many code points it takes. Pure. */

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
/** UTF-16 units; the longest flag and the largest family stay below. */
const LONGEST = 40;
/** Pictographs, with code points that are reserved for such; flags; keycaps. A new emoji is one before we know it (RFC 9078 §3). */
const BEGINS = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}\p{Regional_Indicator}|[0-9#*]\ufe0f?\u20e3)/u;
/** Nothing else may be joined to it. */
const ONLY = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}|[0-9#*]|\u20e3|\u200d|\ufe0e|\ufe0f|[\u{e0020}-\u{e007f}])+$/u;

export function isEmoji(text: string): boolean {
  if (text.length > LONGEST || !BEGINS.test(text) || !ONLY.test(text)) return false;
  return [...graphemes.segment(text)].length === 1;
}
