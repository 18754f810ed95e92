/**
 * The XMPP server is stopped and killed while mail and chat flow: mail to one who is online and reads, mail to one who is
 * offline until the end, and chat to the mail server outside.
 *
 * The one who reads writes nothing on that connection: what a client writes to a server that closes is answered with a
 * TCP reset, and takes what the client had not yet read with it.
 *
 * ejabberd 23.01 takes some of it with it when it stops: docs/reliability.md says why. A witness on the link tells that from what the gateway lost:
 * what the server had confirmed, with its last breath, is the server's. So is the order of what it had in its offline store.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import xml from '@xmpp/xml';
import type { Figure } from '../../bench/figure.js';
import { startWorld, type World } from '../../test/scenarios/world.js';
import { untilStill, waitUntil } from '../../test/servers/wait.js';
import { ChatLoad } from '../chat-load.js';
import { Checker, type Verdict } from '../checker.js';
import { counter, named } from '../figures.js';
import { noteMail, postMails } from '../mail-load.js';
import { Reader } from '../reader.js';
import { SERVERS, serverOf, type Context, type Row } from '../row.js';
import { Witness } from '../witness.js';

const SHORT = { faults: 1, mails: 160, betweenMs: 0 };
/** Between two faults the link is up for so long that the gateway takes it for good, and does not wait longer each time. */
const LONG = { faults: 10, mails: 300, betweenMs: 10_500 };
const BATCH = 200;
const LANES = 4;
const DEADLINE_MS = 120_000;
/** What was lost is the server's only if that was written so shortly before the link ended, ms. */
const LAST_MOMENT_MS = 1_000;
/** Of that, at each stop of ejabberd: what its process for a client's session may not yet have read. */
const MOST_TAKEN = 20;
/** How long nothing more comes of what a server had kept until the user came again. */
const QUIET_MS = 1_000;
/** Between one chat and the next, so that some are under way at every moment. */
const STEP_MS = 5;

/** One fault in two ways. */
type Way = 'stop' | 'kill';

export const servers: Row = {
  id: 'servers',
  title: 'The XMPP server stopped and killed while mail and chat flow',
  servers: SERVERS,
  run: async (context) => {
    let witness: Witness | undefined;
    const between = async (port: number): Promise<number> => (witness = await Witness.of(port)).port;
    const world = await startWorld(serverOf(context), { relay: 'lmtp', settings: { smtp_out: 'retry = ["1s"]' }, between });
    context.cleanUp(async () => (await world.stop(), witness?.close()));
    const figures: Figure[] = [];
    for (const way of ['stop', 'kill'] as const) figures.push(...(await runWay(way, world, witness, context)));
    return figures;
  },
};

/** What flows, and what is known of it. */
interface Flow {
  readonly way: Way;
  readonly world: World;
  readonly witness: Witness | undefined;
  /** To the one who reads. */
  readonly online: Checker;
  /** To the one who is away. */
  readonly offline: Checker;
  readonly chats: ChatLoad;
  /** Who reads, and only reads. */
  readonly juliet: Reader;
  /** The same user at another device, who writes the chats. */
  readonly writer: Reader;
}

async function runWay(way: Way, world: World, witness: Witness | undefined, context: Context): Promise<Figure[]> {
  const size = context.long ? LONG : SHORT;
  const flow = openFlow(way, world, witness);
  const { juliet, writer } = flow;
  for (const one of [juliet, writer]) context.cleanUp(() => one.stop());
  for (let fault = 0; fault < size.faults; fault++) {
    if (fault > 0) await delay(size.betweenMs);
    await oneFault(flow, fault, size.mails);
    context.say(`${way} ${fault + 1} of ${size.faults}`);
  }
  await settle(flow);
  for (const one of [juliet, writer]) await one.stop();
  return figuresOf(flow, size.faults);
}

function openFlow(way: Way, world: World, witness: Witness | undefined): Flow {
  const online = new Checker();
  const chats = new ChatLoad(world.server.component, way);
  const take = (stanza: xml.Element): void => {
    noteMail(online, stanza, world.server.domain);
    chats.note(stanza);
  };
  const juliet = new Reader(world.server, 'juliet', take);
  // With a priority below 0 no mail comes to it; with one name for ever the receipts find it again.
  const writer = new Reader(world.server, 'juliet', take, { resource: 'writer', presence: xml('presence', {}, xml('priority', {}, '-1')) });
  return { way, world, witness, online, offline: new Checker(), chats, juliet, writer };
}

/** Mail and chat flow; at a random moment the server goes, and comes back while they flow on. */
async function oneFault(flow: Flow, fault: number, mails: number): Promise<void> {
  const { way, world, online, offline, chats, juliet, writer } = flow;
  await Promise.all([juliet.online(), writer.online()]);
  await waitUntil('the gateway is ready', () => world.gateway.ready(), DEADLINE_MS);
  const state = { going: true };
  const moment = online.answeredCount + randomInt(Math.floor(mails / 4), Math.floor(mails / 2));
  const posting = post(flow, `${way}${fault}`, mails);
  const chatting = chatAlong(flow, state);
  await waitUntil('mail flows', () => online.answeredCount >= moment, DEADLINE_MS);
  await delay(randomInt(20));
  await world.server[way]();
  for (const checker of [online, offline, chats.checker]) checker.fault();
  await world.server.start();
  await posting;
  await Promise.all([juliet.online(), writer.online()]);
  state.going = false;
  await chatting;
  chats.readLog(world.gateway.log());
}

/** As many to the one who reads as to the one who is away. */
async function post({ world, online, offline }: Flow, tag: string, mails: number): Promise<void> {
  const { smtpPort } = world.gateway;
  const load = { tag, smtpPort, lanes: LANES, count: mails / 2, size: [1_000, 4_000] as const };
  const to = (user: string): string[] => [`${user}@${world.server.component}`];
  await Promise.all([postMails({ ...load, checker: online, to: to('juliet') }), postMails({ ...load, checker: offline, to: to('romeo') })]);
}

async function chatAlong({ chats, writer, world }: Flow, state: { readonly going: boolean }): Promise<void> {
  while (state.going) {
    chats.sendBy(writer);
    chats.drain(world.outside);
    await delay(STEP_MS);
  }
}

/** A last mail in each lane: when those have arrived, so has all that was before them. */
async function settle(flow: Flow): Promise<void> {
  const { way, world, online, offline, chats, writer } = flow;
  await waitUntil('the gateway is ready', () => world.gateway.ready(), DEADLINE_MS);
  const tag = `${way}last`;
  await post(flow, tag, 2 * LANES);
  const last = Array.from({ length: LANES }, (_, lane) => `${tag}-${lane}-0`);
  // A message that comes while ejabberd hands out its offline store overtakes it.
  await waitUntil('the gateway has handed over all', async () => (await world.gateway.metrics()).includes('stanzapost_queue_waiting{outlet="xmpp"} 0\n'), DEADLINE_MS);
  const romeo = new Reader(world.server, 'romeo', (stanza) => noteMail(offline, stanza, world.server.domain));
  try {
    for (const checker of [online, offline]) await waitUntil('the last mails have arrived', () => last.every((id) => checker.has(id)), DEADLINE_MS);
  } finally {
    await romeo.stop();
  }
  await chats.settle(writer, world.outside, () => world.gateway.log());
  await collect(flow);
}

/** What met a session that was just beginning, ejabberd may have stored for the next. */
async function collect({ world, online }: Flow): Promise<void> {
  const again = new Reader(world.server, 'juliet', (stanza) => noteMail(online, stanza, world.server.domain));
  try {
    await again.online();
    await untilStill(() => online.missing().length, QUIET_MS);
  } finally {
    await again.stop();
  }
}

function figuresOf({ way, world, witness, online, offline, chats }: Flow, faults: number): Figure[] {
  const count = counter(`${world.server.name} ${way === 'stop' ? 'stopped' : 'killed'}`, null);
  const [reading, away, sent, stored] = [online, offline, chats.checker, chats.stored].map((checker) => checker.verdict()) as [Verdict, Verdict, Verdict, Verdict];
  const ejabberd = world.server.name === 'ejabberd';
  const goal = ejabberd && way === 'kill' ? null : 0;
  const isTaken = (id: string): boolean => (witness?.confirmed('juliet', `mail ${id}.`) ?? Infinity) <= LAST_MOMENT_MS;
  const lost = reading.lost.filter((id) => !isTaken(id));
  const taken = reading.lost.filter(isTaken);
  const disordered = [...reading.disordered, ...away.disordered, ...sent.disordered];
  const overtaken = [...reading.overtaken, ...away.overtaken];
  const renamed = [...reading.renamed, ...away.renamed, ...sent.renamed];
  return [
    count('mails to a reading client', 'lost', lost.length, goal, `${reading.answered} answered 250 over ${faults} times ${named(lost)}`),
    count('mails to a reading client that the server took with it', 'lost', taken.length, goal === null || !ejabberd ? goal : faults * MOST_TAKEN, `confirmed by it just before it went ${named(taken)}`),
    count('mails to an offline user', 'lost', away.lost.length, goal, `${away.answered} answered 250 over ${faults} times ${named(away.lost)}`),
    count('mails, after one fault', 'sent twice', Math.max(reading.worstRepeats, away.worstRepeats), BATCH, `${reading.repeats + away.repeats} repeats in all`),
    count('chats committed by the gateway', 'lost', stored.lost.length, 0, `${stored.sent} in its log ${named(stored.lost)}`),
    count('chats receipted', 'lost', sent.lost.length, 0, `${sent.answered} receipted, ${sent.bounced} bounced`),
    count('chats that the server took with it', 'lost in silence', sent.silent.length, null, `${(sent.silent.length / faults).toFixed(1)} each time; written to a server that was about to go`),
    count('either way', 'out of order', disordered.length, 0, named(disordered)),
    count('mails that the server had kept', 'overtaken', overtaken.length, ejabberd ? null : 0, named(overtaken)),
    count('sent twice under another id', 'messages', renamed.length, 0, named(renamed)),
  ];
}
