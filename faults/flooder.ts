/**
 * Many bad clients, in a process of their own: `flooder.ts KIND PORT COUNT SECONDS RECIPIENT`. Prints one line of JSON, a
 * `Flood`, when the seconds are over.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export const KINDS = ['silent', 'commands', 'data', 'slowloris', 'half-open', 'flood'] as const;
export type FloodKind = (typeof KINDS)[number];

export interface Flood {
  readonly opened: number;
  /** Could not even connect. */
  readonly failed: number;
  /** Ended by the gateway. */
  readonly cut: number;
  /** How long after its connection the last of them was ended, ms. */
  readonly slowestCut: number;
}

const BATCH = 50;
const BATCH_MS = 25;
/** Below the gateway's limit of connections from one address. */
const PER_ADDRESS = 10;
const BYTE_MS = 1_000;
const FLOODERS = 60;

const [kind, port, count, seconds, recipient = ''] = process.argv.slice(2);
const ENVELOPE = `EHLO slow.example\r\nMAIL FROM:<slow@montague.test>\r\nRCPT TO:<${recipient}>\r\nDATA\r\n`;
/** What is sent at once, and what then comes a byte at a time. */
const TALKS: Readonly<Record<string, readonly [string, string]>> = {
  silent: ['', ''],
  'half-open': ['', ''],
  commands: ['', `EHLO slow.example\r\n${'NOOP\r\n'.repeat(100)}`],
  data: [ENVELOPE, `From: slow@montague.test\r\n\r\n${'x'.repeat(600)}`],
  slowloris: ['GET /readyz HTTP/1.1\r\nHost: x\r\n', `X: ${'x'.repeat(600)}`],
};

let opened = 0;
let failed = 0;
let cut = 0;
let slowestCut = 0;
let over = false;

/** From 127.1.0.1 on; an HTTP listener has no limit for one. */
function open(index: number): Socket {
  const host = Math.floor(index / PER_ADDRESS);
  return connect({ host: '127.0.0.1', port: Number(port), localAddress: `127.1.${Math.floor(host / 250)}.${(host % 250) + 1}`, allowHalfOpen: true });
}

function slow(index: number, [first, rest]: readonly [string, string]): void {
  const socket = open(index);
  let began = 0;
  let timer: NodeJS.Timeout | undefined;
  const ended = (): void => {
    clearInterval(timer);
    if (began === 0 || over) return;
    cut++;
    slowestCut = Math.max(slowestCut, performance.now() - began);
    began = 0;
  };
  socket.once('connect', () => {
    opened++;
    began = performance.now();
  });
  // Speaking before the greeting would be a reason of its own to be cut.
  const speak = (): void => {
    if (first !== '') socket.write(first);
    let next = 0;
    if (rest !== '') timer = setInterval(() => socket.write(rest[next++ % rest.length] ?? ''), BYTE_MS);
  };
  if (kind === 'slowloris') socket.once('connect', speak);
  else socket.once('data', speak);
  socket.on('data', () => undefined);
  socket.on('end', ended).on('close', ended);
  socket.on('error', () => {
    if (began === 0 && !socket.connecting) failed++;
  });
}

/** Connects, waits for the first bytes, and leaves; again and again. */
async function flood(lane: number): Promise<void> {
  for (let i = 0; !over; i++) {
    const socket = open(lane * 1_000 + (i % 1_000));
    await new Promise<void>((resolve) => {
      socket.once('connect', () => void opened++);
      socket.once('data', () => socket.destroy());
      socket.once('error', () => void failed++);
      socket.once('end', () => socket.destroy());
      socket.once('close', () => resolve());
    });
  }
}

const until = Date.now() + Number(seconds) * 1_000;
const talk = TALKS[kind ?? ''];
if (talk === undefined) for (let lane = 0; lane < FLOODERS; lane++) void flood(lane);
else {
  for (let i = 0; i < Number(count); i++) {
    slow(i, talk);
    if (i % BATCH === BATCH - 1) await delay(BATCH_MS);
  }
}
await delay(Math.max(0, until - Date.now()));
over = true;
const result: Flood = { opened, failed, cut, slowestCut: Math.round(slowestCut) };
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
