/**
 * MAIL and RCPT, read strictly from the raw command line (RFC 5321 §4.1.2, RFC 6531 §3.4, RFC 3461 §4). smtp-server's
 * own reading strips a source route, so that `<@us:a@evil>` becomes `a@evil`: here it is refused.
 */
import type { SMTPServerAddress, SMTPServerAddressArgs } from 'smtp-server';
import { parseMailAddress, parseReturnPath, type MailAddress } from '../address.js';
import type { Route } from '../edge.js';
import { Failure, isFailure } from '../failure.js';

/** A command's address. smtp-server keeps it in `session.envelope`, so what RCPT decided rides along. */
export interface EnvelopePath extends SMTPServerAddress {
  /** The address; undefined for the null return path; why it cannot be used. */
  readonly path: MailAddress | Failure | undefined;
  /** A parameter that was given twice; smtp-server answers 501. */
  readonly duplicate?: string;
  /** Set when RCPT was answered 250. */
  routes?: readonly Route[];
}

export type Verb = 'MAIL FROM' | 'RCPT TO';

const PATH = /^ ?<((?:"(?:[^"\\]|\\.)*"|[^<>"])*)>((?: +[^ ]+)*) *$/u;
const KEYWORD = /^[A-Z0-9][A-Z0-9-]*$/;
/** Parameters that we announce, per verb. */
const KNOWN: Record<Verb, ReadonlySet<string>> = {
  'MAIL FROM': new Set(['SIZE', 'BODY', 'SMTPUTF8', 'RET', 'ENVID']),
  'RCPT TO': new Set(['NOTIFY', 'ORCPT']),
};
const XTEXT: ReadonlySet<string> = new Set(['ENVID', 'ORCPT']);
const CONTROLS = /\p{Cc}/u;

/**
 * @param domain what `<postmaster>` without a domain stands for (RFC 5321 §4.5.1)
 * @returns undefined for what has not even the form of the command: 501
 */
export function parseEnvelopePath(verb: Verb, command: Uint8Array, domain: string): EnvelopePath | undefined {
  const text = decode(command);
  if (text === undefined || text.slice(0, verb.length + 1).toUpperCase() !== `${verb}:`) return undefined;
  const match = PATH.exec(text.slice(verb.length + 1));
  if (match === null) return undefined;
  const [, address = '', tail = ''] = match;
  const parameters = parseParameters(tail);
  if (parameters === undefined) return undefined;
  const { args, duplicate } = parameters;
  const unknown = Object.keys(args).find((key) => !KNOWN[verb].has(key));
  const path = unknown === undefined ? parsePath(verb, address, domain) : unknownParameter();
  return { address, args, path, ...(duplicate !== undefined && { duplicate }) };
}

function decode(command: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(command);
    return CONTROLS.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function parsePath(verb: Verb, text: string, domain: string): MailAddress | Failure | undefined {
  if (text === '') return verb === 'MAIL FROM' ? undefined : Failure.permanent('bad-address', 'A recipient is missing.');
  if (verb === 'RCPT TO' && text.toLowerCase() === 'postmaster') return { kind: 'mail', local: 'postmaster', domain };
  if (text.startsWith('@')) return Failure.permanent('not-allowed', 'Source routes are not followed.');
  if (text.endsWith(']')) return Failure.permanent('no-such-domain', 'Address literals are not served.');
  return verb === 'MAIL FROM' ? parseReturnPath(text) : parseMailAddress(text);
}

function unknownParameter(): Failure {
  return Failure.permanent('not-supported', 'A parameter is not known here.', { status: '5.5.4' });
}

function parseParameters(tail: string): { args: SMTPServerAddressArgs; duplicate?: string } | undefined {
  const args: SMTPServerAddressArgs = {};
  let duplicate: string | undefined;
  for (const word of tail.split(' ').filter((part) => part !== '')) {
    const equals = word.indexOf('=');
    const key = (equals < 0 ? word : word.slice(0, equals)).toUpperCase();
    if (!KEYWORD.test(key)) return undefined;
    const raw = equals < 0 ? '' : word.slice(equals + 1);
    const value = XTEXT.has(key) ? decodeXtext(raw) : raw;
    if (value === undefined) return undefined;
    if (key in args) duplicate = key;
    args[key] = value === '' ? true : value;
  }
  return duplicate === undefined ? { args } : { args, duplicate };
}

/** RFC 3461 §4; undefined when what it stands for holds a control character. */
function decodeXtext(value: string): string | undefined {
  const text = value.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return CONTROLS.test(text) ? undefined : text;
}

/** True when this is one of ours, with an address. */
export function hasAddress(path: EnvelopePath): path is EnvelopePath & { readonly path: MailAddress } {
  return path.path !== undefined && !isFailure(path.path);
}
