/** The actions of `stanzapost user` that change nothing. */
import { formatJid, parseJid } from '../address.js';
import { Preferences } from '../bridge/preferences.js';
import { SETTINGS } from '../bridge/settings.js';
import { userLines } from '../bridge/user-lines.js';
import { preferenceDefaults } from '../config/edges.js';
import { isFailure } from '../failure.js';
import type { Account } from '../store/accounts.js';
import { UsageError } from './command.js';
import { formatTime, printable, renderTable } from './table.js';
import type { Action } from './action.js';

export const list: Action = async ({ store, args, operands, io }) => {
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

/** Whether the user is online is known to the running gateway only: it tells by chat. */
export const show: Action = async ({ store, config, args, operands: [typed = '', ...more], io, now }) => {
  const user = parseJid(typed);
  if (isFailure(user) || user.local === '' || user.resource !== '' || more.length > 0) throw new UsageError('user show takes one JID of a user');
  const facts = await store.users.userFacts(user, now);
  const own = new Preferences([{ user: formatJid(user), set: facts.set }], store, preferenceDefaults(config)).own(user, SETTINGS);
  const lines = userLines(user, facts, own);
  if (lines === undefined) io.err(`Nothing is kept of ${formatJid(user)}.`);
  else if (args.options.json === true) io.out(JSON.stringify({ ...facts, set: Object.keys(facts.set) }));
  else io.out(lines.map(printable).join('\n'));
  return lines === undefined ? 1 : 0;
};
