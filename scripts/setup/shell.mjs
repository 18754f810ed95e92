/** Running other programs, with root's rights where we can have them. */
import { spawn, spawnSync } from 'node:child_process';
import process from 'node:process';
import { clearInterval, setInterval } from 'node:timers';

const BEAT_MS = 15_000;

/** Why the setup cannot go on, in words for the person at the terminal. */
export class Stop extends Error {
  /** @param {string} message @param {number} status exit status */
  constructor(message, status = 1) {
    super(message);
    this.status = status;
  }
}

/** @param {string} line */
export function say(line) {
  process.stderr.write(`[setup] ${line}\n`);
}

/**
 * Runs a program whose output is worth seeing; it goes to standard error.
 * @param {string[]} command @param {{ cwd?: string, env?: Record<string, string> }} [options]
 * @returns {Promise<number>} its exit status; 127 when it could not be started
 */
export function run([file = '', ...args], { cwd, env } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 2, 2] });
    child.on('error', () => resolve(127));
    child.on('close', (status) => resolve(status ?? 1));
  });
}

/**
 * `run` for a program that is silent for minutes: says every 15 s that it is still at work.
 * @param {string[]} command @param {{ cwd?: string, env?: Record<string, string> }} [options]
 */
export async function runLong(command, options) {
  const start = Date.now();
  const beat = setInterval(() => say(`${command.slice(0, 2).join(' ')}: ${Math.round((Date.now() - start) / 1000)} s`), BEAT_MS);
  return run(command, options).finally(() => clearInterval(beat));
}

/**
 * Runs a short program and gives its output; `input` goes to its standard input.
 * @param {string[]} command @param {string} [input]
 */
export function read([file = '', ...args], input = '') {
  const { status, stdout } = spawnSync(file, args, { input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, env: { ...process.env, LC_ALL: 'C' } });
  return { ok: status === 0, output: stdout ?? '' };
}

/**
 * What to put before a command so that it runs as root: nothing, or sudo when it asks for no password.
 * @returns {string[] | undefined} undefined when we have no such rights
 */
export function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return read(['sudo', '-n', 'true']).ok ? ['sudo', '-n'] : undefined;
}
