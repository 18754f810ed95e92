/** `stanzapost queue`: works on the store's file, also while the gateway runs. */
import { runAction, type Action } from './action.js';
import { CONFIG_OPTION, CONFIG_USAGE, type Command } from './command.js';
import { drop, retry } from './queue-change.js';
import { hold, release } from './queue-hold.js';
import { stats } from './queue-stats.js';
import { incidents, list, show } from './queue-look.js';

const ACTIONS: Readonly<Record<string, Action>> = { list, show, retry, drop, hold, release, incidents, stats };

const USAGE = `

  queue list [ADDRESS|MESSAGE]  what waits; with an address (sender or recipient) or a message id: all that is kept of it
  queue show MESSAGE|NUMBER     a message's way: each delivery, each failure
  queue retry NUMBER|MESSAGE|RECIPIENT...  try it now
  queue drop NUMBER|MESSAGE...  give it up; its sender is told
  queue hold                    deliver nothing at all; what comes is taken, and waits
  queue release                 deliver again, after queue hold or restore --hold
  queue incidents [ADDRESS]     what was refused, deferred, bounced, expired or dropped in the last days
  queue stats                   what came and went today, what waits, how many users there are

  --state STATE   list only: waiting, handed-over, delivered, failed or all
  --limit NUMBER  at most so many lines (default 100, most 1000)
  --json          for scripts; times are milliseconds since 1970
${CONFIG_USAGE}`;

export const queue: Command = {
  summary: 'list, show, retry, drop and hold what is in the queue',
  usage: USAGE,
  options: { ...CONFIG_OPTION, json: { type: 'boolean' }, state: { type: 'string' }, limit: { type: 'string' } },
  run: async (args, io) => runAction('queue', ACTIONS, args, io),
};
