/** Whom a chat user takes mail from. */
import type { Jid } from '../../address.js';
import type { Field } from '../../edge.js';
import { isFailure, type Failure } from '../../failure.js';
import type { Command } from '../command.js';
import type { Consent } from '../consent.js';
import { shownEntry } from '../strangers.js';

const WHO = 'ADDRESS|@DOMAIN';
const FIELD: Field = { name: 'address', label: 'An address, @domain, or @*.domain for all below it too', kind: 'text', required: true };

export function blockingCommands(consent: Consent): readonly Command[] {
  return [
    {
      name: 'block',
      audience: 'users',
      title: 'Block a sender',
      form: WHO,
      meaning: 'takes no more mail from there; @*.DOMAIN means all below the domain too',
      fields: [FIELD],
      run: async (user, { address = '' }) => told(await consent.block(user, address), (entry) => `${entry} is blocked: what comes from there is refused.`),
    },
    {
      name: 'unblock',
      audience: 'users',
      title: 'Unblock a sender',
      form: WHO,
      meaning: 'takes mail from there again',
      fields: [FIELD],
      run: async (user, { address = '' }) => told(await consent.unblock(user, address), (entry) => `${entry} is no longer blocked.`),
    },
    {
      name: 'blocked',
      audience: 'users',
      title: 'Blocked senders',
      form: '',
      meaning: 'whom you have blocked',
      fields: [],
      run: (user) => listed(user, consent),
    },
    {
      name: 'accept',
      audience: 'users',
      title: 'Accept a sender',
      form: WHO,
      meaning: 'takes mail from there, whatever you have set for strangers',
      fields: [FIELD],
      run: async (user, { address = '' }) => told(await consent.accept(user, address), (entry) => `${entry} may write to you.`),
    },
  ];
}

function told(entry: string | Failure, words: (entry: string) => string): string | Failure {
  return isFailure(entry) ? entry : words(shownEntry(entry));
}

async function listed(user: Jid, consent: Consent): Promise<string> {
  const blocked = await consent.blocked(user);
  if (blocked.length === 0) return 'You have blocked nobody.';
  return blocked.map(({ mail, by }) => `${shownEntry(mail)}${by === 'server' ? " (in your XMPP server's block list)" : ''}`).join('\n');
}
