/** `stanzapost user`: works on the store's file, also while the gateway runs, which notices within seconds. */
import type { Config } from '../config/keys.js';
import type { Store } from '../store/store.js';
import { CONFIG_OPTION, CONFIG_USAGE, UsageError, type Args, type Command, type ExitCode, type Io } from './command.js';
import { withStore } from './open-store.js';
import { block, blocked, unblock } from './user-block.js';
import { remove } from './user-delete.js';
import { list, show } from './user-look.js';

/** What an action works with. */
export interface UserContext {
  readonly store: Store;
  readonly config: Config;
  readonly args: Args;
  /** Without the action's own name. */
  readonly operands: readonly string[];
  readonly io: Io;
  /** ms since the epoch. */
  readonly now: number;
}

export type UserAction = (context: UserContext) => Promise<ExitCode>;

const ACTIONS: Readonly<Record<string, UserAction>> = { list, show, delete: remove, block, unblock, blocked };

const USAGE = `

  user list                        who is registered, and since when
  user show JID                    what is kept of the user, in counts, and the settings that are not the usual ones
  user delete JID...               forgets all that is kept of the user, registered or not
  user block ADDRESS|@DOMAIN...    for everybody: nothing comes from there, and nothing goes there; @*.DOMAIN means all below it too
  user unblock ADDRESS|@DOMAIN...  ends such a block; what users have blocked themselves stays blocked
  user blocked                     who is blocked for everybody

  --json                           for scripts
${CONFIG_USAGE}`;

export const user: Command = {
  summary: 'look at chat users and delete them, and block senders for everybody',
  usage: USAGE,
  options: { ...CONFIG_OPTION, json: { type: 'boolean' } },
  async run(args, io) {
    const [name = 'list', ...operands] = args.positionals;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (action === undefined) throw new UsageError(`user has no action ${JSON.stringify(name)}: ${Object.keys(ACTIONS).join(', ')}`);
    return withStore(args, io, (store, config) => action({ store, config, args, operands, io, now: Date.now() }));
  },
};
