/** Codes that are mailed to somebody and typed back: eight digits, good for one user, kept as a hash. */
import { createHmac, randomInt } from 'node:crypto';
import { formatJid, type Jid } from '../address.js';

const DIGITS = 8;

/** Digits alone: typed on any keyboard, taken for no other, and a phone offers to copy them. */
export function newCode(): string {
  return String(randomInt(10 ** DIGITS)).padStart(DIGITS, '0');
}

/** In two groups, as people read it to themselves. */
export function formatCode(code: string): string {
  return `${code.slice(0, DIGITS / 2)} ${code.slice(DIGITS / 2)}`;
}

/** A line of chat that is a code and nothing else. */
export const CODE_LINE = /^\s*\d{4}[\s-]?\d{4}\s*$/;

/** @param typed digits, with spaces or hyphens. Undefined for what is no code. */
export function parseCode(typed: string): string | undefined {
  const digits = typed.replace(/[\s-]/g, '');
  return /^\d{8}$/.test(digits) ? digits : undefined;
}

/** @param key of this installation: who sees the hashes alone cannot try all codes */
export function hashOfCode(code: string, user: Jid, key: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(`${formatJid(user)}\0${code}`).digest());
}
