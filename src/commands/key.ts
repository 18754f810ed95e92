/** `stanzapost key`: works on the store's file, also while the gateway runs, which notices within seconds. */
import { DEFAULT_RATE, hashOf, isKeyName, MOST_RATE, newSecret } from '../presence/keys.js';
import { SCOPES, type Scope } from '../presence/publication.js';
import { runAction, type Action } from './action.js';
import { CONFIG_OPTION, CONFIG_USAGE, textOption, UsageError, type Command } from './command.js';
import { formatTime, renderTable } from './table.js';

const USAGE = `

  key add NAME [--scope SCOPES] [--rate N]  makes a key for a web platform, and prints its secret, this once
  key list                                  which keys there are, and when each was last used
  key revoke NAME...                        they are good for nothing from then on

  --scope SCOPES  read: presence by the links of users (default); read,lookup: also by JID and by mail address
  --rate N        requests a minute (default: ${DEFAULT_RATE})
  --json          for scripts
${CONFIG_USAGE}
Users let a key see them by its NAME: a-z, 0-9 and hyphens. A program shows the secret as "Authorization: Bearer SECRET".`;

const add: Action = async ({ store, args: { options }, operands: [name = '', ...more], io, now }) => {
  if (!isKeyName(name) || more.length > 0) throw new UsageError('key add takes one name: 1 to 40 of a-z, 0-9, and hyphens between them');
  const key = { name, scopes: scopesIn(textOption(options.scope)), rate: rateIn(textOption(options.rate)) };
  const secret = newSecret();
  if (!(await store.apiKeys.addApiKey({ ...key, hash: hashOf(secret), madeAt: now }))) {
    io.err(`There is a key of the name ${name} already, or there are as many as can be.`);
    return 1;
  }
  if (options.json === true) io.out(JSON.stringify({ ...key, secret }));
  else {
    io.out(secret);
    io.err(`This is the secret of ${name}. It is not kept, and not shown again.`);
  }
  return 0;
};

const list: Action = async ({ store, args, operands, io }) => {
  if (operands.length > 0) throw new UsageError('key list takes nothing more');
  const keys = (await store.apiKeys.apiKeys()).map(({ hash: _, ...key }) => key);
  if (args.options.json === true) io.out(JSON.stringify(keys));
  else if (keys.length === 0) io.out('There are no API keys.');
  else io.out(renderTable(['NAME', 'SCOPES', 'A MINUTE', 'MADE', 'LAST USED'], keys.map(({ name, scopes, rate, madeAt, usedAt }) => [name, scopes.join(','), `${rate}`, formatTime(madeAt), usedAt === undefined ? 'never' : formatTime(usedAt)])));
  return 0;
};

/** @returns 1 when one of them was not there */
const revoke: Action = async ({ store, args, operands, io }) => {
  if (operands.length === 0) throw new UsageError('key revoke takes the name of a key');
  const revoked: string[] = [];
  for (const name of operands) if (await store.apiKeys.removeApiKey(name)) revoked.push(name);
  const missing = operands.filter((name) => !revoked.includes(name));
  if (args.options.json === true) io.out(JSON.stringify(revoked));
  else for (const name of revoked) io.out(`${name}: revoked`);
  for (const name of missing) io.err(`There is no key of the name ${JSON.stringify(name)}.`);
  return missing.length === 0 ? 0 : 1;
};

const ACTIONS: Readonly<Record<string, Action>> = { list, add, revoke };

export const key: Command = {
  summary: 'make, list and revoke API keys for presence',
  usage: USAGE,
  options: { ...CONFIG_OPTION, scope: { type: 'string' }, rate: { type: 'string' }, json: { type: 'boolean' } },
  run: async (args, io) => runAction('key', ACTIONS, args, io),
};

/** Whoever may look somebody up may also read. */
function scopesIn(text = 'read'): readonly Scope[] {
  const named = text.split(',').map((scope) => scope.trim());
  const wrong = named.find((scope) => !SCOPES.some((known) => known === scope));
  if (wrong !== undefined) throw new UsageError(`${JSON.stringify(wrong)} is no scope: ${SCOPES.join(', ')}`);
  return SCOPES.filter((scope) => scope === 'read' || named.includes(scope));
}

function rateIn(text = `${DEFAULT_RATE}`): number {
  const rate = /^\d{1,8}$/.test(text) ? Number(text) : 0;
  if (rate < 1 || rate > MOST_RATE) throw new UsageError(`--rate takes requests a minute, 1 to ${MOST_RATE}`);
  return rate;
}
