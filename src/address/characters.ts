/** Which characters no part of any address may hold, whatever the grammar says. */

/**
 * Control, format, ignorable, bidi, separator and private characters, lone surrogates and noncharacters. The ASCII
 * space is not among them: a quoted mail local part may hold it.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u;

/** What some software folds into a character with a meaning in addresses (`＠`, `％`, `．`). */
const MEANINGFUL = /[\s"%&'(),./:;<>@[\\\]!]/;

const ASCII_ONLY = /^[\x20-\x7e]*$/;

export function isAscii(text: string): boolean {
  return ASCII_ONLY.test(text);
}

/** True when a reader could not see all of the text, or XML could not carry it. */
export function hasUnseen(text: string): boolean {
  return !isAscii(text) && UNSEEN.test(text);
}

/** True when a character outside ASCII turns into one of `@ % " < ,` and the like under NFKC. */
export function hasLookalikes(text: string): boolean {
  if (isAscii(text)) return false;
  return MEANINGFUL.test(text.replace(/[\x20-\x7e]/g, '').normalize('NFKC'));
}

/** Octets of UTF-8. */
export function octets(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
