/** An SMTP reply taken apart (RFC 5321 §4.2, RFC 2034). It is foreign text: bounded and cleaned here, once. */

/** The longest part of a server's words that is kept, in characters. */
const MOST = 400;

export interface Reply {
  /** 200 to 599. */
  readonly code: number;
  /** RFC 3463 status, only when its class agrees with the code's first digit. */
  readonly status?: string;
  /** All of it as one line without control or direction characters, at most 400 characters, code and status included. */
  readonly words: string;
}

/** Undefined for what is no reply at all. */
export function parseReply(text: string): Reply | undefined {
  const first = /^([2-5]\d\d)(?:[ -]|$)(?:([245]\.\d{1,3}\.\d{1,3})(?:\s|$))?/.exec(text);
  if (first === null) return undefined;
  const [, code = '', status] = first;
  const words = oneLine(joinLines(text, code, status));
  return { code: Number(code), words, ...(status?.startsWith(code.charAt(0)) === true && { status }) };
}

/** A multi-line reply repeats code and status on every line; once is enough. */
function joinLines(text: string, code: string, status: string | undefined): string {
  const [head = '', ...rest] = text.split('\n');
  const more = rest.map((line) => line.replace(new RegExp(`^${code}[ -]`), '').replace(status === undefined ? '' : `${status} `, ''));
  return [head.replace(`${code}-`, `${code} `), ...more].join(' ');
}

/** Controls and line separators become spaces; direction and other invisible characters go; runs of spaces are one. */
function oneLine(text: string): string {
  const clean = text.replace(/\p{Cf}/gu, '').replace(/[\p{Cc}\p{Zs}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  const characters = [...clean];
  return characters.length <= MOST ? clean : `${characters.slice(0, MOST - 1).join('')}…`;
}
