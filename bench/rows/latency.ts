/**
 * Latency of one message on an idle system, against the sum of the bare steps. Each message is followed by one of each bare
 * step, so that what else the machine does meets all of them alike.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { median } from '../contest.js';
import { against, readable, type Figure } from '../figure.js';
import { Arrivals } from '../loads/arrivals.js';
import { bareComponent, type BareComponent } from '../loads/bare-component.js';
import { makeChats, sendChats } from '../loads/chat-load.js';
import { makeMail } from '../loads/mails.js';
import { startCountingSink } from '../loads/smtp-sink.js';
import { SmtpSession } from '../loads/smtp-session.js';
import { SERVERS, serverOf, type Context, type Row } from '../row.js';
import { setStage, startGateway, startLine, type Stage } from '../stage.js';

const [BARE, UNCHECKED, CHATS] = ['bare.example.test', 'unchecked.example.test', 'chats.example.test'] as const;
const BYTES = 1_024;
const NO_RELAY = 9;
const ELSEWHERE = 'juliet@elsewhere.test';
const GOAL = 2;
/** One after the other without a pause, until the code is compiled; these do not count. */
const [WARM_UP, QUICK_WARM_UP] = [2_000, 300] as const;
/** Long enough that the gateway has settled the message before, and has nothing to do. */
const IDLE_MS = 20;

/** What both directions need. */
interface Ground {
  readonly stage: Stage;
  readonly bare: BareComponent;
  /** One small transaction, on the disk when it returns. */
  readonly commit: () => void;
}

/** Measures one step: the first is the whole way, the others are the bare steps. */
type Measure = (step: string, run: () => unknown) => Promise<void>;

export const latency: Row = { id: 'latency', title: 'latency of one message, idle system', quick: true, servers: SERVERS, run };

async function run(context: Context): Promise<Figure[]> {
  if (context.profile !== null) throw new Error('latency has no profile: the gateway is idle most of the time');
  const stage = await setStage(context, [BARE, UNCHECKED, CHATS]);
  const bare = await bareComponent(stage.server, BARE);
  context.cleanUp(() => bare.stop());
  const ground: Ground = { stage, bare, commit: await committer(context) };
  return [...(await mailToChat(context, ground)), await chatToMail(context, ground)];
}

async function mailToChat(context: Context, { stage, bare, commit }: Ground): Promise<Figure[]> {
  const arrivals = new Arrivals(stage.juliet);
  const drop = await startLine(context, stage, 'drop', { domain: BARE, kind: 'drop' });
  const dropped = await openSession(context, drop.port);
  const figures: Figure[] = [];
  let next = 0;
  for (const [name, component, dnsPort] of [['verified', stage.server.component, stage.dnsPort], ['unverified', UNCHECKED, undefined]] as const) {
    const { smtpPort } = await startGateway(context, stage, { relayPort: NO_RELAY, component, ...(dnsPort !== undefined && { dnsPort }) });
    const session = await openSession(context, smtpPort);
    const to = `juliet@${component}`;
    const arrive = async (number: number, send: () => Promise<unknown>): Promise<void> => void (await Promise.all([arrivals.expect(number, 1), send()]));
    figures.push(await compare(context, `mail → chat, ${name}`, async (measure) => {
      const [ours, theirs] = [next++, next++];
      const mail = makeMail(ours, { to, bytes: BYTES, batch: name });
      await session.envelope(mail, to);
      await measure('whole', () => arrive(ours, () => session.data(mail)));
      await dropped.envelope(mail, to);
      await measure('SMTP answer', () => dropped.data(mail));
      await measure('fsync', commit);
      await measure('server hop', () => arrive(theirs, () => bare.write(theirs, stage.server.users.juliet.jid, BYTES)));
    }));
  }
  return figures;
}

async function chatToMail(context: Context, { stage, bare, commit }: Ground): Promise<Figure> {
  const [sink, bareSink] = await Promise.all([startCountingSink(), startCountingSink()]);
  context.cleanUp(() => Promise.all([sink.stop(), bareSink.stop()]));
  await startGateway(context, stage, { relayPort: sink.port, component: CHATS });
  // The gateway keeps its connection over such a pause too.
  const session = await openSession(context, bareSink.port);
  let number = 0;
  return compare(context, 'chat → mail', async (measure) => {
    const mail = makeMail(number, { to: ELSEWHERE, bytes: BYTES, batch: 'bare' });
    const [ours = [], theirs = []] = [CHATS, BARE].map((component) => makeChats(`latency-${number}`, 1, { component, bytes: BYTES }));
    number++;
    await measure('whole', () => sendChats(stage.juliet, ours, sink));
    await measure('server hop', () => sendChats(stage.juliet, theirs, bare));
    await measure('fsync', commit);
    await measure('SMTP dialogue', () => session.send(mail, ELSEWHERE));
  });
}

async function compare(context: Context, name: string, once: (measure: Measure) => Promise<void>): Promise<Figure> {
  const times = new Map<string, number[]>();
  const messages = context.quick ? 30 : 200;
  for (let i = context.quick ? -QUICK_WARM_UP : -WARM_UP; i < messages; i++) {
    await once(async (step, run) => {
      if (i >= 0) await pause(IDLE_MS);
      const start = performance.now();
      await run();
      if (i >= 0) times.set(step, [...(times.get(step) ?? []), performance.now() - start]);
    });
  }
  const [whole = [], ...steps] = times.values();
  const sum = steps.reduce((total, step) => total + median(step), 0);
  const parts = [...times].map(([step, all]) => `${step} ${readable(median(all))} ms (p95 ${readable(quantile(all, 0.95))})`);
  const title = `latency, ${name} · ${serverOf(context)} · against the sum of the bare steps`;
  return against(sum, { name: title, unit: 'ms', value: median(whole), goal: GOAL, higherIsBetter: false, note: parts.join(', ') });
}

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? NaN;
}

async function openSession(context: Context, port: number): Promise<SmtpSession> {
  const session = await SmtpSession.open(port);
  context.cleanUp(() => session.quit());
  return session;
}

async function committer(context: Context): Promise<() => void> {
  const dir = await mkdtemp(join(tmpdir(), 'stanzapost-bench-'));
  const db = new Database(join(dir, 'commits.db'));
  context.cleanUp(() => (db.close(), rm(dir, { recursive: true })));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE messages (text TEXT)');
  const insert = db.prepare('INSERT INTO messages VALUES (?)');
  return () => void insert.run('x'.repeat(BYTES));
}
