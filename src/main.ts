#!/usr/bin/env node
/** Turns argv into a command. */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { announce } from './commands/announce.js';
import { backup } from './commands/backup.js';
import { check } from './commands/check.js';
import { UsageError, type Args, type Command, type ExitCode, type Io } from './commands/command.js';
import { doctor } from './commands/doctor.js';
import { helpCommand, usageOf } from './commands/help.js';
import { init } from './commands/init.js';
import { key } from './commands/key.js';
import { maintenance } from './commands/maintenance.js';
import { queue } from './commands/queue.js';
import { restore } from './commands/restore.js';
import { runCommand } from './commands/run.js';
import { user } from './commands/user.js';
import { version } from './commands/version.js';

const COMMANDS: Readonly<Record<string, Command>> = {
  init,
  check,
  doctor,
  run: runCommand(async (config, log) => (await import('./gateway.js')).createGateway(config, log)),
  queue,
  user,
  key,
  announce,
  maintenance,
  backup,
  restore,
  version,
  help: helpCommand(() => COMMANDS),
};
const ALIASES: Readonly<Record<string, string>> = { '--help': 'help', '-h': 'help', '--version': 'version' };

const io: Io = {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  env: process.env,
  ...(process.stdin.isTTY && process.stdout.isTTY && { ask }),
};

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const closed = once(terminal, 'close').then(() => Promise.reject(new UsageError('the question was not answered')));
    return await Promise.race([terminal.question(question), closed]);
  } finally {
    terminal.close();
  }
}

function parse(command: Command, args: string[]): Args {
  try {
    const { values, positionals } = parseArgs({ args, options: command.options, allowPositionals: true });
    return { options: values, positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function main([first, ...rest]: string[]): Promise<ExitCode> {
  const name = ALIASES[first ?? ''] ?? first ?? 'help';
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new UsageError(`there is no command ${JSON.stringify(name)}`);
  if (rest.includes('--help') || rest.includes('-h')) {
    io.out(usageOf(name, command));
    return 0;
  }
  return command.run(parse(command, rest), io);
}

main(process.argv.slice(2)).then(
  (code) => end(code),
  (error: unknown) => {
    if (!(error instanceof UsageError)) throw error;
    io.err(`stanzapost: ${error.message}\nTry: stanzapost help`);
    end(2);
  },
);

/** Once what was written is out: standard output may be a pipe, and `run` must end although handles are open. */
function end(code: ExitCode): void {
  process.stdout.write('', () => process.exit(code));
}
