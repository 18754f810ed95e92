/** `stanzapost backup FILE`: works on the store's file, also while the gateway runs. */
import { resolve } from 'node:path';
import { isFailure } from '../failure.js';
import { makeBackup, type Backup } from '../store/backup.js';
import type { Holdings } from '../store/backup-holdings.js';
import { CONFIG_OPTION, CONFIG_USAGE, readConfig, UsageError, type Command, type Io } from './command.js';

const TELL_EVERY_MS = 5_000;

const USAGE = `

  backup FILE     all that the gateway keeps, in one file; the gateway goes on meanwhile

  --force         replace FILE
  --json          for scripts
${CONFIG_USAGE}
FILE appears when it is whole and verified. It holds mail and keys: keep it as you keep the store.`;

export const backup: Command = {
  summary: 'copy all that the gateway keeps into one file, while it runs',
  usage: USAGE,
  options: { ...CONFIG_OPTION, force: { type: 'boolean' }, json: { type: 'boolean' } },
  async run(args, io) {
    const [file, ...more] = args.positionals;
    if (file === undefined || more.length > 0) throw new UsageError('backup takes one file');
    const read = readConfig(args, io);
    if (read === undefined) return 1;
    const { config } = read;
    const made = await makeBackup({ store: config.store.url.path, file: resolve(file), force: args.options.force === true, held: false, progress: teller(io) });
    if (isFailure(made)) {
      io.err(made.text);
      return 1;
    }
    io.out(args.options.json === true ? JSON.stringify(made) : told(made));
    if (made.lost.length > 0) io.err(`Not in it, as they are lost or damaged in the store: the original mails ${made.lost.slice(0, 5).join(', ')}${made.lost.length > 5 ? ` and ${made.lost.length - 5} more` : ''}`);
    return made.lost.length > 0 ? 1 : 0;
  },
};

/** Says how far it is, where it takes long. */
function teller(io: Io): (done: number, of: number) => void {
  let told = Date.now();
  return (done, of) => {
    if (Date.now() - told < TELL_EVERY_MS) return;
    told = Date.now();
    io.err(`${Math.min(99, Math.floor((100 * done) / Math.max(of, 1)))} % of ${megabytes(of)}`);
  };
}

function told(made: Backup): string {
  return `${made.file}: ${megabytes(made.bytes)}, verified\n${holdsWhat(made)}`;
}

export function holdsWhat({ waiting, users, originals }: Holdings): string {
  return `It holds ${waiting} messages that wait, ${users} chat users, ${originals} original mails.`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
