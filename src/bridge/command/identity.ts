/** By which of his addresses a chat user writes. */
import type { Jid } from '../../address.js';
import { formatMailAddress } from '../../address.js';
import { Failure, isFailure } from '../../failure.js';
import type { Aliases } from '../aliases.js';
import type { Command } from '../command.js';
import { IDENTITY, type Identities } from '../identity.js';
import type { Preferences } from '../preferences.js';

interface Parts {
  readonly aliases: Aliases;
  readonly identities: Identities;
  readonly preferences: Preferences;
}

export function identityCommand({ aliases, identities, preferences }: Parts): Command {
  const { name, label, kind, form, meaning } = IDENTITY;
  const told = (user: Jid): string => {
    const plain = aliases.plainOf(user);
    const address = identities.writesBy(user) ?? (isFailure(plain) ? undefined : plain);
    return address === undefined ? 'You have no mail address here.' : `You write as ${formatMailAddress(address)}; an answer goes out by the address that was written to.`;
  };
  return {
    name,
    audience: 'users',
    title: label,
    form,
    meaning,
    fields: [{ name, label, kind }],
    values: (user) => ({ [name]: preferences.show(IDENTITY, user).typed }),
    run: async (user, values) => {
      const typed = values[name]?.trim().toLowerCase() ?? '';
      if (typed === '') return told(user);
      const local = typed === 'own' || typed === 'plain' ? typed : localOf(user, typed, aliases);
      if (isFailure(local)) return local;
      const changed = await preferences.change(user, [[IDENTITY, local]]);
      return isFailure(changed) ? changed : told(user);
    },
  };
}

function localOf(user: Jid, typed: string, aliases: Aliases): string | Failure {
  const alias = aliases.own(user, typed);
  if (isFailure(alias)) return alias;
  return aliases.usable(user, alias.local) === undefined ? Failure.permanent('not-allowed', 'This address is switched off, or has ended.') : alias.local;
}
