/** A row of the fault runs: one fault, what is done under it, and figures that must meet their goals. */
import { randomInt } from 'node:crypto';
import type { Figure } from '../bench/figure.js';
import { SERVERS, type ServerKind } from '../bench/row.js';

export { SERVERS, type ServerKind };

export interface Row {
  /** Given to `--row`: `kill`. */
  readonly id: string;
  readonly title: string;
  /** The row is run once for each; empty: once, without an XMPP server. */
  readonly servers: readonly ServerKind[];
  /** The short form ends within about 15 s; the long form has the numbers that are published. */
  run(context: Context): Promise<Figure[]>;
}

/** What a row is told about the run. */
export interface Context {
  /** The server kind to run on; `null` for a row without servers. */
  readonly server: ServerKind | null;
  readonly long: boolean;
  /** Of what is left to chance; printed, and `--seed` repeats it. */
  readonly seed: number;
  /** Tells the person at the terminal how far it is (standard error). */
  say(text: string): void;
  /** Registers what ends when the row has ended, last first, also when it failed. */
  cleanUp(stop: () => Promise<unknown>): void;
}

/** The server kind of a row that has `servers`. */
export function serverOf(context: Context): ServerKind {
  if (context.server === null) throw new Error('this row needs an XMPP server');
  return context.server;
}

/** A turn of the plan: a row on a server, or on none. */
export interface Turn {
  readonly row: Row;
  readonly server: ServerKind | null;
}

/** A row on each of its servers among `kinds`. */
export function turnsOf(row: Row, kinds: readonly ServerKind[] = SERVERS): Turn[] {
  if (row.servers.length === 0) return [{ row, server: null }];
  return row.servers.filter((kind) => kinds.includes(kind)).map((server) => ({ row, server }));
}

/** Runs a row, and ends what it started. */
export async function runTurn({ row, server }: Turn, { long, say, seed = randomInt(2 ** 32) }: Pick<Context, 'long' | 'say'> & Partial<Pick<Context, 'seed'>>): Promise<Figure[]> {
  const opened: (() => Promise<unknown>)[] = [];
  try {
    return await row.run({ server, long, seed, say, cleanUp: (stop) => void opened.push(stop) });
  } finally {
    for (const stop of opened.reverse()) await stop();
  }
}
