/** The further addresses of a chat user. */
import type { Jid } from '../../address.js';
import type { Field, Values } from '../../edge.js';
import { Failure, isFailure } from '../../failure.js';
import type { Alias, AllowedSender } from '../../store/aliases.js';
import { parseAllowed, tellAllowed } from '../alias-sender.js';
import type { Aliases } from '../aliases.js';
import type { Clock } from '../../clock.js';
import type { Command } from '../command.js';

const DAY = 86_400_000;
const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: DAY, w: 7 * DAY };
const LONGEST_MS = 3_650 * DAY;

const ADDRESS: Field = { name: 'address', label: 'Your address', kind: 'text', required: true };
const NO_TIME = Failure.permanent('bad-content', 'Write a time such as 12h, 30d or 4w, a day such as 2027-01-31, or "never".');

const NOT_HERE = Failure.permanent('not-allowed', 'This is your own address; it stays yours, so that nobody else gets its mail. Write "address none" to use it no more.');

type Change = (alias: Alias, values: Values) => Alias | Failure;

export function aliasCommands(aliases: Aliases, clock: Clock): readonly Command[] {
  const change = (name: string, title: string, form: string, meaning: string, more: readonly Field[], act: Change): Command => ({
    name: `alias ${name}`,
    audience: 'users',
    title,
    form,
    meaning,
    fields: [ADDRESS, ...more],
    run: async (user, values) => {
      const alias = aliases.own(user, values.address ?? '');
      const changed = isFailure(alias) ? alias : alias.kind === 'own' ? NOT_HERE : act(alias, values);
      if (isFailure(changed)) return changed;
      await aliases.keep(changed);
      return told(changed, aliases);
    },
  });
  return [
    {
      name: 'alias',
      audience: 'users',
      title: 'Your further addresses',
      form: '',
      meaning: 'your further mail addresses',
      fields: [],
      run: (user) => listed(user, aliases),
    },
    {
      name: 'alias new',
      audience: 'users',
      title: 'A new address',
      form: '[NOTE]',
      meaning: 'makes a mail address to give to somebody; the note says to whom',
      fields: [{ name: 'note', label: 'To whom you give it', kind: 'text' }],
      run: async (user, { note = '' }) => {
        const alias = await aliases.make(user, note);
        return isFailure(alias) ? alias : aliases.format(alias);
      },
    },
    change('off', 'Switch an address off', 'ADDRESS', 'mail to it is refused', [], (alias) => ({ ...alias, off: true })),
    change('on', 'Switch an address on', 'ADDRESS', 'it takes mail again', [], ({ off: _, ...alias }) => alias),
    change('allow', 'Who may write to an address', 'ADDRESS WHOM', 'takes mail only from a domain, an address, "list LIST-ID", or "anyone"', [{ name: 'whom', label: 'Domain, address, list LIST-ID, or anyone', kind: 'text', required: true }], (alias, { whom = '' }) =>
      allowed(alias, parseAllowed(whom)),
    ),
    change('expire', 'When an address ends', 'ADDRESS TIME', 'takes mail until then: 12h, 30d, 4w, 2027-01-31, never', [{ name: 'time', label: 'Time, such as 30d, a day, or never', kind: 'text', required: true }], (alias, { time = '' }) =>
      expiring(alias, time.trim().toLowerCase(), clock()),
    ),
    {
      name: 'alias remove',
      audience: 'users',
      title: 'Remove an address',
      form: 'ADDRESS',
      meaning: 'forgets it; the same is never made again',
      fields: [ADDRESS],
      run: async (user, { address = '' }) => {
        const alias = aliases.own(user, address);
        if (isFailure(alias)) return alias;
        if (alias.kind === 'own') return NOT_HERE;
        await aliases.remove(alias);
        return `${aliases.format(alias)} is forgotten.`;
      },
    },
  ];
}

function listed(user: Jid, aliases: Aliases): string {
  const had = aliases.listOf(user).filter(({ kind }) => kind === 'alias');
  return had.length === 0 ? 'You have no further address. Write "alias new NOTE" for one.' : had.map((alias) => told(alias, aliases)).join('\n');
}

function told(alias: Alias, aliases: Aliases): string {
  const { note, expiresAt, off } = alias;
  const end = expiresAt === undefined ? [] : [aliases.isExpired(alias) ? 'it has ended' : `it ends ${new Date(expiresAt).toUTCString()}`];
  const state = [...(off === true ? ['switched off'] : []), tellAllowed(alias.allowed), ...end].join('; ');
  return `${aliases.format(alias)}${note === '' ? '' : ` (${note})`}: ${state}`;
}

function allowed({ allowed: _, ...alias }: Alias, whom: AllowedSender | undefined | Failure): Alias | Failure {
  if (isFailure(whom)) return whom;
  return whom === undefined ? alias : { ...alias, allowed: whom };
}

function expiring({ expiresAt: _, ...alias }: Alias, time: string, now: number): Alias | Failure {
  if (time === 'never') return alias;
  const expiresAt = timeOf(time, now);
  return expiresAt === undefined || expiresAt <= now || expiresAt > now + LONGEST_MS ? NO_TIME : { ...alias, expiresAt };
}

/** A day counts to its end (UTC). */
function timeOf(text: string, now: number): number | undefined {
  const [, count, unit = ''] = /^(\d{1,5})\s*([hdw])$/.exec(text) ?? [];
  if (count !== undefined) return now + Number(count) * (UNITS[unit] ?? 0);
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  return Number.isNaN(day) ? undefined : day + DAY;
}
