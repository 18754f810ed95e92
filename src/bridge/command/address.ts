/** A chat user's own mail address, and what operators decide of it. */
import type { Field } from '../../edge.js';
import type { Command } from '../command.js';
import type { OwnAddressBook } from '../own-address.js';

/** Of a longer list, so many are named. */
const MOST_SHOWN = 200;

const NAME: Field = { name: 'name', label: 'The name before the @', kind: 'text', required: true };

export function addressCommands(book: OwnAddressBook): readonly Command[] {
  return [
    {
      name: 'address',
      audience: 'users',
      title: 'Your own mail address',
      form: '[NAME|none]',
      meaning: 'a mail address of your own here; it is yours for good, also when you use it no more',
      fields: [{ name: 'address', label: 'Its name before the @, or "none"', kind: 'text' }],
      values: (user) => ({ address: book.of(user)?.local ?? 'none' }),
      run: (user, { address = '' }) => {
        const typed = address.trim().toLowerCase();
        if (typed === '') return book.tell(user);
        return typed === 'none' ? book.none(user) : book.ask(user, typed);
      },
    },
    {
      name: 'address list',
      audience: 'admins',
      title: 'Own mail addresses',
      form: '',
      meaning: 'who wants, has, or has given up an address of his own',
      fields: [],
      run: () => listed(book.list()),
    },
    {
      name: 'address grant',
      audience: 'admins',
      title: 'Grant an own mail address',
      form: 'NAME',
      meaning: 'gives it to whoever has asked for it',
      fields: [NAME],
      run: (_admin, { name = '' }) => book.grant(name),
    },
    {
      name: 'address refuse',
      audience: 'admins',
      title: 'Refuse an own mail address',
      form: 'NAME',
      meaning: 'does not give it, or takes it back: then anybody may ask for the name',
      fields: [NAME],
      run: (_admin, { name = '' }) => book.refuse(name),
    },
  ];
}

function listed(lines: readonly string[]): string {
  if (lines.length === 0) return 'Nobody has an address of his own.';
  const more = lines.length - MOST_SHOWN;
  return [...lines.slice(0, MOST_SHOWN), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}
