/** Mail to an address that only reports return to: a DSN becomes a word to the middle, anything else is dropped. */
import type { Intake } from '../edge.js';
import { Failure } from '../failure.js';
import type { Log } from '../log.js';
import type { Report, ReturnedTo } from '../message.js';
import type { RecipientReport } from '../translate/mail-recipient-report.js';
import { readReport } from '../translate/read-report.js';
import type { ParsedMail } from '../translate/mail-types.js';

/** RFC 3464 §2.3.3; `relayed` and `expanded` say that no more will be heard, which is no news to anybody. */
const STATE: Record<RecipientReport['action'], Report['state'] | undefined> = {
  failed: 'failed',
  delayed: 'delayed',
  delivered: 'delivered',
  relayed: undefined,
  expanded: undefined,
};

/** @returns temporary `storage` when the middle could not keep it */
export async function takeReport(mail: ParsedMail, about: ReturnedTo, intake: Intake, log: Log): Promise<Failure | undefined> {
  const report = readReport(mail);
  if (report === undefined) {
    log.info({ about: about.messageId, subject: mail.subject }, 'mail to a return address is no report: dropped');
    return undefined;
  }
  try {
    for (const recipient of report.recipients) await tell(recipient, about, intake);
    return undefined;
  } catch (cause) {
    return Failure.temporary('storage', 'The report cannot be stored at the moment.', { cause });
  }
}

async function tell(report: RecipientReport, { messageId, tag }: ReturnedTo, intake: Intake): Promise<void> {
  const state = STATE[report.action];
  if (state === undefined) return;
  const failure = state === 'delivered' ? undefined : failureOf(report, state);
  await intake.reported(messageId, report.originalRecipient ?? report.finalRecipient, state, failure, tag);
}

function failureOf({ status, diagnostic }: RecipientReport, state: 'failed' | 'delayed'): Failure {
  const detail = { ...(status !== undefined && { status }), ...(diagnostic !== undefined && { remote: diagnostic }) };
  return state === 'failed'
    ? Failure.permanent('remote-refused', 'The mail could not be delivered.', detail)
    : Failure.temporary('remote-unreachable', 'The mail has not been delivered yet.', detail);
}
