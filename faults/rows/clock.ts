/**
 * The clock of the machine is set while mail waits: a day forward, a day back, and over both ends of summer time. What waits
 * is not tried in a rush, does not expire, does not wait longer than it should, and keeps its order.
 *
 * libfaketime sets the clock of the running process, and leaves the kernel's even clock alone, as `date -s` does.
 */
import { execFile } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { alone, type Figure } from '../../bench/figure.js';
import { waitUntil } from '../../test/servers/wait.js';
import type { GatewayProcess } from '../../test/scenarios/gateway-process.js';
import { bodyOf } from '../../test/scenarios/stanzas.js';
import { openHouse, type House } from '../house.js';
import { serverOf, type Context, type Row } from '../row.js';

const run = promisify(execFile);
const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
const DEADLINE = 15_000;
const DAY = 86_400;
const CHATS = 5;

export const clock: Row = {
  id: 'clock',
  title: 'the clock of the machine is set',
  // What is tried stands behind the XMPP server.
  servers: ['prosody'],
  async run(context) {
    const figures = await jumps(context);
    if (context.long) for (const at of ['2026-03-29T00:59:50Z', '2026-10-25T00:59:50Z']) figures.push(...(await summerTime(context, at)));
    return figures;
  },
};

/** Runs the gateway by a clock that `set` moves. */
function faked(from: number, zone: string): Parameters<typeof openHouse>[1] {
  return {
    settings: { smtp_out: 'retry = ["1h"]\nexpire = "12h"\nwarn = "2s"' },
    wrap: (command, gateway) => {
      set(gateway, from);
      return { ...command, file: 'env', args: [`TZ=${zone}`, ...byItsClock(gateway), command.file, ...command.args] };
    },
  };
}

function byItsClock(gateway: GatewayProcess): string[] {
  return [`LD_PRELOAD=${LIBRARY}`, `FAKETIME_TIMESTAMP_FILE=${clockFile(gateway)}`, 'FAKETIME_NO_CACHE=1', 'FAKETIME_DONT_FAKE_MONOTONIC=1', 'FAKETIME_DISABLE_SHM=1'];
}

/** A command on the same machine. */
async function queue(house: House, ...words: string[]): Promise<string> {
  const { file, args, cwd } = house.gateway.command(['queue', ...words]);
  return (await run('env', [...byItsClock(house.gateway), file, ...args], { cwd })).stdout;
}

function clockFile(gateway: GatewayProcess): string {
  return join(gateway.dir, 'clock');
}

/** @param seconds from the true time */
function set(gateway: GatewayProcess, seconds: number): void {
  const file = clockFile(gateway);
  writeFileSync(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
  renameSync(`${file}.new`, file);
}

async function jumps(context: Context): Promise<Figure[]> {
  const house = await openHouse(context, faked(0, 'UTC'));
  await house.gateway.start();
  await deferred(house);
  const name = `set a day · ${serverOf(context)}`;
  const seen: Seen[] = [];
  const before = await left(house, 0);
  for (const [way, offset] of [['forward', DAY], ['back', -DAY]] as const) {
    const tries = triesOf(house);
    const told = house.gateway.log().length;
    set(house.gateway, offset);
    await waitUntil('the log tells of it', () => house.gateway.log().slice(told).includes(`was set ${way}`), DEADLINE).catch(() => context.say(`${way}: the log does not tell`));
    // Longer than the queue sleeps, and than it waits between two looks for what is late.
    if (context.long || way === 'forward') await delay(context.long ? 65_000 : 5_500);
    const now = await left(house, offset);
    const moved = Math.max(Math.abs(now.expires - before.expires), Math.abs(now.due - before.due));
    const flows = await flow(house, `${way}`);
    seen.push({ tries: triesOf(house) - tries - flows, moved, told: house.gateway.log().slice(told).includes(`was set ${way}`), waiting: now.waiting });
  }
  const order = await drained(house);
  const most = (of: (one: Seen) => number): number => Math.max(...seen.map(of));
  return [
    figure(`${name} · tries of what was not due`, 'tries', most(({ tries }) => tries), 0),
    figure(`${name} · expired early or lost`, 'messages', CHATS - Math.min(...seen.map(({ waiting }) => waiting)) + missing(order), 0),
    figure(`${name} · time left to what waits changed by`, 's', most(({ moved }) => moved), context.long ? 150 : 30, 'the run itself takes some of it'),
    figure(`${name} · overtaken`, 'messages', overtaken(order), 0),
    figure(`${name} · not told in the log`, 'times', seen.filter(({ told }) => !told).length, 0),
  ];
}

interface Seen {
  readonly tries: number;
  readonly moved: number;
  readonly told: boolean;
  readonly waiting: number;
}

/** Chats that wait for an hour, since their mail server says later. */
async function deferred(house: House): Promise<void> {
  house.sink.behave('rcpt', (address) => (address.startsWith('romeo@') ? { answer: '450 4.2.1 later' } : 'accept'));
  for (let i = 0; i < CHATS; i++) house.say(`waits-${i}`);
  await waitUntil('they wait', async () => (await list(house)).filter(({ lastFailure }) => lastFailure !== undefined).length > 0 && (await list(house)).length === CHATS, DEADLINE);
}

interface Entry {
  readonly seq: number;
  readonly recipient: string;
  readonly dueAt: number;
  readonly expiresAt: number;
  readonly lastFailure?: unknown;
}

async function list(house: House): Promise<Entry[]> {
  return (JSON.parse(await queue(house, 'list', '--json')) as Entry[]).filter(({ recipient }) => recipient.startsWith('romeo@'));
}

/** Seconds that the first of what waits has left, by the clock it lives by. */
async function left(house: House, offset: number): Promise<{ due: number; expires: number; waiting: number }> {
  const entries = await list(house);
  const now = Date.now() + offset * 1_000;
  const least = (of: (entry: Entry) => number): number => Math.min(...entries.map(of).map((at) => (at - now) / 1_000));
  return { due: least(({ dueAt }) => dueAt), expires: least(({ expiresAt }) => expiresAt), waiting: entries.length };
}

function triesOf(house: House): number {
  return house.sink.seen.filter((line) => line.startsWith('rcpt romeo@')).length;
}

/** A mail comes in all the same. @returns 0: none of it went to the mail server */
async function flow(house: House, name: string): Promise<number> {
  if ((await house.post(`flows-${name}`)) !== 250) throw new Error('a mail was refused');
  await house.juliet.waitFor((stanza) => (stanza.getChildText('body') ?? '').includes(`[flows-${name}]`), DEADLINE);
  return 0;
}

/** The mail server takes all of it. @returns the texts in the order they came */
async function drained(house: House): Promise<string[]> {
  house.sink.behave('rcpt', 'accept');
  const [first] = (await list(house)).sort((a, b) => a.seq - b.seq);
  if (first !== undefined) await queue(house, 'retry', String(first.seq));
  const came = (): string[] => cameOut(house);
  await waitUntil('all of it came', () => came().length >= CHATS, DEADLINE).catch(() => undefined);
  return came();
}

/** By their bodies: the first one's text is the subject of all. */
function cameOut({ sink }: House): string[] {
  return sink.mails.flatMap((mail) => /\[(waits-\d+)\]/.exec(bodyOf(mail))?.[1] ?? []);
}

function missing(order: readonly string[]): number {
  return CHATS - new Set(order).size;
}

function overtaken(order: readonly string[]): number {
  return order.filter((text, i) => i > 0 && text < (order[i - 1] ?? '')).length;
}

/** Messages both ways over the hour that is missing or comes twice, and one that is tried again after it. */
async function summerTime(context: Context, at: string): Promise<Figure[]> {
  const from = Math.round((Date.parse(at) - Date.now()) / 1_000);
  const options = faked(from, 'Europe/Berlin');
  const house = await openHouse(context, { ...options, settings: { smtp_out: 'retry = ["12s"]' } });
  await house.gateway.start();
  house.sink.behave('rcpt', { answer: '450 4.2.1 later' });
  for (let i = 0; i < CHATS; i++) house.say(`waits-${i}`);
  await waitUntil('the first was tried', () => triesOf(house) > 0, DEADLINE);
  const tried = Date.now();
  house.sink.behave('rcpt', 'accept');
  const came = (): string[] => cameOut(house);
  await waitUntil('all of it came', () => came().length >= CHATS, 40_000).catch(() => undefined);
  const waited = (Date.now() - tried) / 1_000;
  await flow(house, 'after');
  const name = `summer time, ${at.slice(0, 10)} · ${serverOf(context)}`;
  return [
    figure(`${name} · lost`, 'messages', missing(came()), 0),
    figure(`${name} · overtaken`, 'messages', overtaken(came()), 0),
    figure(`${name} · next try after 12 s`, 's', waited, 20),
    figure(`${name} · taken for a clock that was set`, 'times', house.gateway.log().includes('clock of the machine') ? 1 : 0, 0),
  ];
}

function figure(name: string, unit: string, value: number, goal: number, note?: string): Figure {
  return alone({ name, unit, value, goal, higherIsBetter: false, ...(note !== undefined && { note }) });
}
