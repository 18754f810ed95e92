/** `stanzapost user`: works on the store's file, also while the gateway runs, which notices within seconds. */
import { runAction, type Action } from './action.js';
import { CONFIG_OPTION, CONFIG_USAGE, type Command } from './command.js';
import { block, blocked, unblock } from './user-block.js';
import { remove } from './user-delete.js';
import { list, show } from './user-look.js';

const ACTIONS: Readonly<Record<string, Action>> = { list, show, delete: remove, block, unblock, blocked };

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
  run: async (args, io) => runAction('user', ACTIONS, args, io),
};
