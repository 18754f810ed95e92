/** The actions of `stanzapost queue` that change nothing. */
import { findEntry, isNumber } from '../bridge/queue-desk.js';
import { queueHeldIn } from '../bridge/queue-hold.js';
import { failureText, heldLine, messageFacts, nextTry } from '../bridge/queue-lines.js';
import { formatDuration } from '../config/units.js';
import type { Message } from '../message.js';
import type { Incident } from '../store/incidents.js';
import type { QueueEntry, QueueFilter } from '../store/queue-entries.js';
import { textOption, UsageError, type Args } from './command.js';
import type { Action } from './action.js';
import { formatTime, printable, renderTable } from './table.js';

const STATES = ['waiting', 'handed-over', 'delivered', 'failed'] as const;
/** What the store gives at most. */
const MOST = 1_000;

export const list: Action = async ({ store, args, operands: [match], io, now }) => {
  const state = stateOf(args, match === undefined ? 'waiting' : undefined);
  const filter: QueueFilter = { limit: limitOf(args), ...(match !== undefined && { match }), ...(state !== undefined && { state }) };
  const entries = await store.list(filter);
  const held = heldLine(await queueHeldIn(store.switches));
  // A script reads the list only.
  if (held !== undefined) io[args.options.json === true ? 'err' : 'out'](held);
  if (args.options.json === true) io.out(JSON.stringify(entries));
  else if (entries.length === 0) io.out(state === undefined ? 'Nothing is kept of it.' : `Nothing is ${state}.`);
  else io.out(entryTable(entries, now));
  return 0;
};

/** At most 1,000 incidents, newest first. */
export const incidents: Action = async ({ store, args, operands: [match], io }) => {
  const found = await store.incidents({ limit: limitOf(args), ...(match !== undefined && { match }) });
  if (args.options.json === true) io.out(JSON.stringify(found));
  else io.out(found.length === 0 ? 'No incidents.' : incidentTable(found));
  return 0;
};

export const show: Action = async (context) => {
  const { store, args, operands, io, now } = context;
  const [operand, ...more] = operands;
  if (operand === undefined || more.length > 0) throw new UsageError('queue show takes one message id or number');
  const id = isNumber(operand) ? (await findEntry(store, Number(operand)))?.message : operand;
  const kept = id === undefined ? undefined : await store.message(id);
  if (id === undefined || kept === undefined) {
    io.err(`${operand}: nothing is kept of it`);
    return 1;
  }
  const history = await store.incidents({ match: id, limit: MOST });
  if (args.options.json === true) {
    // People's words are not the administrator's to read.
    io.out(JSON.stringify({ message: { ...kept.message, text: undefined }, deliveries: kept.deliveries, incidents: history }));
    return 0;
  }
  io.out([...headLines(kept.message), '', entryTable(kept.deliveries, now), ...failureLines(kept.deliveries)].join('\n'));
  if (history.length > 0) io.out(`\n${incidentTable(history)}`);
  return 0;
};

function stateOf({ options }: Args, usual: QueueEntry['state'] | undefined): QueueEntry['state'] | undefined {
  const given = textOption(options.state);
  if (given === undefined) return usual;
  if (given === 'all') return undefined;
  const state = STATES.find((known) => known === given);
  if (state === undefined) throw new UsageError(`--state is one of ${[...STATES, 'all'].join(', ')}`);
  return state;
}

function limitOf({ options }: Args): number {
  const limit = Number(textOption(options.limit) ?? 100);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) throw new UsageError(`--limit is a whole number from 1 to ${MOST}`);
  return limit;
}

function entryTable(entries: readonly QueueEntry[], now: number): string {
  const rows = entries.map((entry) => [
    String(entry.seq),
    entry.message,
    entry.outlet,
    entry.state,
    formatDuration(now - entry.acceptedAt),
    String(entry.attempts),
    nextTry(entry, now),
    entry.sender,
    entry.recipient,
    entry.lastFailure === undefined ? '' : failureText(entry.lastFailure),
  ]);
  return renderTable(['NUMBER', 'MESSAGE', 'BY', 'STATE', 'AGE', 'TRIES', 'NEXT', 'FROM', 'TO', 'LAST FAILURE'], rows);
}

function incidentTable(found: readonly Incident[]): string {
  const rows = found.map(({ at, what, from, to, message, failure }) => [formatTime(at), what, from, to, message ?? '-', failureText(failure)]);
  return renderTable(['TIME', 'WHAT', 'FROM', 'TO', 'MESSAGE', 'WHY'], rows);
}

function headLines(message: Message): string[] {
  const facts = [...messageFacts(message, formatTime), ...(message.subject === undefined ? [] : [['Subject', message.subject] as const])];
  return facts.map(([name, value]) => `${`${name}:`.padEnd(12)} ${printable(value)}`);
}

function failureLines(deliveries: readonly QueueEntry[]): string[] {
  const failed = deliveries.filter(({ lastFailure }) => lastFailure !== undefined);
  return failed.map(({ seq, lastFailure, expiresAt, state }) => {
    const until = state === 'waiting' ? `; given up on ${formatTime(expiresAt)}` : '';
    return printable(`${seq}: ${lastFailure?.reason} (${lastFailure?.kind}), ${lastFailure === undefined ? '' : failureText(lastFailure)}${until}`);
  });
}
