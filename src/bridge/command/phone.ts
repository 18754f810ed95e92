/** The telephone numbers of a chat user: bind, confirm, remove. */
import type { Field } from '../../edge.js';
import { Failure } from '../../failure.js';
import type { PhoneNumber } from '../../address.js';
import type { Command } from '../command.js';
import type { Confirmation } from '../confirmation.js';
import type { Verification } from '../verification.js';

const NUMBER: Field = { name: 'number', label: 'Phone number', kind: 'text', required: true };
const NO_SMS = Failure.permanent('not-supported', 'This gateway sends no SMS, so it cannot check phone numbers.');

export function phoneCommands(verification: Verification<PhoneNumber>, confirmation: Confirmation): readonly Command[] {
  return [
    {
      name: 'phone',
      audience: 'users',
      title: 'Bind a phone number',
      form: '[NUMBER]',
      meaning: 'sends a code by SMS, to show that the number is yours; without a number: your numbers',
      fields: [{ ...NUMBER, required: false }],
      run: (user, { number = '' }) => (number.trim() === '' ? verification.list(user) : verification.ask(user, number.trim())),
    },
    {
      name: 'phone confirm',
      audience: 'users',
      title: 'Give back the code of a phone number',
      form: 'CODE',
      meaning: 'the code of the SMS; the code alone does the same',
      fields: [{ name: 'code', label: 'Code', kind: 'text', required: true }],
      run: (user, { code = '' }) => confirmation.confirm(user, code),
    },
    {
      name: 'phone remove',
      audience: 'users',
      title: 'Remove a phone number',
      form: 'NUMBER',
      meaning: 'it is no number of yours any more',
      fields: [NUMBER],
      run: (user, { number = '' }) => verification.remove(user, number.trim()),
    },
  ];
}

/** Where no SMS can be sent: whoever asks is told so, and no list names it. */
export const NO_PHONES: readonly Command[] = [
  { name: 'phone', audience: 'users', serves: () => false, refusal: NO_SMS, title: 'Bind a phone number', form: '', meaning: '', fields: [], run: () => NO_SMS },
];
