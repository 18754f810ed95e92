/** What stands on the picture of somebody who gave none. Pure. */

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
/** Of a name, this much is looked at; UTF-16 units. */
const SPAN = 200;

/**
 * The initials of the first and the last word of a name, in capitals; of scripts without capitals one letter, since two would
 * join or mean something. The address's own letter when the name has none; empty when neither has.
 */
export function initialsOf(name: string | undefined, address: string): string {
  const [first = '', ...others] = firstLetters(name ?? '');
  const last = others.at(-1) ?? '';
  if (first === '') return capital(firstLetters(address)[0] ?? '');
  return isCased(first) && isCased(last) ? capital(first) + capital(last) : capital(first);
}

/** The first letter or digit of each word, with its marks. */
function firstLetters(text: string): string[] {
  const words = text.slice(0, SPAN).normalize('NFC').split(/[\s\p{P}\p{S}]+/u);
  return words.flatMap((word) => {
    const start = word.search(/[\p{L}\p{N}]/u);
    const letter = start === -1 ? undefined : graphemes.segment(word.slice(start))[Symbol.iterator]().next().value?.segment;
    return letter === undefined ? [] : [letter];
  });
}

function isCased(letter: string): boolean {
  return letter.toUpperCase() !== letter.toLowerCase();
}

/** Never longer than it was: `ß` stays. */
function capital(letter: string): string {
  const upper = letter.toUpperCase();
  return [...upper].length > [...letter].length ? letter : upper;
}
