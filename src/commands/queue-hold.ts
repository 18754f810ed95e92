/** The actions of `stanzapost queue` that hold the whole queue and let it go; a running gateway notices within seconds. */
import { switchHold } from '../bridge/queue-hold.js';
import { heldLine } from '../bridge/queue-lines.js';
import { UsageError } from './command.js';
import type { Action, ActionContext } from './action.js';

export const hold: Action = (context) => switchTo(true, context);

export const release: Action = (context) => switchTo(false, context);

async function switchTo(on: boolean, { operands, store, io, args }: ActionContext): Promise<0> {
  if (operands.length > 0) throw new UsageError(`queue ${on ? 'hold' : 'release'} is for all of it, and takes nothing more`);
  const since = await switchHold(on, { switches: store.switches, clock: Date.now });
  io.out(args.options.json === true ? JSON.stringify({ held: since ?? null }) : (heldLine(since) ?? 'The queue is not held: what is due goes.'));
  return 0;
}
