/** `stanzapost restore FILE`: puts a backup in the place of the store, while no gateway runs. */
import { resolve } from 'node:path';
import { holdSwitch, queueHeldBy } from '../bridge/queue-hold.js';
import { isFailure } from '../failure.js';
import { restoreBackup } from '../store/restore.js';
import { holdsWhat } from './backup.js';
import { CONFIG_OPTION, CONFIG_USAGE, readConfig, UsageError, type Command } from './command.js';

const USAGE = `

  restore FILE    a backup becomes the store; no gateway may be running

  --hold          deliver nothing when the gateway starts, until \`stanzapost queue release\`: to look first
  --force         move the store that is there aside; it is kept
${CONFIG_USAGE}
The backup is read and checked as a whole before anything changes.
What was delivered after it was made is delivered again, with the same ids.`;

const SENT = 'What waits in it is sent when the gateway starts, also what had gone out after the backup was made; with --hold nothing is until you have looked.';
const HELD = `Nothing of it is sent yet. Now start the gateway: it takes mail and chat, and holds all of it.
\`stanzapost queue list\` shows what waits, \`stanzapost queue drop NUMBER\` takes one out, \`stanzapost queue release\` lets the rest go.`;

export const restore: Command = {
  summary: 'put a backup in the place of the store',
  usage: USAGE,
  options: { ...CONFIG_OPTION, force: { type: 'boolean' }, hold: { type: 'boolean' } },
  async run(args, io) {
    const [file, ...more] = args.positionals;
    if (file === undefined || more.length > 0) throw new UsageError('restore takes one file');
    const read = readConfig(args, io);
    if (read === undefined) return 1;
    const store = read.config.store.url.path;
    const now = Date.now();
    const restored = await restoreBackup({ file: resolve(file), store, force: args.options.force === true, now, ...(args.options.hold === true && { set: [holdSwitch(now)] }) });
    if (isFailure(restored)) {
      io.err(restored.text);
      return 1;
    }
    io.out(`${store} is restored and verified.\n${holdsWhat(restored)}`);
    if (restored.aside !== undefined) io.out(`What was there before is ${restored.aside}; remove it when you are sure.`);
    // Also what was held when the backup was made stays so.
    io.out(queueHeldBy(restored.switches) !== undefined ? HELD : `${restored.waiting > 0 ? `${SENT}\n` : ''}Now start the gateway.`);
    return 0;
  },
};
