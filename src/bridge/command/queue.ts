/** The queue, for administrators. What people write is never shown, nor are their subjects: an answer stays in a chat archive. */
import type { Clock } from '../../clock.js';
import { Failure } from '../../failure.js';
import type { OutletName } from '../../message.js';
import type { QueueEntry } from '../../store/queue-entries.js';
import type { Store } from '../../store/store.js';
import { printable } from '../../words.js';
import type { Command } from '../command.js';
import { changedLine, drop, findEntry, isNumber, retry, type Changed, type QueueDesk } from '../queue-desk.js';
import { queueHeldIn } from '../queue-hold.js';
import { countLines, entryLine, failureText, heldLine, messageFacts } from '../queue-lines.js';
import { midnight } from '../statistics.js';

export interface QueueCommandParts {
  readonly store: Pick<Store, 'list' | 'message' | 'retry' | 'drop' | 'counts' | 'statistics' | 'incidents' | 'switches'>;
  /** How long a report is tried, ms. */
  readonly lifetime: number;
  /** The gateway's. */
  readonly domain: string;
  readonly clock: Clock;
  /** The queue has something that is due. */
  readonly wake: (outlet: OutletName) => void;
}

/** Of longer lists, so many lines: what a phone shows. */
const MOST_SHOWN = 10;
const MOST_INCIDENTS = 5;
/** Looked at for what is not held, and for what belongs to an address. */
const MOST = 1_000;

export function queueCommands(parts: QueueCommandParts): readonly Command[] {
  return [
    {
      name: 'queue',
      audience: 'admins',
      title: 'Queue',
      form: '[ADDRESS]',
      meaning: 'what waits; with an address, a message id or a number: what is kept of it',
      fields: [{ name: 'match', label: 'Address of a sender or recipient, or message id; empty: what waits', kind: 'text' }],
      run: (_admin, { match = '' }) => (match.trim() === '' ? overview(parts) : listOf(match.trim(), parts)),
    },
    {
      name: 'queue show',
      audience: 'admins',
      title: 'A message in the queue',
      form: 'ID',
      meaning: 'the way of a message, by its id or the number of a delivery: each failure, and when it is tried again',
      fields: [{ name: 'id', label: 'Message id or number', kind: 'text', required: true }],
      run: (_admin, { id = '' }) => show(id.trim(), parts),
    },
    {
      name: 'queue retry',
      audience: 'admins',
      title: 'Try again now',
      form: 'ID|RECIPIENT',
      meaning: 'tries it now: a message, a delivery by its number, or all that waits for a recipient',
      fields: [{ name: 'id', label: 'Message id, number, or address of the recipient', kind: 'text', required: true }],
      run: async (_admin, { id = '' }) => told(await retry(id.trim(), deskOf(parts)), 'due now', parts),
    },
    {
      name: 'queue drop',
      audience: 'admins',
      title: 'Give up a message',
      form: 'ID',
      meaning: 'gives it up, by message id or number; its sender is told',
      fields: [{ name: 'id', label: 'Message id or number', kind: 'text', required: true }],
      run: async (_admin, { id = '' }) => told(await drop(id.trim(), deskOf(parts)), 'dropped', parts),
    },
  ];
}

function deskOf({ store, lifetime, domain, clock }: QueueCommandParts): QueueDesk {
  return { store, lifetime, domain, now: clock() };
}

async function overview({ store, clock }: QueueCommandParts): Promise<string> {
  const now = clock();
  const [counts, { held }, entries, since] = await Promise.all([store.counts(now), store.statistics(midnight(now)), store.list({ state: 'waiting', limit: MOST }), queueHeldIn(store.switches)]);
  const free = entries.filter((entry) => entry.held === undefined);
  return [...[heldLine(since)].flatMap((line) => line ?? []), ...countLines(counts, held), ...bounded(free.map((entry) => entryLine(entry, now)), MOST_SHOWN)].join('\n');
}

async function listOf(match: string, { store, clock }: QueueCommandParts): Promise<string> {
  const entries: readonly QueueEntry[] = isNumber(match) ? await one(store, match) : await store.list({ match, limit: MOST });
  const now = clock();
  return bounded(entries.map((entry) => entryLine(entry, now)), MOST_SHOWN).join('\n') || `Nothing is kept of ${printable(match)}.`;
}

async function one(store: QueueCommandParts['store'], number: string): Promise<readonly QueueEntry[]> {
  const entry = await findEntry(store, Number(number));
  return entry === undefined ? [] : [entry];
}

async function show(typed: string, { store, clock }: QueueCommandParts): Promise<string | Failure> {
  const id = isNumber(typed) ? (await findEntry(store, Number(typed)))?.message : typed;
  const kept = id === undefined ? undefined : await store.message(id);
  if (id === undefined || kept === undefined) return Failure.permanent('bad-content', `Nothing is kept of ${printable(typed)}.`);
  const now = clock();
  const history = await store.incidents({ match: id, limit: MOST_INCIDENTS });
  return [
    ...messageFacts(kept.message, inUtc).map(([name, value]) => printable(`${name}: ${value}`)),
    ...bounded(kept.deliveries.map((entry) => entryLine(entry, now)), MOST_SHOWN),
    ...history.map(({ at, what, failure }) => printable(`${inUtc(at)} ${what}: ${failureText(failure)}`)),
  ].join('\n');
}

function told(changed: readonly Changed[], done: string, { wake }: QueueCommandParts): string | Failure {
  wake('xmpp');
  wake('smtp');
  const lines = bounded(changed.map((one) => printable(changedLine(one, done))), MOST_SHOWN).join('\n');
  return changed.some((one) => one.done) ? lines : Failure.permanent('bad-content', lines);
}

function bounded(lines: readonly string[], most: number): readonly string[] {
  const more = lines.length - most;
  return more > 0 ? [...lines.slice(0, most), `and ${more} more`] : lines;
}

function inUtc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
