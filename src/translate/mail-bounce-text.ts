/**
 * Reports that are no RFC 3464 DSN: qmail's, Exim's, old sendmail's, Exchange's, Domino's and their kind, told by their
 * words. Only mails that say by their header that a machine wrote them are looked at.
 */
import { addressIn, makeRecipient, statusIn, type RecipientReport, type ReportedAction } from './mail-recipient-report.js';
import type { ParsedMail } from './mail-types.js';

/** The report is looked for in this much of the text. */
const TEXT_LIMIT = 8000;
const LINE_LIMIT = 1000;

const MACHINE = /^(?:mailer-?daemon|postmaster|mail-?delivery|mdaemon|smtp-?daemon|administrator)/i;

/** What stands above the copy of the returned mail. */
export const COPY_BELOW = /^\W*(?:this is a copy of (?:the|your) message|below this line is a copy|message header follows|original message (?:follows|headers)|unsent message follows|returned message follows|message follows)/i;

const DELAYED = /(?:\bwarning\b.{0,60}\b(?:delay|not (?:yet )?(?:been )?(?:delivered|sent))|\bdelayed\b|\bwill (?:be retried|keep trying|continue to (?:try|attempt))|\bstill (?:be )?(?:trying|retr)|do(?:es)? not need to resend)/i;

const FAILED =
  /(?:could ?n[o']t be (?:delivered|sent|reached)|(?:was|were|is) (?:not delivered|undeliverable)|wasn'?t able to deliver|unable to deliver|did not reach|not listed in|permanent (?:fatal )?error|delivery (?:has )?failed|delivery failure|undeliverable|failed permanently|returned mail|user (?:is )?(?:unknown|not found)|no such (?:user|mailbox|address)|mailbox (?:is )?(?:full|unavailable|not found)|over quota|not a valid user|is disabled|account .{0,40}(?:closed|disabled))/i;

/** One entry per recipient that the text names, or one without an address; none when the mail is no report. */
export function readPlainReport(mail: ParsedMail): RecipientReport[] {
  const lines = reportLines(mail);
  const text = `${mail.subject ?? ''}\n${lines.join('\n')}`;
  if (!isByMachine(mail)) return [];
  const action: ReportedAction | undefined = DELAYED.test(text) ? 'delayed' : FAILED.test(text) ? 'failed' : undefined;
  if (action === undefined) return [];
  const at = lines.findIndex((line) => recipientIn(line) !== undefined);
  const recipients = mail.headers.first('x-failed-recipients')?.split(',') ?? [recipientIn(lines[at] ?? '')];
  const words = diagnosticIn(lines, at);
  const status = statusIn(lines.join('\n')) ?? statusOfReply(words, action);
  return recipients.slice(0, 100).map((recipient) => makeRecipient(action, status, words, recipient));
}

function isByMachine(mail: ParsedMail): boolean {
  const from = mail.from[0]?.address ?? '';
  const nullPath = /^<>$/.test(mail.headers.first('return-path') ?? '');
  return MACHINE.test(from) || mail.headers.has('x-failed-recipients') || (nullPath && !mail.headers.has('list-id'));
}

/** The lines of the first text, down to the copy of the returned mail. */
function reportLines(mail: ParsedMail): string[] {
  const lines = (mail.bodies[0]?.plain ?? '').slice(0, TEXT_LIMIT).split('\n').map((line) => line.trim().slice(0, LINE_LIMIT));
  const copy = lines.findIndex((line) => COPY_BELOW.test(line));
  return copy === -1 ? lines : lines.slice(0, copy);
}

/** An address that begins a line, with or without brackets and a colon: that is how they all name a recipient. */
function recipientIn(line: string): string | undefined {
  const word = /^<?([^\s<>()]{1,320}@[^\s<>()]{1,255})/.exec(line)?.[1]?.replace(/[:;,.]+$/, '');
  return addressIn(word) === undefined ? undefined : word;
}

/** A line with an SMTP reply, or else the text below the recipient. */
function diagnosticIn(lines: readonly string[], recipientAt: number): string {
  const reply = lines.find((line) => /(?:^|[\s:<])[45]\d\d[ -]/.test(line));
  if (reply !== undefined) return reply;
  return lines.slice(recipientAt + 1).find((line) => /\p{L}/u.test(line) && !/^(?:because|reason)\W*$/i.test(line)) ?? '';
}

function statusOfReply(words: string, action: ReportedAction): string {
  const code = /(?:^|[\s:<])([45])\d\d[ -]/.exec(words)?.[1];
  return `${code ?? (action === 'failed' ? '5' : '4')}.0.0`;
}
