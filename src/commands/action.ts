/** Commands of several actions on the store's file, such as `queue list` and `queue drop`. */
import type { Config } from '../config/keys.js';
import type { Store } from '../store/store.js';
import { UsageError, type Args, type ExitCode, type Io } from './command.js';
import { withStore } from './open-store.js';

/** What an action works with. */
export interface ActionContext {
  readonly store: Store;
  readonly config: Config;
  readonly args: Args;
  /** Without the action's own name. */
  readonly operands: readonly string[];
  readonly io: Io;
  /** ms since the epoch. */
  readonly now: number;
}

export type Action = (context: ActionContext) => Promise<ExitCode>;

/**
 * Carries out the action that is named first; without a name, `list`. Throws a UsageError for one that is not there.
 * @param command what it is an action of
 */
export function runAction(command: string, actions: Readonly<Record<string, Action>>, args: Args, io: Io): Promise<ExitCode> {
  const [name = 'list', ...operands] = args.positionals;
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) throw new UsageError(`${command} has no action ${JSON.stringify(name)}: ${Object.keys(actions).join(', ')}`);
  return withStore(args, io, (store, config) => action({ store, config, args, operands, io, now: Date.now() }));
}
