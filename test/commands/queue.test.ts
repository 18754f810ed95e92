import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { queue } from '../../src/commands/queue.js';
import { Failure } from '../../src/failure.js';
import type { Incident } from '../../src/store/incidents.js';
import type { QueueEntry } from '../../src/store/queue-entries.js';
import { chat, mail, romeo } from '../store/samples.js';
import { openStore } from '../store/files.js';
import type { SqliteStore } from '../../src/store/sqlite.js';
import { directory, runCommand } from './cli.js';

/** A gateway's store, held open by the gateway, and a configuration that names it. */
let store: SqliteStore;
let config: string;
const now = Date.now();

beforeEach(async () => {
  const dir = directory();
  store = await openStore(join(dir, 'store.db'));
  config = join(dir, 'stanzapost.toml');
  writeFileSync(config, `[xmpp]\nhome = "capulet.example"\ndomain = "gw.example"\nsecret = "hunter2-hunter2"\n[store]\nurl = "sqlite:${join(dir, 'store.db')}"\n`, { mode: 0o600 });
});

const run = (...args: string[]): ReturnType<typeof runCommand> => runCommand(queue, config, args);

const json = async <T>(...args: string[]): Promise<T> => JSON.parse((await run(...args, '--json')).out) as T;

/** A chat message to Romeo that waits after a failed try. */
async function waiting(failure = Failure.temporary('remote-unreachable', 'The relay is away.', { remote: '450 later' })): Promise<QueueEntry> {
  await store.accept([chat(romeo, { subject: 'Balcony', acceptedAt: now - 7_200_000, returnTo: { kind: 'jid', local: 'juliet', domain: 'capulet.example', resource: 'phone' } })]);
  const [claimed] = await store.claim('smtp', 10, 10, now);
  const seq = claimed?.deliveries[0]?.seq ?? 0;
  await store.settle({ lane: claimed?.lane ?? '', ended: [], deferred: [{ seq, failure: failure.toRecord() }], dueAt: now + 3_600_000, at: now, reports: [] });
  const [entry] = await store.list({ state: 'waiting', limit: 1 });
  if (entry === undefined) throw new Error('nothing waits');
  return entry;
}

test('list shows what waits, with its last failure', async () => {
  expect(await run('list')).toEqual({ code: 0, out: 'Nothing is waiting.', err: '' });
  const entry = await waiting();
  const { out } = await run();
  expect(out.split('\n')).toHaveLength(2);
  expect(out).toMatch(/^NUMBER +MESSAGE +BY +STATE +AGE +TRIES +NEXT +FROM +TO +LAST FAILURE\n/);
  expect(out).toMatch(new RegExp(`${entry.seq} +${entry.message} +smtp +waiting +2 h +1 +in (59 min|1 h) +juliet@capulet.example +romeo@montague.example +4.4.1 The relay is away. \\(450 later\\)$`));
  expect(await json<QueueEntry[]>('list')).toEqual([entry]);
});

test('list finds by address, message and state', async () => {
  const entry = await waiting();
  await store.accept([chat(mail('mercutio'))]);
  const seqs = async (...args: string[]): Promise<number[]> => (await json<QueueEntry[]>('list', ...args)).map(({ seq }) => seq);
  expect(await seqs('romeo@montague.example')).toEqual([entry.seq]);
  expect(await seqs(entry.message)).toEqual([entry.seq]);
  expect(await seqs('juliet@capulet.example')).toHaveLength(2);
  expect(await seqs('juliet@capulet.example', '--limit', '1')).toHaveLength(1);
  expect(await seqs('nobody@montague.example')).toEqual([]);
  expect(await seqs('--state', 'failed')).toEqual([]);
  expect(await seqs('--state', 'all')).toHaveLength(2);
  await expect(run('list', '--state', 'lost')).rejects.toThrow('--state is one of waiting, handed-over, delivered, failed, all');
  await expect(run('list', '--limit', '0')).rejects.toThrow('--limit is a whole number');
});

test.each(['message', 'seq'] as const)('show takes the %s, tells the whole way and keeps people\'s words to itself', async (by) => {
  const entry = await waiting();
  await store.record({ at: now, what: 'deferred', from: entry.sender, to: entry.recipient, message: entry.message, failure: Failure.temporary('remote-unreachable', 'First try.').toRecord() });
  const { code, out } = await run('show', String(entry[by]));
  expect(code).toBe(0);
  for (const part of [`Message: {5}${entry.message}`, 'From: +juliet@capulet.example', 'Subject: +Balcony', 'remote-unreachable \\(temporary\\)', 'given up on 20', 'First try\\.']) {
    expect(out).toMatch(new RegExp(part));
  }
  const shown = await json<{ message: { id: string }; deliveries: QueueEntry[]; incidents: Incident[] }>('show', String(entry[by]));
  expect(shown).toMatchObject({ message: { id: entry.message }, deliveries: [{ seq: entry.seq }], incidents: [{ what: 'deferred' }] });
  expect(out + JSON.stringify(shown)).not.toContain('hello');
});

test('show of what is not there is a 1', async () => {
  expect(await run('show', '4711')).toEqual({ code: 1, out: '', err: '4711: nothing is kept of it' });
  expect(await run('show', 'nosuchmessage')).toMatchObject({ code: 1, out: '' });
  await expect(run('show')).rejects.toThrow('queue show takes one message id or number');
});

test.each(['message', 'seq'] as const)('retry by %s makes it due now, for the gateway beside it', async (by) => {
  const entry = await waiting();
  expect(await store.claim('smtp', 1, 1, Date.now())).toEqual([]);
  expect(await run('retry', String(entry[by]))).toEqual({ code: 0, out: `${entry.seq}: due now`, err: '' });
  expect((await store.claim('smtp', 1, 1, Date.now())).flatMap(({ deliveries }) => deliveries.map(({ seq }) => seq))).toEqual([entry.seq]);
  expect(await run('retry', '4711')).toEqual({ code: 1, out: '4711: no such waiting delivery', err: '' });
});

test('drop ends it, tells the sender, and can be looked up', async () => {
  const entry = await waiting();
  expect(await run('drop', String(entry.seq))).toEqual({ code: 0, out: `${entry.seq}: dropped`, err: '' });
  expect((await store.message(entry.message))?.deliveries[0]?.state).toBe('failed');
  const [report] = (await store.claim('xmpp', 10, 10, Date.now())).flatMap(({ deliveries }) => deliveries);
  expect(report).toMatchObject({
    recipient: { local: 'juliet', resource: 'phone' },
    message: { report: { state: 'failed', about: { id: entry.message }, failure: { text: 'The administrator has taken it out of the queue.' } } },
  });
  expect((await run('incidents', 'romeo@montague.example')).out).toMatch(/dropped +juliet@capulet\.example +romeo@montague\.example/);
  expect(await json('drop', String(entry.seq))).toEqual([{ operand: String(entry.seq), done: false }]);
});

test('incidents shows refusals by address; foreign text cannot move the cursor', async () => {
  expect((await run('incidents')).out).toBe('No incidents.');
  const failure = Failure.permanent('forged-sender', 'Not his.', { remote: '\u001b[2Jgone\u202e' }).toRecord();
  await store.record({ at: now, what: 'refused', from: 'tybalt@capulet.example', to: 'x@gw.example', failure });
  const { out } = await run('incidents', 'tybalt@capulet.example');
  expect(out).toContain('5.7.1 Not his. (\u{fffd}[2Jgone\u{fffd})');
  expect(await json<Incident[]>('incidents')).toMatchObject([{ what: 'refused', failure: { reason: 'forged-sender' } }]);
  expect((await run('incidents', 'nobody@capulet.example')).out).toBe('No incidents.');
});

test('without a store it says where there should be one', async () => {
  writeFileSync(config, '[xmpp]\nhome = "a.example"\ndomain = "gw.example"\nsecret = "hunter2-hunter2"\n[store]\nurl = "sqlite:/nowhere/x.db"\n', { mode: 0o600 });
  expect(await run('list')).toEqual({ code: 1, out: '', err: 'The directory of the store does not exist: /nowhere; make it for the gateway\'s user, or correct store.url.' });
});
