/**
 * A process with the signals of `stanzapost run` and a gateway that does what its argument says: `good`, `stuck` (never
 * stops), `slow` (never starts), `refused` (fails to start), `bug` (throws later), `broken` (says that it is).
 */
import { runGateway, endOnBugs, type Runnable } from '../../src/commands/run.js';
import { Failure } from '../../src/failure.js';
import { createLog } from '../../src/log.js';

const kind = process.argv[2];
const log = createLog('debug');
const never = new Promise<never>(() => undefined);
// What holds a real gateway up: sockets.
setInterval(() => undefined, 60_000);

const gateway: Runnable = {
  broken: kind === 'broken' ? Promise.resolve(Failure.permanent('storage', 'The thread of the store has ended.')) : never,
  start: () => {
    if (kind === 'bug') setImmediate(() => { throw new Error('nobody catches this'); });
    if (kind === 'refused') return Promise.resolve(Failure.permanent('not-allowed', 'The port is taken.'));
    return kind === 'slow' ? never : Promise.resolve();
  },
  stop: (deadlineMs) => {
    log.info({ deadlineMs }, 'gateway.stop');
    return kind === 'stuck' ? never : Promise.resolve();
  },
  reload: () => log.info('gateway.reload'),
};

endOnBugs(log);
process.exit(await runGateway(() => Promise.resolve(gateway), () => log.info('reread'), log));
