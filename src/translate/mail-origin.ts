/** Who wrote a mail, a person or a machine (RFC 3834, RFC 2919, RFC 6522), and whether it may be answered. */
import type { Origin } from '../message.js';
import type { MailHeaders } from './mail-headers.js';

/**
 * The first rule that holds decides. `Precedence: bulk` and `list` decide nothing: people's posts to lists carry them.
 * @param nullReturnPath the envelope sender is `<>`
 */
export function originOf(headers: MailHeaders, type: string, nullReturnPath: boolean): Origin {
  if (type === 'multipart/report') return isNotification(headers) ? 'auto-replied' : 'bounce';
  return autoSubmitted(headers) ?? oldAutoReply(headers) ?? (nullReturnPath ? 'bounce' : isList(headers) ? 'list' : 'person');
}

/** A read receipt (RFC 8098), which is a report too. */
function isNotification(headers: MailHeaders): boolean {
  return /report-type\s*=\s*"?disposition-notification/i.test(headers.first('content-type') ?? '');
}

/** RFC 3834 §5: any value but `no`; what is not known counts as generated. */
function autoSubmitted(headers: MailHeaders): Origin | undefined {
  const word = /^[a-z-]+/i.exec(headers.first('auto-submitted')?.replace(/^\([^()]*\)\s*/, '') ?? '')?.[0].toLowerCase();
  if (word === undefined || word === 'no') return undefined;
  return word === 'auto-replied' ? 'auto-replied' : 'auto-generated';
}

/** What answering machines wrote before RFC 3834, and some still do. */
function oldAutoReply(headers: MailHeaders): Origin | undefined {
  const precedence = headers.first('precedence')?.toLowerCase();
  const replied = precedence === 'auto_reply' || headers.has('x-autoreply') || headers.has('x-autorespond') || headers.has('x-autoresponse');
  return replied ? 'auto-replied' : undefined;
}

/** RFC 2919 and RFC 2369. */
function isList(headers: MailHeaders): boolean {
  return headers.fields.some((field) => /^list-(id|post|help|subscribe|unsubscribe|owner|archive)$/.test(field.name));
}

/** The sender asks that no reports be sent ([MS-OXCMAIL] X-Auto-Response-Suppress); says nothing about who wrote it. */
export function suppressesReports(headers: MailHeaders): boolean {
  return /\b(all|ndr)\b/i.test(headers.first('x-auto-response-suppress') ?? '');
}

/** RFC 2919 §3: what is in the angle brackets of the one field. */
export function listIdOf(headers: MailHeaders): string | undefined {
  const [value, ...more] = headers.all('list-id');
  if (value === undefined || more.length > 0) return undefined;
  const id = (/<([^<>\s]{1,255})>\s*$/.exec(value)?.[1] ?? value.trim()).toLowerCase();
  return /^[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,255}$/.test(id) ? id : undefined;
}
