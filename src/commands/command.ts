/** What every command is given and gives back. */
import { existsSync } from 'node:fs';
import type { ParseArgsConfig } from 'node:util';
import type { Config } from '../config/keys.js';
import { loadConfig, type Loaded } from '../config/load.js';
import { formatProblem } from '../config/problem.js';

/** 0 good, 1 a problem was found, 2 usage. */
export type ExitCode = 0 | 1 | 2;

export interface Io {
  /** Writes a line to standard output. */
  out(line: string): void;
  /** Writes a line to standard error. */
  err(line: string): void;
  readonly env: NodeJS.ProcessEnv;
  /** Asks a person; undefined where nobody sits at a terminal. */
  readonly ask?: (question: string) => Promise<string>;
}

export interface Args {
  /** Values of the options by name, as `parseArgs` gives them. */
  readonly options: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
}

export interface Command {
  readonly summary: string;
  /** What follows the command's name, then a line for each option. */
  readonly usage: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  run(args: Args, io: Io): Promise<ExitCode>;
}

/** The command line is not understood; its text says why. Shown with a hint to `help`, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const HERE = 'stanzapost.toml';
const OF_THE_MACHINE = '/etc/stanzapost/stanzapost.toml';

export const CONFIG_OPTION = { config: { type: 'string', short: 'c' } } as const;
export const CONFIG_USAGE = `  --config PATH   the configuration (default: ./${HERE}, then ${OF_THE_MACHINE})`;

/** Where it is, or should be: that of the machine may be one that this user may not see. */
export function configPath({ options }: Args): string {
  return textOption(options.config) ?? (existsSync(HERE) ? HERE : OF_THE_MACHINE);
}

export interface ReadConfig {
  readonly config: Config;
  /** What is no error, for the log or the eye. */
  readonly warnings: readonly string[];
}

/** Reads the configuration; undefined when there are errors in it, which are then on standard error. */
export function readConfig(args: Args, io: Io): ReadConfig | undefined {
  const path = configPath(args);
  const loaded = loadConfig(path, io.env);
  const lines = problemLines(path, loaded);
  if (loaded.config !== undefined) return { config: loaded.config, warnings: lines };
  for (const line of lines) io.err(line);
  return undefined;
}

export function problemLines(path: string, { problems, lines }: Loaded): string[] {
  return problems.map((problem) => formatProblem(problem, path, lines));
}

export function textOption(value: Args['options'][string]): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function listOption(value: Args['options'][string]): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
