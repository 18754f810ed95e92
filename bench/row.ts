/** A row of the bench: what it needs, and how it is run. One row may give several figures. */
import type { Figure } from './figure.js';
import type { Load } from './profile.js';

export const SERVERS = ['prosody', 'ejabberd'] as const;
export type ServerKind = (typeof SERVERS)[number];

export interface Row {
  /** Given to `--row` and `--profile`: `mail-to-chat`. */
  readonly id: string;
  readonly title: string;
  /** Part of `--quick`, which has two minutes for all of its rows on one server. */
  readonly quick: boolean;
  /** The row is run once for each; empty: once, without an XMPP server. */
  readonly servers: readonly ServerKind[];
  /** Starts what it needs, measures, and stops all of it, also when it fails. */
  run(context: Context): Promise<Figure[]>;
}

/** What a row is told about the run. */
export interface Context {
  /** The server kind to run on; `null` for a row without servers. */
  readonly server: ServerKind | null;
  /** True: a smaller load and fewer rounds. */
  readonly quick: boolean;
  /** How often the contenders take turns. */
  readonly rounds: number;
  /** Where CPU profiles of the gateway are to be written, then no baseline is run; `null`: none are wanted. A row without a gateway ignores it. */
  readonly profile: string | null;
  /** When the loads that count ran, for the profile; `contest` notes its turns. */
  readonly loads: Load[];
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
