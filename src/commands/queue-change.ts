/** The actions of `stanzapost queue` that change something. */
import { changedLine, drop as dropNamed, retry as retryNamed, type Changed, type QueueDesk } from '../bridge/queue-desk.js';
import { UsageError, type ExitCode } from './command.js';
import type { Action, ActionContext } from './action.js';

export const retry: Action = (context) => forEach(context, 'due now', retryNamed);

export const drop: Action = (context) => forEach(context, 'dropped', dropNamed);

/** Does it to every waiting delivery that is named; the exit code is 1 when one was not there to do it to. */
async function forEach({ operands, io, args, store, config, now }: ActionContext, done: string, action: (operand: string, desk: QueueDesk) => Promise<readonly Changed[]>): Promise<ExitCode> {
  if (operands.length === 0) throw new UsageError('name at least one number or message id');
  const desk = { store, lifetime: config.smtp_out.expire, domain: config.xmpp.domain, now };
  const results: Changed[] = [];
  for (const operand of operands) results.push(...(await action(operand, desk)));
  if (args.options.json === true) io.out(JSON.stringify(results));
  else for (const result of results) io.out(changedLine(result, done));
  return results.every((result) => result.done) ? 0 : 1;
}
