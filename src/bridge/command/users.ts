/** What administrators ask about users (XEP-0133 1.2 §4.2, §4.18). */
import { parseJid, type Jid } from '../../address.js';
import { Failure, isFailure } from '../../failure.js';
import type { Accounts } from '../accounts.js';
import type { Command } from '../command.js';
import type { RegisterParts } from './register.js';

const ADMIN = 'http://jabber.org/protocol/admin';
/** Of a longer list, so many are named. */
const MOST_SHOWN = 200;

export function userCommands(accounts: Accounts, parts: RegisterParts): readonly Command[] {
  return [
    {
      name: 'user list',
      node: `${ADMIN}#get-registered-users-list`,
      audience: 'admins',
      title: 'Registered users',
      form: '',
      meaning: 'who is registered',
      fields: [],
      run: () => listed(accounts.all()),
    },
    {
      name: 'user delete',
      node: `${ADMIN}#delete-user`,
      formType: ADMIN,
      audience: 'admins',
      title: 'Delete users',
      form: 'JID',
      meaning: 'forgets all that is kept of the user, registered or not',
      fields: [{ name: 'accountjids', label: 'JIDs of the users, a line each', kind: 'lines', required: true }],
      run: (_admin, { accountjids = '' }) => removeAll(accountjids.split(/\s+/).filter((jid) => jid !== ''), accounts, parts),
    },
  ];
}

function listed(users: readonly string[]): string {
  if (users.length === 0) return 'Nobody is registered.';
  const more = users.length - MOST_SHOWN;
  return [`${users.length} registered:`, ...users.slice(0, MOST_SHOWN), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

/** All are looked at before the first goes. */
async function removeAll(typed: readonly string[], accounts: Pick<Accounts, 'isKept'>, parts: RegisterParts): Promise<string | Failure> {
  const users: Jid[] = [];
  for (const text of typed) {
    const user = parseJid(text);
    if (isFailure(user) || !(await accounts.isKept(user))) return Failure.permanent('bad-content', `Nothing is kept of ${text} here. Nobody was deleted.`);
    users.push(user);
  }
  for (const user of users) await dismiss(user, parts);
  return `Deleted: ${typed.join(', ')}`;
}

/** Forgets a user, registered or not, and takes leave of him. Rejects as the store does. @param user bare JID */
export async function dismiss(user: Jid, { registration, left }: RegisterParts): Promise<void> {
  const forgotten = await registration.forget(user);
  if (forgotten !== undefined) await left(user, forgotten.contacts);
}
