/** `stanzapost announce`: works on the store's file; a running gateway notices within seconds. */
import { isFailure } from '../failure.js';
import { announce as make, announcementLines, endAnnouncement } from '../bridge/announcing.js';
import { DEFAULT_LIFETIME } from '../bridge/announcement.js';
import { CONFIG_OPTION, CONFIG_USAGE, textOption, UsageError, type Args, type Command, type ExitCode, type Io } from './command.js';
import { withStore } from './open-store.js';
import { printable } from './table.js';

const USAGE = `

  announce TEXT     to everybody: now to who is online, to others when they come; once each
  announce list     what is announced
  announce end ID   nobody gets it any more

  --lifetime TIME   how long: 30m, 12h, 7d, 2w (default ${DEFAULT_LIFETIME})
  --to JID,JID      to these people only
  --subject TEXT    its subject
  --json            list only: for scripts
${CONFIG_USAGE}`;

export const announce: Command = {
  summary: 'tell every chat user something, with a lifetime',
  usage: USAGE,
  options: { ...CONFIG_OPTION, lifetime: { type: 'string' }, to: { type: 'string', multiple: true }, subject: { type: 'string' }, json: { type: 'boolean' } },
  run(args, io) {
    const [first, ...rest] = args.positionals;
    if (first === 'list' && rest.length === 0) return list(args, io);
    if (first === 'end' && rest.length === 1) return end(args, rest[0] ?? '', io);
    if (first === undefined || rest.length > 0) throw new UsageError('announce takes one text; put it in quotes');
    return tell(args, first, io);
  },
};

function tell(args: Args, text: string, io: Io): Promise<ExitCode> {
  const { lifetime, to, subject } = args.options;
  const audience = Array.isArray(to) ? to.join(',') : '';
  return withStore(args, io, async (store) => {
    const made = await make({ text, audience, lifetime: textOption(lifetime) ?? '', subject: textOption(subject) ?? '', author: '', now: Date.now() }, store.announcements);
    if (isFailure(made)) io.err(made.text);
    else io.out(`${made.id}  until ${new Date(made.expiresAt).toISOString()}`);
    return isFailure(made) ? 1 : 0;
  });
}

function list(args: Args, io: Io): Promise<ExitCode> {
  return withStore(args, io, async (store) => {
    const announcements = await store.announcements.listAnnouncements(Date.now());
    if (args.options.json === true) io.out(JSON.stringify(announcements));
    else if (announcements.length === 0) io.out('Nothing is announced.');
    else for (const line of announcementLines(announcements)) io.out(printable(line));
    return 0;
  });
}

function end(args: Args, id: string, io: Io): Promise<ExitCode> {
  return withStore(args, io, async (store) => {
    const ended = await endAnnouncement(id, Date.now(), store.announcements);
    if (!ended) io.err(`There is no announcement ${id}.`);
    return ended ? 0 : 1;
  });
}
