/** Waiting for a thing to happen, always with a deadline. */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const STEP_MS = 10;
const ANSWER_TIMEOUT_MS = 3_000;

/** Polls `check` until it gives something other than undefined or false; throws naming `what` at the deadline. */
export async function waitUntil<T>(
  what: string,
  check: () => T | Promise<T>,
  deadlineMs: number,
): Promise<Exclude<T, undefined | false>> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await delay(STEP_MS);
  }
}

/**
 * Waits until `left` gives 0, or has given the same for so long that nothing more is to be expected.
 * @returns what it gave last
 */
export async function untilStill(left: () => number | Promise<number>, quietMs: number): Promise<number> {
  let last = await left();
  let since = Date.now();
  while (last > 0 && Date.now() - since < quietMs) {
    await delay(STEP_MS);
    const now = await left();
    if (now !== last) since = Date.now();
    last = now;
  }
  return last;
}

/** True when something accepts connections on this port of 127.0.0.1. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Sends `hello` (which may be empty) to this port of 127.0.0.1; true when `expected` comes back before the connection ends. */
export function answers(port: number, hello: string, expected: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => hello !== '' && socket.write(hello));
    let received = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      received += text;
      if (received.includes(expected)) socket.destroy();
    });
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy());
    socket.on('error', (error) => (received += error.message));
    socket.on('close', () => resolve(received.includes(expected)));
  });
}
