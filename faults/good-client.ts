/** A client that behaves, while others do not: it tries until it is served, as any MTA or monitor does, and takes the time. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const EVERY_MS = 100;
const TRY_MS = 10_000;
const AGAIN_MS = 100;
const FROM = '127.0.0.77';

/** A whole mail over a connection of its own; true when it was answered 250. */
export async function mailOnce(port: number, recipient: string, id: string): Promise<boolean> {
  const mail = `From: good@montague.test\r\nTo: ${recipient}\r\nMessage-ID: <${id}@montague.test>\r\n\r\ngood mail ${id}\r\n.\r\n`;
  const steps = ['EHLO good.example\r\n', 'MAIL FROM:<good@montague.test>\r\n', `RCPT TO:<${recipient}>\r\n`, 'DATA\r\n', mail];
  const socket = connect({ host: '127.0.0.1', port, localAddress: FROM, noDelay: true });
  try {
    let code = await reply(socket);
    for (const step of steps) {
      if (code < 200 || code >= 400) return false;
      socket.write(step);
      code = await reply(socket);
    }
    return code === 250;
  } finally {
    socket.destroy();
  }
}

/** The code of the next whole reply; 0 when there is none. */
async function reply(socket: Socket): Promise<number> {
  const signal = AbortSignal.timeout(TRY_MS);
  for (let text = ''; ; ) {
    const last = /^(\d{3}) .*\r\n$/m.exec(text);
    if (last !== null) return Number(last[1]);
    const chunk = await Promise.race([once(socket, 'data', { signal }), once(socket, 'close', { signal })]).catch(() => []);
    if (!Buffer.isBuffer(chunk[0])) return 0;
    text += chunk[0].toString('latin1');
  }
}

/** True when the page was answered 200, over a connection of its own. */
export async function pageOnce(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, { headers: { connection: 'close' }, signal: AbortSignal.timeout(TRY_MS) });
    await response.text();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Asks again and again until `going` is false; how long each took, ms, until it was served. */
export async function keepAsking(ask: () => Promise<boolean>, going: () => boolean): Promise<number[]> {
  const times: number[] = [];
  while (going()) {
    const began = performance.now();
    while (!(await ask())) {
      if (performance.now() - began > 6 * TRY_MS) break;
      await delay(AGAIN_MS);
    }
    times.push(performance.now() - began);
    await delay(EVERY_MS);
  }
  return times;
}

/** The value that 95 of 100 do not exceed. */
export function p95(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] ?? Infinity;
}
