/** The actions of `stanzapost user` that change nothing. */
import type { Account } from '../store/accounts.js';
import { UsageError } from './command.js';
import { formatTime, renderTable } from './table.js';
import type { UserAction } from './user.js';

export const list: UserAction = async ({ store, args, operands, io }) => {
  if (operands.length > 0) throw new UsageError('user list takes nothing more');
  const registered = (await store.accounts.accounts()).flatMap(sinceWhen).sort((one, other) => (one.user < other.user ? -1 : 1));
  if (args.options.json === true) io.out(JSON.stringify(registered));
  else if (registered.length === 0) io.out('Nobody is registered.');
  else io.out(renderTable(['USER', 'REGISTERED'], registered.map(({ user, registeredAt }) => [user, formatTime(registeredAt)])));
  return 0;
};

function sinceWhen({ user, registeredAt }: Account): { readonly user: string; readonly registeredAt: number }[] {
  return registeredAt === undefined ? [] : [{ user, registeredAt }];
}
