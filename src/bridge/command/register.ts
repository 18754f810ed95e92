/** Registering by a command, for clients that have no form for it (XEP-0077). */
import type { Jid } from '../../address.js';
import type { Registration } from '../../edge.js';
import { Failure, isFailure } from '../../failure.js';
import type { Forgotten } from '../../store/accounts.js';
import type { Command } from '../command.js';

export interface RegisterParts {
  readonly registration: Registration & {
    /** Whoever he is; undefined when nothing is kept of him. Rejects as the store does. */
    forget(user: Jid): Promise<Forgotten | undefined>;
  };
  /** The gateway asks to see the user, or goes, with these contacts. */
  readonly entered: (user: Jid) => Promise<void>;
  readonly left: (user: Jid, contacts: readonly Jid[]) => Promise<void>;
}

const ALREADY = 'You are registered already.';
const UNSURE = Failure.permanent('bad-content', 'This forgets your settings, mailboxes, addresses and decisions, and takes the contacts out of your list. If that is what you want, write: unregister yes');

export function registerCommands(parts: RegisterParts): readonly Command[] {
  const serves = (user: Jid): boolean => parts.registration.mayRegister(user);
  return [
    {
      name: 'register',
      audience: 'everybody',
      serves,
      title: 'Register',
      form: '',
      meaning: 'puts the gateway among your contacts; needed only for users of other servers',
      fields: [],
      run: (user) => register(user, parts),
    },
    {
      name: 'unregister',
      // Also to who may not register, or write, any more.
      audience: 'everybody',
      title: 'Unregister',
      form: 'yes',
      meaning: 'the gateway forgets what it keeps of you, whether you have registered or not',
      fields: [{ name: 'sure', label: 'Forget my settings, mailboxes, addresses and decisions, and my contacts here', kind: 'choice', choices: [{ value: 'no', label: 'No' }, { value: 'yes', label: 'Yes' }] }],
      values: () => ({ sure: 'no' }),
      run: (user, { sure }) => (sure === 'yes' ? unregister(user, parts) : UNSURE),
    },
  ];
}

async function register(user: Jid, { registration, entered }: RegisterParts): Promise<string | Failure> {
  const done = await registration.register(user, {});
  if (isFailure(done)) return done;
  if (done === 'changed') return ALREADY;
  await entered(user);
  return 'You are registered. Write "help" to see what you can do.';
}

async function unregister(user: Jid, { registration, left }: RegisterParts): Promise<string | Failure> {
  const forgotten = await registration.forget(user);
  if (forgotten === undefined) return 'Nothing is kept of you here.';
  await left(user, forgotten.contacts);
  return told(forgotten);
}

function told({ wasRegistered, hadSettings, mailboxes, addresses, decisions, contacts, released }: Forgotten): string {
  const gone = [
    ...(hadSettings ? ['your settings'] : []),
    ...counted(mailboxes, 'mailbox', 'mailboxes'),
    ...counted(addresses, 'address', 'addresses'),
    ...counted(decisions, 'decision on who may write to you', 'decisions on who may write to you'),
    ...counted(contacts.filter(({ local }) => local !== '').length, 'contact', 'contacts'),
  ];
  const lines = [
    wasRegistered ? 'You are no longer registered.' : 'You were not registered.',
    gone.length === 0 ? 'What little else was kept of you is gone.' : `Forgotten: ${gone.join(', ')}.`,
    ...(addresses > 0 ? ['Mail to the addresses you had here is refused, and nobody else gets them.'] : []),
    ...(released > 0 ? [`${released === 1 ? 'One message' : `${released} messages`} that waited for you ${released === 1 ? 'goes' : 'go'} now.`] : []),
  ];
  return lines.join(' ');
}

function counted(count: number, one: string, several: string): readonly string[] {
  return count === 0 ? [] : [count === 1 ? `one ${one}` : `${count} ${several}`];
}
