/**
 * Ports for test servers, claimed across processes so that test files running side by side never pick the same one.
 *
 * They lie below the kernel's ephemeral range: a client that keeps trying a stopped server's port inside that range can
 * be given this very port as its own and connect to itself.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LOWEST = 20_000;
const HIGHEST = 32_000;
/** A claim made in between, or one of another user's. */
const LOST_TO_ANOTHER = new Set<string | undefined>(['EEXIST', 'EPERM', 'EACCES']);
const CLAIMS = join(tmpdir(), 'stanzapost-ports');

const mine = new Set<string>();
process.once('exit', () => mine.forEach((path) => rmSync(path, { force: true })));

/** `count` ports on 127.0.0.1 that nobody listens on, kept for this process until it ends. */
export async function claimPorts(count: number): Promise<number[]> {
  mkdirSync(CLAIMS, { recursive: true, mode: 0o777 });
  const ports: number[] = [];
  while (ports.length < count) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (claim(port) && (await isFree(port))) ports.push(port);
  }
  return ports;
}

export async function claimPort(): Promise<number> {
  const [port] = await claimPorts(1);
  if (port === undefined) throw new Error('no port was claimed');
  return port;
}

function claim(port: number): boolean {
  const path = join(CLAIMS, String(port));
  if (mine.has(path) || isHeld(path)) return false;
  try {
    rmSync(path, { force: true });
    writeFileSync(path, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (LOST_TO_ANOTHER.has((error as NodeJS.ErrnoException).code)) return false;
    throw error;
  }
  mine.add(path);
  return true;
}

/** True when the process that holds the claim still lives. */
function isHeld(path: string): boolean {
  try {
    process.kill(Number(readFileSync(path, 'utf8')), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
