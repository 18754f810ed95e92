/** Who may write to an alias: as users type it, as it is told, and whether a mail fits it. Pure. */
import { parseMailAddress } from '../address.js';
import { addressKey } from '../addressees.js';
import { Failure, isFailure } from '../failure.js';
import type { Message } from '../message.js';
import type { AllowedSender } from '../store/aliases.js';

const UNREADABLE = Failure.permanent('bad-content', 'Write "anyone", a domain such as example.org, an address, or "list" and the List-Id of a mailing list.');
/** RFC 2919 §2. */
const LIST_ID = /^[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,255}$/;

/** @returns undefined for anybody */
export function parseAllowed(typed: string): AllowedSender | undefined | Failure {
  const text = typed.trim().toLowerCase();
  if (text === 'anyone') return undefined;
  const list = /^list\s+<?([^<>\s]+)>?$/.exec(text)?.[1];
  if (list !== undefined) return LIST_ID.test(list) ? { kind: 'list', id: list } : UNREADABLE;
  if (text.lastIndexOf('@') > 0) {
    const address = parseMailAddress(text);
    return isFailure(address) ? UNREADABLE : { kind: 'address', address: addressKey(address) };
  }
  const domain = parseMailAddress(`x@${text.replace(/^@/, '')}`);
  return isFailure(domain) || !domain.domain.includes('.') ? UNREADABLE : { kind: 'domain', domain: domain.domain };
}

export function tellAllowed(allowed: AllowedSender | undefined): string {
  switch (allowed?.kind) {
    case undefined:
      return 'anyone may write to it';
    case 'domain':
      return `only ${allowed.domain} may write to it`;
    case 'address':
      return `only ${allowed.address} may write to it`;
    case 'list':
      return `only the list ${allowed.id} may write to it`;
  }
}

/** Anybody can write any name and any List-Id into a mail: only what a proven author says counts. */
export function mayWrite(allowed: AllowedSender | undefined, { sender, authenticity, listId }: Message): boolean {
  if (allowed === undefined) return true;
  if (authenticity !== 'verified' || sender.kind !== 'mail') return false;
  if (allowed.kind === 'list') return listId === allowed.id;
  if (allowed.kind === 'address') return addressKey(sender) === allowed.address;
  return sender.domain === allowed.domain || sender.domain.endsWith(`.${allowed.domain}`);
}
