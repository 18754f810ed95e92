/**
 * `stanzapost run`: the gateway as a process. SIGTERM and SIGINT drain and stop within a deadline, the second of them ends
 * at once; SIGHUP reads certificates and log level again; a bug that nobody caught is logged and ends the process.
 */
import type { Config } from '../config/keys.js';
import { loadConfig } from '../config/load.js';
import { secretsOf } from '../config/relay.js';
import { Failure } from '../failure.js';
import { createLog, type Log } from '../log.js';
import { configPath, CONFIG_OPTION, CONFIG_USAGE, readConfig, type Args, type Command, type ExitCode, type Io } from './command.js';
import { packageVersion } from './version.js';

/** systemd kills after 90 s by default; the unit says 40. */
const STOP_DEADLINE_MS = 25_000;
/** What `stop` may take beyond the deadline it was given. */
const STOP_GRACE_MS = 5_000;

/** The gateway as far as a process needs it; src/gateway.ts has the whole. */
export interface Runnable {
  /** Resolves when only a fresh process can help. */
  readonly broken: Promise<Failure>;
  start(): Promise<void | Failure>;
  stop(deadlineMs: number): Promise<void>;
  reload(): void;
}

export type CreateGateway = (config: Config, log: Log) => Promise<Runnable | Failure>;

export function runCommand(create: CreateGateway): Command {
  return {
    summary: 'run the gateway',
    usage: `\n${CONFIG_USAGE}\nSIGTERM stops it, SIGHUP makes it read certificates and log level again.`,
    options: CONFIG_OPTION,
    async run(args, io) {
      const read = readConfig(args, io);
      if (read === undefined) return 1;
      const { config, warnings } = read;
      const log = createLog(config.log.level, undefined, secretsOf(config));
      for (const warning of warnings) log.warn({ warning }, 'configuration');
      endOnBugs(log);
      return runGateway(() => create(config, log), () => rereadLevel(args, io, log), log);
    },
  };
}

/** What nobody caught is a bug: it is logged, and a fresh process is better than a damaged one. */
export function endOnBugs(log: Log): void {
  const end = (err: unknown): void => {
    log.fatal({ err }, 'ended by a bug');
    process.exit(1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}

/** Nothing but the log level is taken from the file while the gateway runs. */
function rereadLevel(args: Args, io: Io, log: Log): void {
  const { config, problems } = loadConfig(configPath(args), io.env);
  if (config === undefined) log.error({ problems: problems.map(({ text }) => text) }, 'configuration not read again');
  else log.level = config.log.level;
}

/** Resolves when the gateway has ended. */
export async function runGateway(create: () => Promise<Runnable | Failure>, reread: () => void, log: Log): Promise<ExitCode> {
  const stopping = stopSignal(log);
  log.info({ version: packageVersion(), pid: process.pid }, 'starting');
  const creating = create();
  // Listened to from the start: by default the signal would end the process.
  process.on('SIGHUP', () => {
    log.info('reading certificates and log level again');
    reread();
    void creating.then((created) => created instanceof Failure || created.reload());
  });
  const gateway = await creating;
  if (gateway instanceof Failure) return failed(gateway, log);
  const started = await Promise.race([gateway.start(), stopping]);
  if (started instanceof Failure) {
    failed(started, log);
    await stop(gateway, log);
    return 1;
  }
  if (started === undefined) log.info('running');
  const broken = await Promise.race([gateway.broken, stopping]);
  if (!(broken instanceof Failure)) return stop(gateway, log);
  // Stopped in order all the same: whoever waits for an answer gets one.
  log.fatal({ failure: broken }, 'the gateway ends, to be started again');
  await stop(gateway, log);
  return 1;
}

function failed(failure: Failure, log: Log): ExitCode {
  log.fatal({ failure }, 'the gateway did not start');
  return 1;
}

/** Resolves at the first SIGTERM or SIGINT. The second is for an administrator who cannot wait: what is unsettled stays in the queue. */
function stopSignal(log: Log): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let told = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (told) {
        log.warn({ signal }, 'ended at once');
        process.exit(1);
      }
      told = true;
      log.info({ signal }, 'stopping');
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

async function stop(gateway: Runnable, log: Log): Promise<ExitCode> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, STOP_DEADLINE_MS + STOP_GRACE_MS, 'late');
  });
  const end = await Promise.race([gateway.stop(STOP_DEADLINE_MS), late]);
  clearTimeout(timer);
  if (end === 'late') log.error('not stopped within the deadline; what is unsettled stays in the queue');
  else log.info('stopped');
  return end === 'late' ? 1 : 0;
}
