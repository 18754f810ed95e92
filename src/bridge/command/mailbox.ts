/** The mailboxes of a chat user: bind, confirm, choose, remove. */
import type { MailAddress } from '../../address.js';
import type { Field } from '../../edge.js';
import type { Command } from '../command.js';
import { CODE_LINE } from '../code.js';
import type { Confirmation } from '../confirmation.js';
import type { Verification } from '../verification.js';

const ADDRESS: Field = { name: 'address', label: 'Mail address', kind: 'text', required: true };

export function mailboxCommands(verification: Verification<MailAddress>, confirmation: Confirmation): readonly Command[] {
  return [
    {
      name: 'mailbox',
      audience: 'users',
      title: 'Bind a mailbox',
      form: '[ADDRESS]',
      meaning: 'mails a code to an address, to show that you read it; without an address: your mailboxes',
      fields: [{ ...ADDRESS, required: false }],
      run: (user, { address = '' }) => (address.trim() === '' ? verification.list(user) : verification.ask(user, address.trim())),
    },
    {
      name: 'mailbox confirm',
      audience: 'users',
      title: 'Give back the code of a mailbox',
      form: 'CODE',
      meaning: 'the code that was mailed to you; the code alone does the same',
      fields: [{ name: 'code', label: 'Code', kind: 'text', required: true }],
      alone: CODE_LINE,
      run: (user, { code = '' }) => confirmation.confirm(user, code),
    },
    {
      name: 'mailbox first',
      audience: 'users',
      title: 'Choose the mailbox that is written to',
      form: 'ADDRESS',
      meaning: 'the one of your mailboxes that is written to',
      fields: [ADDRESS],
      run: (user, { address = '' }) => verification.choose(user, address.trim()),
    },
    {
      name: 'mailbox remove',
      audience: 'users',
      title: 'Remove a mailbox',
      form: 'ADDRESS',
      meaning: 'it is no mailbox of yours any more',
      fields: [ADDRESS],
      run: (user, { address = '' }) => verification.remove(user, address.trim()),
    },
  ];
}
