/** `stanzapost maintenance`: works on the store's file; a running gateway notices within seconds. */
import { maintenanceIn, switchMaintenance } from '../bridge/maintenance.js';
import { CONFIG_OPTION, CONFIG_USAGE, UsageError, type Command } from './command.js';
import { withStore } from './open-store.js';
import { formatTime, printable } from './table.js';

const USAGE = `

  maintenance            whether it is on
  maintenance on [TEXT]  nothing new is taken: mail is answered 451 4.3.2 TEXT, chat with an error that says wait
  maintenance off        works as usual

${CONFIG_USAGE}
What was accepted before is delivered. It stays on through restarts.`;

export const maintenance: Command = {
  summary: 'take nothing new for a while, and deliver what is here',
  usage: USAGE,
  options: CONFIG_OPTION,
  run(args, io) {
    const [action, text = '', ...more] = args.positionals;
    if (more.length > 0 || (action !== 'on' && (text !== '' || (action !== undefined && action !== 'off')))) throw new UsageError('maintenance takes on, with a text in quotes, or off');
    return withStore(args, io, async ({ switches }) => {
      const state = action === undefined ? await maintenanceIn(switches) : await switchMaintenance(action === 'on', text, { switches, clock: Date.now });
      io.out(state.on ? printable(`on since ${formatTime(state.at)}: ${state.text}`) : 'off');
      return 0;
    });
  },
};
