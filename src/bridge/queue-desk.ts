/** What an administrator does with what waits, for chat and command line alike. */
import { parseAddress } from '../address.js';
import { Failure, isFailure } from '../failure.js';
import type { NewMessage } from '../store/new-message.js';
import type { QueueEntry } from '../store/queue-entries.js';
import type { Store } from '../store/store.js';
import { reportFor } from './report.js';

export interface QueueDesk {
  readonly store: Pick<Store, 'list' | 'message' | 'retry' | 'drop'>;
  /** How long a report is tried, ms. */
  readonly lifetime: number;
  /** The gateway's. */
  readonly domain: string;
  /** ms since the epoch. */
  readonly now: number;
}

/** What became of one delivery that was named; without `seq`: there is none. */
export interface Changed {
  readonly operand: string;
  readonly seq?: number;
  readonly done: boolean;
  /** The user who was asked whether the sender may write. */
  readonly asked?: string;
}

/** What the store gives at most. */
const MOST = 1_000;

/** A delivery's number, and no message id, which has letters. */
export function isNumber(operand: string): boolean {
  return /^\d{1,15}$/.test(operand);
}

/** The delivery of this number, if it is kept. Rejects as the store does. */
export async function findEntry(store: Pick<Store, 'list'>, seq: number): Promise<QueueEntry | undefined> {
  const [entry] = await store.list({ seq, limit: 1 });
  return entry;
}

/** Makes due what is named: a delivery's number, a message id, or a recipient. Rejects as the store does. */
export async function retry(operand: string, desk: QueueDesk): Promise<readonly Changed[]> {
  const entries = operand.includes('@') ? await waitingFor(operand, desk) : await waiting(operand, desk);
  return changed(operand, entries, ({ seq }) => desk.store.retry(seq, desk.now));
}

/** Ends what is named, a delivery's number or a message id, as failed: its sender is told as of any other failure. Rejects as the store does. */
export async function drop(operand: string, desk: QueueDesk): Promise<readonly Changed[]> {
  return changed(operand, await waiting(operand, desk), async (entry) => {
    const failure = Failure.permanent('not-allowed', 'The administrator has taken it out of the queue.');
    return desk.store.drop(entry.seq, failure.toRecord(), await reportsOf(entry, failure, desk));
  });
}

/** @param done such as `due now` */
export function changedLine({ operand, seq, done: isDone, asked }: Changed, done: string): string {
  if (isDone) return `${seq}: ${done}`;
  if (asked !== undefined) return `${seq}: it waits until ${asked} accepts its sender`;
  return seq === undefined ? `${operand}: no such waiting delivery` : `${seq}: it is being tried just now; try again`;
}

async function changed(operand: string, entries: readonly QueueEntry[], action: (entry: QueueEntry) => Promise<boolean>): Promise<readonly Changed[]> {
  if (entries.length === 0) return [{ operand, done: false }];
  return Promise.all(entries.map(async (entry) => ({ operand, seq: entry.seq, done: await action(entry), ...(entry.held?.why === 'consent' && { asked: entry.held.user }) })));
}

async function waiting(operand: string, { store }: QueueDesk): Promise<readonly QueueEntry[]> {
  if (!isNumber(operand)) return (await store.message(operand))?.deliveries.filter(({ state }) => state === 'waiting') ?? [];
  const entry = await findEntry(store, Number(operand));
  return entry?.state === 'waiting' ? [entry] : [];
}

/** A bare JID stands for all of the user's clients. */
async function waitingFor(recipient: string, { store }: QueueDesk): Promise<readonly QueueEntry[]> {
  const entries = await store.list({ match: recipient, state: 'waiting', limit: MOST });
  return entries.filter((entry) => entry.recipient === recipient || entry.recipient.startsWith(`${recipient}/`));
}

async function reportsOf({ message: id, recipient, outlet }: QueueEntry, failure: Failure, { store, now, lifetime, domain }: QueueDesk): Promise<NewMessage[]> {
  const kept = await store.message(id);
  const to = parseAddress(outlet === 'smtp' ? 'mail' : 'jid', recipient);
  if (kept === undefined || isFailure(to)) return [];
  const report = reportFor({ message: kept.message, recipient: to, state: 'failed', failure }, { now, lifetime, domain });
  return report === undefined ? [] : [report];
}
