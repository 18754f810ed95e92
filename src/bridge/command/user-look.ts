/** What administrators ask about one chat user, and who is online (XEP-0133 1.2 §4.10, §4.15, §4.20). */
import { bareJid, parseJid } from '../../address.js';
import type { Clock } from '../../clock.js';
import { Failure, isFailure } from '../../failure.js';
import type { UserFactsStore } from '../../store/user-facts.js';
import type { Command } from '../command.js';
import type { Preferences } from '../preferences.js';
import { SETTINGS } from '../settings.js';
import { userLines, whereaboutsLine, type Presence } from '../user-lines.js';

export interface UserLookParts {
  readonly users: UserFactsStore;
  readonly preferences: Preferences;
  readonly whereabouts: Presence & {
    /** Bare JIDs. */
    online(): Iterable<string>;
    counts(): { readonly known: number; readonly online: number };
  };
  readonly clock: Clock;
}

const ADMIN = 'http://jabber.org/protocol/admin';
/** Of a longer list, so many are named. */
const MOST_SHOWN = 50;

export function userLookCommands(parts: UserLookParts): readonly Command[] {
  return [
    {
      name: 'user show',
      node: `${ADMIN}#user-stats`,
      formType: ADMIN,
      audience: 'admins',
      title: 'What is kept of a user',
      form: 'JID',
      meaning: 'what is kept of a user, in counts, own settings, and whether they are online',
      fields: [{ name: 'accountjid', label: 'JID of the user', kind: 'text', required: true }],
      run: (_admin, { accountjid = '' }) => show(accountjid, parts),
    },
    {
      name: 'user online',
      node: `${ADMIN}#get-online-users-list`,
      audience: 'admins',
      title: 'Users online',
      form: '',
      meaning: 'who is online, of those whose presence the gateway sees',
      fields: [],
      run: () => online(parts),
    },
    {
      name: 'user count',
      node: `${ADMIN}#get-online-users-num`,
      audience: 'admins',
      title: 'Number of users online',
      form: '',
      meaning: 'how many are online',
      fields: [],
      run: () => counted(parts),
    },
  ];
}

async function show(typed: string, { users, preferences, whereabouts, clock }: UserLookParts): Promise<string | Failure> {
  const parsed = parseJid(typed.trim());
  if (isFailure(parsed) || parsed.local === '') return Failure.permanent('bad-content', `${typed} is no address of a user, such as juliet@example.com.`);
  const user = bareJid(parsed);
  const lines = userLines(user, await users.userFacts(user, clock()), preferences.own(user, SETTINGS), whereaboutsLine(user, whereabouts));
  return lines?.join('\n') ?? `Nothing is kept of ${typed}. ${whereaboutsLine(user, whereabouts)}.`;
}

function counted({ whereabouts }: UserLookParts): string {
  const { known, online: here } = whereabouts.counts();
  return `${here} online, of ${known} whose presence is seen`;
}

function online(parts: UserLookParts): string {
  const names: string[] = [];
  for (const name of parts.whereabouts.online()) {
    if (names.length === MOST_SHOWN) break;
    names.push(name);
  }
  const more = parts.whereabouts.counts().online - names.length;
  return [`${counted(parts)}:`, ...names, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}
