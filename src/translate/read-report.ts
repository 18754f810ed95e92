/** Delivery status notifications that come back: RFC 3464, and what mail servers sent and send instead. */
import { decodeWords } from './mail-headers.js';
import { messageIdsIn } from './mail-ids.js';
import { readPlainReport } from './mail-bounce-text.js';
import { makeRecipient, statusIn, type RecipientReport, type ReportedAction } from './mail-recipient-report.js';
import type { ParsedMail } from './mail-types.js';

export interface MailReport {
  /** ENVID of the mail it is about. */
  readonly envelopeId?: string;
  /** Message-ID of the mail it is about. */
  readonly messageId?: string;
  /** At least one. */
  readonly recipients: readonly RecipientReport[];
}

/** More recipients than this in one report are not looked at: each of our mails has one. */
const MOST_RECIPIENTS = 100;
const ACTIONS: ReadonlySet<string> = new Set(['failed', 'delayed', 'delivered', 'relayed', 'expanded']);

/** What the mail reports about earlier mail; undefined when it is no such report (an auto-reply, a person's mail). */
export function readReport(mail: ParsedMail): MailReport | undefined {
  const recipients = mail.report.deliveryStatus === undefined ? [] : fromStatus(mail.report.deliveryStatus);
  const found = recipients.length > 0 ? recipients : readPlainReport(mail);
  if (found.length === 0) return undefined;
  const envelopeId = groupsOf(mail.report.deliveryStatus ?? '')[0]?.get('original-envelope-id');
  const messageId = messageIdsIn(mail.report.original?.first('message-id'))[0];
  return { ...(envelopeId ? { envelopeId } : {}), ...(messageId ? { messageId } : {}), recipients: found };
}

/** Groups of fields (RFC 3464 §2.1), folded lines joined; names in lower case, the first of a name wins. */
function groupsOf(text: string): Map<string, string>[] {
  return text
    .split(/\n[ \t]*\n/)
    .map((group) => {
      const fields = new Map<string, string>();
      for (const line of group.replace(/\n[ \t]+/g, ' ').split('\n')) {
        const [, name, value] = /^([\w-]{1,60})\s*:(.*)$/.exec(line) ?? [];
        if (name !== undefined && !fields.has(name.toLowerCase())) fields.set(name.toLowerCase(), decodeWords(value ?? ''));
      }
      return fields;
    })
    .filter((fields) => fields.size > 0);
}

function fromStatus(text: string): RecipientReport[] {
  return groupsOf(text)
    .filter((fields) => fields.has('final-recipient') || fields.has('original-recipient') || (fields.has('action') && !fields.has('reporting-mta')))
    .slice(0, MOST_RECIPIENTS)
    .flatMap((fields) => recipientReport(fields) ?? []);
}

function recipientReport(fields: ReadonlyMap<string, string>): RecipientReport | undefined {
  const status = statusIn(fields.get('status') ?? '');
  const action = actionOf(fields.get('action'), status);
  return action === undefined
    ? undefined
    : makeRecipient(action, status, fields.get('diagnostic-code'), fields.get('final-recipient'), fields.get('original-recipient'));
}

/** The first word decides (`delayed (will retry)`); without one the class of the status does. */
function actionOf(value: string | undefined, status: string | undefined): ReportedAction | undefined {
  const word = /^[a-z]+/i.exec(value ?? '')?.[0].toLowerCase();
  if (word !== undefined && ACTIONS.has(word)) return word as ReportedAction;
  if (status === undefined) return undefined;
  return status.startsWith('5') ? 'failed' : status.startsWith('4') ? 'delayed' : 'delivered';
}
