/** Who takes mail by SMTP and passes it on to Juliet's client, over ten sessions that are kept open. */
import type { Contender } from './contest.js';
import type { Arrivals } from './loads/arrivals.js';
import type { MailSupply } from './loads/mails.js';
import { sendAll, SmtpSession } from './loads/smtp-session.js';
import type { Processes } from './processes.js';
import type { Context } from './row.js';
import { processesOf, type Stage } from './stage.js';

const SESSIONS = 10;

/** What all contenders share. */
export interface MailLoad {
  readonly stage: Stage;
  readonly arrivals: Arrivals;
  readonly mails: MailSupply;
}

export interface MailTaker {
  readonly name: string;
  /** Of its SMTP listener on 127.0.0.1. */
  readonly port: number;
  /** Where Juliet gets mail through it. */
  readonly domain: string;
  readonly middle: Processes;
}

export async function mailContender(context: Context, { stage, arrivals, mails }: MailLoad, { name, port, domain, middle }: MailTaker): Promise<Contender> {
  const sessions = await Promise.all(Array.from({ length: SESSIONS }, () => SmtpSession.open(port)));
  context.cleanUp(() => Promise.all(sessions.map((session) => session.quit())));
  return {
    name,
    processes: processesOf(stage, middle),
    prepare: (round, messages) => {
      const { first, mails: taken } = mails.take(round, messages);
      return Promise.resolve(async () => {
        await Promise.all([arrivals.expect(first, messages), sendAll(sessions, taken, `juliet@${domain}`)]);
      });
    },
  };
}
