/**
 * Holds many event streams open, each as another client, and tells each time when all of them have had one more `event: presence`. It
 * is ready when all of them have had their first. Ends with its parent.
 */
import { connect } from 'node:net';
import type { FromLine } from '../line.js';

export interface ReadersOptions {
  readonly port: number;
  /** Path and query. */
  readonly target: string;
  readonly streams: number;
}

const { port, target, streams } = JSON.parse(process.argv[2] ?? '') as ReadersOptions;
const EVENT = 'event: presence';
const AT_ONCE = 100;
/** Nobody reads further than this in what comes in one piece. */
const room = Buffer.alloc(65_536);
let round = 1;
let served = 0;

process.on('disconnect', () => process.exit(0));

/** Every stream has had this round's event. */
function complete(): void {
  const message: FromLine = round === 1 ? { ready: true } : { count: (round - 1) * streams };
  round++;
  served = 0;
  process.send?.(message);
}

function open(number: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let had = 0;
    const take = (length: number): boolean => {
      if (room.subarray(0, length).includes(EVENT) && had < round) {
        had = round;
        served++;
        resolve();
        if (served === streams) complete();
      }
      return true;
    };
    const client = `10.${Math.floor(number / 250)}.${number % 250}.1`;
    const socket = connect({ port, host: '127.0.0.1', onread: { buffer: room, callback: take } });
    socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\nX-Forwarded-For: ${client}\r\n\r\n`);
    socket.on('error', reject).on('close', () => reject(new Error(`stream ${number} was closed`)));
  });
}

let next = 0;
await Promise.all(Array.from({ length: AT_ONCE }, async () => {
  while (next < streams) await open(next++);
}));
