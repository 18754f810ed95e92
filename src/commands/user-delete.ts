/** `stanzapost user delete`: asks for it in the store; the gateway carries it out, at once when it runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { formatJid, parseJid, type Jid } from '../address.js';
import { askDismissal, isDismissalAsked } from '../bridge/dismissals.js';
import { isFailure } from '../failure.js';
import { isHeld } from '../store/open.js';
import type { SwitchStore } from '../store/switches.js';
import { UsageError, type ExitCode } from './command.js';
import type { Action, ActionContext } from './action.js';

/** The gateway looks every two seconds; it may have a long queue, and a user many contacts. */
const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 200;

export const remove: Action = async (context) => {
  const users = context.operands.map(userOf);
  if (users.length === 0) throw new UsageError('user delete takes at least one JID');
  for (const user of users) if (!(await context.store.accounts.isKept(user))) return unknown(user, context);
  for (const user of users) await askDismissal(user, context.store.switches, context.now);
  const left = await leftAfter(users, context);
  context.io.out(context.args.options.json === true ? JSON.stringify(users.map((user) => ({ user: formatJid(user), deleted: !left.includes(user) }))) : told(users, left, context));
  return 0;
};

function unknown(user: Jid, { io }: ActionContext): ExitCode {
  io.err(`Nothing is kept of ${formatJid(user)}. Nobody was deleted.`);
  return 1;
}

function userOf(typed: string): Jid {
  const user = parseJid(typed);
  if (isFailure(user) || user.local === '' || user.resource !== '') throw new UsageError(`${JSON.stringify(typed)} is no JID of a user`);
  return user;
}

/** Those that the gateway has not forgotten yet. */
async function leftAfter(users: readonly Jid[], { store, config }: ActionContext): Promise<readonly Jid[]> {
  const deadline = performance.now() + (isHeld(config.store.url.path) ? PATIENCE_MS : 0);
  for (;;) {
    const left = await asked(users, store.switches);
    if (left.length === 0 || performance.now() >= deadline) return left;
    await sleep(LOOK_EVERY_MS);
  }
}

async function asked(users: readonly Jid[], switches: SwitchStore): Promise<readonly Jid[]> {
  const states = await Promise.all(users.map((user) => isDismissalAsked(user, switches)));
  return users.filter((_, i) => states[i]);
}

function told(users: readonly Jid[], left: readonly Jid[], { config }: ActionContext): string {
  const when = isHeld(config.store.url.path) ? 'the gateway is at it' : 'the gateway does not run, and does it when it starts';
  return users.map((user) => (left.includes(user) ? `${formatJid(user)}: asked for; ${when}` : `${formatJid(user)}: deleted`)).join('\n');
}
