/** What a report says of one recipient, built from foreign text of which every part is checked. */
import { parseMailAddress, type MailAddress } from '../address.js';
import { isFailure } from '../failure.js';
import { cutText, oneLine } from './mail-text.js';

export type ReportedAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';

/** What a report says of one recipient. Everything in it comes from outside. */
export interface RecipientReport {
  readonly action: ReportedAction;
  /** RFC 3463, three numbers. */
  readonly status?: string;
  /** The other server's words: one line, at most 500 characters. */
  readonly diagnostic?: string;
  readonly finalRecipient?: MailAddress;
  /** As the sender wrote it, before any forwarding. */
  readonly originalRecipient?: MailAddress;
}

const DIAGNOSTIC_LIMIT = 500;

/** Builds one; `rfc822;` and the like before a value are taken off, what is no address is left out. */
export function makeRecipient(
  action: ReportedAction,
  status: string | undefined,
  diagnostic: string | undefined,
  final: string | undefined,
  original?: string,
): RecipientReport {
  const words = cutText(oneLine((diagnostic ?? '').replace(/^\s*[\w-]{1,40}\s*;/, '')).replace(/\s{2,}/g, ' '), DIAGNOSTIC_LIMIT);
  const finalRecipient = addressIn(final);
  const originalRecipient = addressIn(original);
  return {
    action,
    ...(status === undefined ? {} : { status }),
    ...(words === '' ? {} : { diagnostic: words }),
    ...(finalRecipient === undefined ? {} : { finalRecipient }),
    ...(originalRecipient === undefined ? {} : { originalRecipient }),
  };
}

/** The RFC 3463 status in a text. */
export function statusIn(text: string): string | undefined {
  return /(?:^|[^\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/.exec(text)?.[1];
}

/** `rfc822; a@b`, `<a@b>`, `a@b`. */
export function addressIn(value: string | undefined): MailAddress | undefined {
  if (value === undefined) return undefined;
  const text = value.replace(/^\s*[\w-]{1,40}\s*;/, '').trim().replace(/^<(.*)>$/, '$1');
  const address = parseMailAddress(text);
  return isFailure(address) ? undefined : address;
}
