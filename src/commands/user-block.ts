/** `stanzapost user block|unblock|blocked`: for everybody. */
import { blockedForAll, blockForAll, unblockForAll, type GatewayBlockParts } from '../bridge/gateway-blocks.js';
import { shownEntry } from '../bridge/strangers.js';
import { gatewayNames } from '../config/edges.js';
import { isFailure, type Failure } from '../failure.js';
import { UsageError, type ExitCode, type Io } from './command.js';
import { formatTime, printable, renderTable } from './table.js';
import type { Action, ActionContext } from './action.js';

export const block: Action = (context) => each('block', context, blockForAll, 'blocked for everybody');

export const unblock: Action = (context) => each('unblock', context, unblockForAll, 'no longer blocked for everybody');

export const blocked: Action = async ({ store, args, operands, io }) => {
  if (operands.length > 0) throw new UsageError('user blocked takes nothing more');
  const entries = (await blockedForAll(store.correspondents)).map(({ mail, at }) => ({ entry: shownEntry(mail), at }));
  if (args.options.json === true) io.out(JSON.stringify(entries));
  else if (entries.length === 0) io.out('Nobody is blocked for everybody.');
  else io.out(renderTable(['BLOCKED', 'SINCE'], entries.map(({ entry, at }) => [entry, formatTime(at)])));
  return 0;
};

type Change = (typed: string, parts: GatewayBlockParts) => Promise<string | Failure>;

/** @returns 1 when one of them was not done */
async function each(action: string, { store, config, operands, io, now }: ActionContext, change: Change, words: string): Promise<ExitCode> {
  if (operands.length === 0) throw new UsageError(`user ${action} takes an address, @domain, or @*.domain`);
  const parts = { correspondents: store.correspondents, gateway: gatewayNames(config), admins: config.access.admins, clock: () => now };
  const ended: boolean[] = [];
  for (const typed of operands) ended.push(told(typed, await change(typed, parts), words, io));
  return ended.every((good) => good) ? 0 : 1;
}

function told(typed: string, entry: string | Failure, words: string, io: Io): boolean {
  if (isFailure(entry)) io.err(printable(`${typed}: ${entry.text}`));
  else io.out(printable(`${shownEntry(entry)}: ${words}`));
  return !isFailure(entry);
}
