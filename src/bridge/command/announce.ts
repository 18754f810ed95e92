/** Announcements, for administrators (XEP-0133 §4.23). */
import { formatJid, type Jid } from '../../address.js';
import type { Values } from '../../edge.js';
import { isFailure, type Failure } from '../../failure.js';
import type { AnnouncementStore } from '../../store/announcements.js';
import type { Clock } from '../../clock.js';
import { DEFAULT_LIFETIME } from '../announcement.js';
import { announce, announcementLines, endAnnouncement } from '../announcing.js';
import type { Command } from '../command.js';

export interface AnnounceParts {
  readonly announcements: AnnouncementStore;
  readonly clock: Clock;
  /** There is a new one, or one less. */
  readonly changed: () => void;
}

export function announceCommands(parts: AnnounceParts): readonly Command[] {
  return [announceCommand(parts), list(parts), end(parts)];
}

function announceCommand(parts: AnnounceParts): Command {
  return {
    name: 'announce',
    node: 'http://jabber.org/protocol/admin#announce',
    formType: 'http://jabber.org/protocol/admin',
    audience: 'admins',
    title: 'Announce',
    form: '[7d] [to JID,JID] TEXT',
    meaning: `tells everybody who is online now, and everybody else when they come, for so long (${DEFAULT_LIFETIME}); once each`,
    fields: [
      { name: 'subject', label: 'Subject', kind: 'text' },
      { name: 'announcement', label: 'Announcement', kind: 'lines', required: true },
      { name: 'lifetime', label: 'Lifetime, such as 12h or 7d', kind: 'text' },
      { name: 'audience', label: 'JIDs, one a line; none: everybody', kind: 'lines' },
    ],
    values: () => ({ lifetime: DEFAULT_LIFETIME }),
    read: readLine,
    run: (user, values) => run(user, values, parts),
  };
}

/** `to` counts only before something that has an @ in it: it may begin a sentence. */
function readLine(rest: string): Values {
  const [, lifetime = '', audience = '', announcement = ''] = /^(?:(\d{1,4}[smhdw])\s+)?(?:to\s+(\S+@\S+)\s+)?([^]*)$/.exec(rest) ?? [];
  return { lifetime, audience, announcement };
}

async function run(user: Jid, { announcement = '', subject = '', lifetime = '', audience = '' }: Values, { announcements, clock, changed }: AnnounceParts): Promise<string | Failure> {
  const made = await announce({ text: announcement, subject, lifetime, audience, author: formatJid(user), now: clock() }, announcements);
  if (isFailure(made)) return made;
  changed();
  const whom = made.audience === undefined ? 'everybody' : `${made.audience.length} people`;
  return `It goes to ${whom}: now to who is online, to others when they come, until ${new Date(made.expiresAt).toUTCString()}. "announcements end ${made.id}" ends it.`;
}

function list({ announcements, clock }: AnnounceParts): Command {
  return {
    name: 'announcements',
    audience: 'admins',
    title: 'Announcements',
    form: '',
    meaning: 'what is announced, until when, and how many have it',
    fields: [],
    run: async () => announcementLines(await announcements.listAnnouncements(clock())).join('\n') || 'Nothing is announced.',
  };
}

function end({ announcements, clock, changed }: AnnounceParts): Command {
  return {
    name: 'announcements end',
    audience: 'admins',
    title: 'End an announcement',
    form: 'ID',
    meaning: 'nobody gets it any more',
    fields: [{ name: 'id', label: 'Its ID', kind: 'text', required: true }],
    run: async (_user, { id = '' }) => {
      const ended = await endAnnouncement(id.trim().toLowerCase(), clock(), announcements);
      changed();
      return ended ? 'It is ended.' : `There is no announcement ${id.trim()}.`;
    },
  };
}
