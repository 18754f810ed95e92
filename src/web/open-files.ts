/** How many files, and so connections, this process may have open. */
import { readFileSync } from 'node:fs';

/** Where the system does not say: what many have as their limit. */
const USUAL = 1_024;

/** The limit that holds now: Node.js has raised it to the most that is allowed (`ulimit -H -n`, systemd's `LimitNOFILE=`). */
export function openFiles(): number {
  try {
    const [, soft] = /^Max open files +(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === 'unlimited' ? Infinity : Number(soft ?? USUAL);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return USUAL;
    throw error;
  }
}
