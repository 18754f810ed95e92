/** Cleaning of foreign text: header values, file names, bodies. */

// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
// eslint-disable-next-line no-control-regex
const BODY_CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
/** C1, which no text has but by mistake: it was windows-1252 once, and has become UTF-8 in a wrong way. */
 
const WRONG_WINDOWS = /[\u0080-\u009f]/g;
/** In their order; those that Windows has no character for are left as they are. */
const WINDOWS = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** One line: every control character and line separator becomes a space, and spaces around it go. */
export function oneLine(text: string): string {
  return text.replace(CONTROL, ' ').trim();
}

/** `oneLine` without the characters that reorder text on a screen, at most `most` UTF-16 units. */
export function displayText(text: string, most: number): string {
  return cutText(oneLine(text).replace(BIDI, '').trim(), most);
}

/** LF line ends, no control character but LF and tab; what were quotes and dashes of Windows are so again. */
export function bodyText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(BODY_CONTROL, '').replace(WRONG_WINDOWS, (char) => WINDOWS.charAt(char.charCodeAt(0) - 0x80));
}

/** The first `most` UTF-16 units, never half a character. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 1 : most);
}

const NAME_LIMIT = 120;

/** What to call an attached file: the last path part only, cleaned and bounded; never to be used as a path. */
export function fileName(given: string, part: number): string {
  const last = displayText(given.slice(0, 8192), 8192).split(/[/\\]/).at(-1) ?? '';
  const name = last.replace(/^[\s.]+|[\s.]+$/g, '');
  if (name === '') return `attachment-${part + 1}`;
  if (name.length <= NAME_LIMIT) return name;
  const ending = /\.\w{1,10}$/.exec(name)?.[0] ?? '';
  return cutText(name, NAME_LIMIT - ending.length) + ending;
}
