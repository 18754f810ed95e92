/** Mails and stanzas with every kind of damage, into the real gateway: it answers each, and nothing else comes of it. */
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Figure } from '../../bench/figure.js';
import { SafeParser } from '../../src/xmpp/parser.js';
import { chat } from '../../test/scenarios/stanzas.js';
import { waitUntil } from '../../test/servers/wait.js';
import { Chance } from '../chance.js';
import { counter, named } from '../figures.js';
import { openHouse, type House } from '../house.js';
import { MailLine } from '../mail-line.js';
import { mutatedMail, originals as mails } from '../mutate-mail.js';
import { brokenStanza, mutatedStanza, originals as stanzas } from '../mutate-stanza.js';
import { Reader } from '../reader.js';
import { SERVERS, type Row } from '../row.js';

const SHORT = { mails: 600, stanzas: 300, broken: 1_000 };
const LONG = { mails: 20_000, stanzas: 5_000, broken: 5_000 };
const STALL_MS = 200;
/** In the short form, beside other tests: the machine itself lets a process wait. */
const BUSY_STALL_MS = 600;
const LANES = 6;
const BATCH = 100;
const DEADLINE_MS = 60_000;
const WATCH_MS = 1_000;
const ASKED = 10;
const ANSWER_MS = 3_000;
const run = promisify(execFile);

export const mutated: Row = {
  id: 'mutated',
  title: 'mutated mails and stanzas',
  servers: SERVERS,
  run: async (context) => {
    const size = context.long ? LONG : SHORT;
    const chance = new Chance(context.seed);
    context.say(`--seed ${context.seed}`);
    const house = await openHouse(context, { settings: { log: 'level = "warn"' } });
    await house.gateway.start();
    const { pid } = house.gateway;
    const arrived = new Set<string>();
    let answered = 0;
    const juliet = new Reader(house.server, 'juliet', (stanza) => {
      arrived.add((stanza.attrs.id ?? '').slice(0, 26));
      if (stanza.attrs.from === house.server.component) answered++;
    });
    context.cleanUp(() => juliet.stop());
    await juliet.online();
    const watch = new StallWatch(house);

    const posted = await postAll(size.mails, house, chance);
    const lost = await unended(posted.accepted, arrived, house);
    watch.part('mails');
    const said = await sayAll(size.stanzas, house, juliet, chance, () => answered);
    watch.part('stanzas');
    await watch.stop();
    const count = counter('mutated', context.server);
    const stall = context.long ? STALL_MS : BUSY_STALL_MS;
    const seed = `--seed ${context.seed}`;
    return [
      count('mails without an answer', 'mails', posted.unanswered, 0, `${posted.codes}; ${seed}`),
      count('mails answered 250 that neither arrived nor are recorded', 'mails', lost.length, 0, named(lost)),
      count('stanzas after which the gateway was silent', 'batches', said, 0, `${size.stanzas} stanzas`),
      count('the gateway ended, or lost its stream', 'times', (house.gateway.pid === pid && house.gateway.running ? 0 : 1) + linkLosses(house), 0),
      count('errors that it logged', 'lines', errors(house).length, 0, errors(house)[0]?.slice(0, 300)),
      count('longest stall of the event loop, mails', 'ms', watch.worst('mails'), stall),
      count('longest stall of the event loop, stanzas', 'ms', watch.worst('stanzas'), stall),
      ...parserFigures(size.broken, chance, count),
    ];
  },
};

interface Posted {
  readonly accepted: string[];
  readonly unanswered: number;
  /** `250: 17, 550: 3`. */
  readonly codes: string;
}

async function postAll(count: number, { gateway, server }: House, chance: Chance): Promise<Posted> {
  const from = mails();
  const codes = new Map<number, number>();
  const accepted: string[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    const line = new MailLine(gateway.smtpPort, `juliet@${server.component}`);
    while (next < count) {
      const { code, id } = await line.put(mutatedMail(from, `mutant-${next++}`, chance));
      codes.set(code, (codes.get(code) ?? 0) + 1);
      if (id !== undefined) accepted.push(id);
    }
    line.close();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const listed = [...codes].toSorted(([a], [b]) => a - b).map(([code, times]) => `${code}: ${times}`);
  return { accepted, unanswered: codes.get(0) ?? 0, codes: listed.join(', ') };
}

/** Those of which neither the chat user nor the gateway's own records know an end. */
async function unended(accepted: readonly string[], arrived: ReadonlySet<string>, { gateway }: House): Promise<string[]> {
  const missing = (): string[] => accepted.filter((id) => !arrived.has(id));
  await waitUntil('all of them arrived', () => missing().length === 0, DEADLINE_MS / 4).catch(() => undefined);
  const lost: string[] = [];
  for (const id of missing().slice(0, BATCH)) {
    const { file, args } = gateway.command(['queue', 'show', id]);
    const { stdout } = await run(file, [...args]).catch(() => ({ stdout: '' }));
    if (!/failed|bounced/.test(stdout)) lost.push(id);
  }
  return [...lost, ...missing().slice(BATCH)];
}

/** After each batch the gateway must still answer. @returns how often it did not */
async function sayAll(count: number, { server }: House, juliet: Reader, chance: Chance, answered: () => number): Promise<number> {
  const from = stanzas();
  let silent = 0;
  for (let i = 0; i < count; i++) {
    await waitUntil('juliet is online', () => juliet.connected, DEADLINE_MS);
    const to = chance.below(10) === 0 ? server.component : `m${chance.below(50)}%montague.test@${server.component}`;
    juliet.send(mutatedStanza(from, to, `a-mutated-stanza-${i}`, chance));
    if (i % BATCH === BATCH - 1 && !(await answers(juliet, server.component, i, answered))) silent++;
  }
  return silent;
}

/** It asks the gateway itself for what is always answered (help is held back), again when its own stream was ended for what went before. */
async function answers(juliet: Reader, component: string, nth: number, answered: () => number): Promise<boolean> {
  const before = answered();
  for (let i = 0; i < ASKED; i++) {
    juliet.send(chat(component, `are-you-there-${nth}-${i}`, 'burst'));
    if (await waitUntil('the gateway answers', () => answered() > before, ANSWER_MS).then(() => true, () => false)) return true;
  }
  return false;
}

/** Scrapes the longest stall since the last scrape. */
class StallWatch {
  private going = true;
  private name = '';
  private readonly seen: { name: string; ms: number }[] = [];
  private pending: { name: string; ms: number }[] = [];
  private readonly ended: Promise<void>;

  constructor(private readonly house: House) {
    this.ended = this.watch();
  }

  /** What was seen since the last part belongs to this one. */
  part(name: string): void {
    this.name = name;
    for (const one of this.pending) this.seen.push({ ...one, name });
    this.pending = [];
  }

  worst(name: string): number {
    return Math.max(0, ...this.seen.filter((one) => one.name === name).map(({ ms }) => ms));
  }

  async stop(): Promise<void> {
    this.going = false;
    await this.ended;
    this.part(this.name);
  }

  private async watch(): Promise<void> {
    // The first holds the start of the process.
    for (let scrape = 0; this.going || scrape < 2; scrape++) {
      const text = await this.house.gateway.metrics().catch(() => '');
      const seconds = Number(/^stanzapost_nodejs_eventloop_lag_max_seconds (\S+)/m.exec(text)?.[1] ?? 0);
      if (scrape > 0) this.pending.push({ name: '', ms: Math.round(seconds * 1_000) });
      await delay(WATCH_MS);
    }
  }
}

function linkLosses({ gateway }: House): number {
  return gateway.log().split('\n').filter((line) => /XMPP server|stream/.test(line) && /"level":(40|50)/.test(line)).length;
}

function errors({ gateway }: House): string[] {
  return gateway.log().split('\n').filter((line) => /"level":(50|60)/.test(line));
}

/** The parser of the component stream by itself, fed in pieces of any length: it throws nothing, and is never long. */
function parserFigures(count: number, chance: Chance, figure: ReturnType<typeof counter>): Figure[] {
  const from = stanzas();
  let thrown = 0;
  let slowest = 0;
  for (let i = 0; i < count; i++) {
    const parser = new SafeParser();
    parser.on('error', () => undefined);
    const text = `<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>${brokenStanza(from, chance)}${chance.pick(from)}`;
    const before = process.cpuUsage();
    try {
      for (let at = 0; at < text.length; ) {
        const length = 1 + chance.below(chance.pick([3, 100, 70_000]));
        parser.write(text.slice(at, at + length));
        at += length;
      }
    } catch {
      thrown++;
    }
    slowest = Math.max(slowest, process.cpuUsage(before).user / 1_000);
  }
  return [
    figure('the parser of the component stream threw', 'times', thrown, 0, `${count} broken stanzas`),
    figure('the parser of the component stream, longest', 'ms of CPU', Math.round(slowest), STALL_MS),
  ];
}
