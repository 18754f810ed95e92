/** The actions of `stanzapost queue` that change something. */
import { parseAddress } from '../address.js';
import { reportFor } from '../bridge/report.js';
import { Failure, isFailure } from '../failure.js';
import type { NewMessage, QueueEntry } from '../store/store.js';
import { UsageError, type ExitCode } from './command.js';
import { findEntry, isNumber } from './queue-look.js';
import type { QueueAction, QueueContext } from './queue.js';

export const retry: QueueAction = (context) =>
  forEach(context, 'due now', async ({ seq }) => context.store.retry(seq, context.now));

/** Its sender is told as of any other failure. */
export const drop: QueueAction = (context) =>
  forEach(context, 'dropped', async (entry) => {
    const failure = Failure.permanent('not-allowed', 'The administrator has taken it out of the queue.');
    return context.store.drop(entry.seq, failure.toRecord(), await reportsOf(entry, failure, context));
  });

async function reportsOf({ message: id, recipient, outlet }: QueueEntry, failure: Failure, context: QueueContext): Promise<NewMessage[]> {
  const { store, config, now } = context;
  const kept = await store.message(id);
  const to = parseAddress(outlet === 'smtp' ? 'mail' : 'jid', recipient);
  if (kept === undefined || isFailure(to)) return [];
  const rules = { now, lifetime: config.smtp_out.expire, domain: config.xmpp.domain };
  const report = reportFor({ message: kept.message, recipient: to, state: 'failed', failure }, rules);
  return report === undefined ? [] : [report];
}

/** Does it to every waiting delivery that is named; the exit code is 1 when one was not there to do it to. */
async function forEach(context: QueueContext, done: string, action: (entry: QueueEntry) => Promise<boolean>): Promise<ExitCode> {
  const { operands, io, args } = context;
  if (operands.length === 0) throw new UsageError('name at least one number or message id');
  const results: Result[] = [];
  for (const operand of operands) {
    const entries = await waiting(operand, context);
    if (entries.length === 0) results.push({ operand, done: false });
    for (const entry of entries) results.push({ operand, seq: entry.seq, done: await action(entry), ...(entry.held?.why === 'consent' && { asked: entry.held.user }) });
  }
  if (args.options.json === true) io.out(JSON.stringify(results));
  else for (const result of results) io.out(resultLine(result, done));
  return results.every((result) => result.done) ? 0 : 1;
}

async function waiting(operand: string, context: QueueContext): Promise<readonly QueueEntry[]> {
  if (!isNumber(operand)) return (await context.store.message(operand))?.deliveries.filter(({ state }) => state === 'waiting') ?? [];
  const entry = await findEntry(context, Number(operand));
  return entry?.state === 'waiting' ? [entry] : [];
}

interface Result {
  readonly operand: string;
  readonly seq?: number;
  readonly done: boolean;
  /** The user who was asked whether the sender may write. */
  readonly asked?: string;
}

function resultLine(result: Result, done: string): string {
  if (result.done) return `${result.seq}: ${done}`;
  if (result.asked !== undefined) return `${result.seq}: it waits until ${result.asked} accepts its sender`;
  return result.seq === undefined ? `${result.operand}: no such waiting delivery` : `${result.seq}: it is being tried just now; try again`;
}
