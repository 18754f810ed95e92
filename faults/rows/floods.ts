/** Clients that hold connections, by SMTP and at the administrator's listener, while a good one wants to be served. */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Figure } from '../../bench/figure.js';
import { counter } from '../figures.js';
import type { Flood, FloodKind } from '../flooder.js';
import { keepAsking, mailOnce, p95, pageOnce } from '../good-client.js';
import { openHouse, type House } from '../house.js';
import { serverOf, type Context, type Row } from '../row.js';

const FLOODER = fileURLToPath(new URL('../flooder.ts', import.meta.url));
/** A good client's p95, ms. */
const GOOD_MS = 2_000;
const CUT_MS = 60_000;
/** Descriptors of a process that are not the flood's. */
const SPARE = 1_000;

/** Bad clients of each kind that are there together, and for how long. */
interface Wave {
  readonly title: string;
  readonly bad: Readonly<Partial<Record<FloodKind, number>>>;
  readonly seconds: number;
}

/** In the short form nobody waits for a minute: there are few places, and all but those are cut at once. */
const SHORT: readonly Wave[] = [
  { title: '450 slow by SMTP, 300 by HTTP', bad: { silent: 150, commands: 150, data: 150, slowloris: 300 }, seconds: 4 },
  { title: '1,000 half-open', bad: { 'half-open': 1_000 }, seconds: 3 },
  { title: 'a flood of connections', bad: { flood: 0 }, seconds: 3 },
];
const LONG: readonly Wave[] = [
  { title: '1,000 slow by SMTP, 1,000 by HTTP', bad: { silent: 330, commands: 330, data: 340, slowloris: 1_000 }, seconds: 75 },
  { title: '10,000 half-open', bad: { 'half-open': 10_000 }, seconds: 75 },
  { title: 'a flood of connections', bad: { flood: 0 }, seconds: 30 },
];

export const floods: Row = {
  id: 'floods',
  title: 'slow clients, half-open connections and floods, while a good client is served',
  // What is tried stands before the XMPP server.
  servers: ['prosody'],
  run: async (context) => {
    const house = await openHouse(context, context.long ? {} : { settings: { smtp_in: 'max_connections = 100' } });
    await house.gateway.start();
    const figures: Figure[] = [];
    for (const wave of context.long ? LONG : SHORT) figures.push(...(await runWave(wave, house, context)));
    return figures;
  },
};

async function runWave({ title, bad, seconds }: Wave, house: House, context: Context): Promise<Figure[]> {
  const recipient = `juliet@${house.server.component}`;
  let going = true;
  const flooding = Promise.all(Object.entries(bad).map(([kind, count]) => flood(kind as FloodKind, withinLimit(count, context), seconds, house, recipient)));
  const done = flooding.finally(() => (going = false));
  const heldAtEnd = delay((seconds - 1) * 1_000).then(() => held(house.gateway.smtpPort) + held(house.gateway.adminPort));
  let sent = 0;
  const asking = [
    keepAsking(() => mailOnce(house.gateway.smtpPort, recipient, `good-${process.pid}-${title.length}-${sent++}`), () => going),
    keepAsking(() => pageOnce(house.gateway.adminPort), () => going),
  ] as const;
  const [results, mails, pages] = await Promise.all([done, ...asking]);
  context.say(`${title}: ${JSON.stringify(results)}`);
  return figuresOf(title, results, await heldAtEnd, [mails, pages], context);
}

/** Connections of bad clients (from 127.1.0.0/16) that are open on the gateway's side. */
function held(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const established = readFileSync('/proc/net/tcp', 'utf8').split('\n').map((line) => line.trim().split(/\s+/));
  return established.filter(([, from, to, state]) => from?.endsWith(local) === true && state === '01' && /^....017F:/.test(to ?? '')).length;
}

function figuresOf(title: string, results: readonly Flood[], open: number, [mails, pages]: readonly [number[], number[]], context: Context): Figure[] {
  const count = counter('floods', serverOf(context));
  const sum = (of: (one: Flood) => number): number => results.reduce((total, one) => total + of(one), 0);
  const seen = `${sum((one) => one.opened)} connections opened, ${sum((one) => one.failed)} failed, ${sum((one) => one.cut)} cut, ${open} still held at the end; ${mails.length} mails, ${pages.length} pages, worst ${Math.round(Math.max(...mails))} and ${Math.round(Math.max(...pages))} ms`;
  const figures = [
    count(`${title}: a good mail's 250, p95`, 'ms', Math.round(p95(mails)), GOOD_MS, seen),
    count(`${title}: the answer of /readyz, p95`, 'ms', Math.round(p95(pages)), GOOD_MS),
  ];
  if (!context.long || title.includes('flood')) return figures;
  return [
    ...figures,
    count(`${title}: never cut`, 'connections', open, 0, 'what the system completed and never handed to the gateway, its queue being full, is not the gateway\'s to cut'),
    count(`${title}: the last was cut after`, 'ms', Math.max(...results.map(({ slowestCut }) => slowestCut)), CUT_MS),
  ];
}

async function flood(kind: FloodKind, count: number, seconds: number, { gateway }: House, recipient: string): Promise<Flood> {
  const port = kind === 'slowloris' ? gateway.adminPort : gateway.smtpPort;
  const args = ['--import', 'tsx', FLOODER, kind, String(port), String(count), String(seconds), recipient];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(await readAll(child.stdout)) as Flood;
}

/** As many as a process may have open. */
function withinLimit(count: number, context: Context): number {
  const limit = Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim()) - SPARE;
  if (!(count > limit)) return count;
  context.say(`${count} connections are more than this machine lets a process have: ${limit}`);
  return limit;
}
