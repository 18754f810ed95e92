/** `stanzapost queue`: works on the store's file, also while the gateway runs. */
import type { Config } from '../config/keys.js';
import type { Store } from '../store/store.js';
import { CONFIG_OPTION, CONFIG_USAGE, UsageError, type Args, type Command, type ExitCode, type Io } from './command.js';
import { withStore } from './open-store.js';
import { drop, retry } from './queue-change.js';
import { stats } from './queue-stats.js';
import { incidents, list, show } from './queue-look.js';

/** What an action works with. */
export interface QueueContext {
  readonly store: Store;
  readonly config: Config;
  readonly args: Args;
  /** Without the action's own name. */
  readonly operands: readonly string[];
  readonly io: Io;
  readonly now: number;
}

export type QueueAction = (context: QueueContext) => Promise<ExitCode>;

const ACTIONS: Readonly<Record<string, QueueAction>> = { list, show, retry, drop, incidents, stats };

const USAGE = `

  queue list [ADDRESS|MESSAGE]  what waits; with an address (sender or recipient) or a message id: all that is kept of it
  queue show MESSAGE|NUMBER     a message's way: each delivery, each failure
  queue retry NUMBER|MESSAGE|RECIPIENT...  try it now
  queue drop NUMBER|MESSAGE...  give it up; its sender is told
  queue incidents [ADDRESS]     what was refused, deferred, bounced, expired or dropped in the last days
  queue stats                   what came and went today, what waits, how many users there are

  --state STATE   list only: waiting, handed-over, delivered, failed or all
  --limit NUMBER  at most so many lines (default 100, most 1000)
  --json          for scripts; times are milliseconds since 1970
${CONFIG_USAGE}`;

export const queue: Command = {
  summary: 'list, show, retry and drop what is in the queue',
  usage: USAGE,
  options: { ...CONFIG_OPTION, json: { type: 'boolean' }, state: { type: 'string' }, limit: { type: 'string' } },
  async run(args, io) {
    const [name = 'list', ...operands] = args.positionals;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (action === undefined) throw new UsageError(`queue has no action ${JSON.stringify(name)}: ${Object.keys(ACTIONS).join(', ')}`);
    return withStore(args, io, (store, config) => action({ store, config, args, operands, io, now: Date.now() }));
  },
};
