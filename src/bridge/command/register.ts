/** Registering by a command, for clients that have no form for it (XEP-0077). */
import type { Jid } from '../../address.js';
import type { Registration } from '../../edge.js';
import { Failure, isFailure } from '../../failure.js';
import type { Command } from '../command.js';

export interface RegisterParts {
  readonly registration: Registration;
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
      audience: 'everybody',
      serves,
      title: 'Unregister',
      form: 'yes',
      meaning: 'the gateway forgets all it keeps of you',
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
  const contacts = await registration.remove(user);
  if (isFailure(contacts)) return contacts;
  await left(user, contacts);
  return 'You are no longer registered, and what was kept of you is gone.';
}
