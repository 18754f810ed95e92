/** `stanzapost version`. */
import { readFileSync } from 'node:fs';
import type { Command } from './command.js';

/** The version in package.json, which stands two directories above both `src/commands` and `dist/commands`. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
}

export const version: Command = {
  summary: 'print the version',
  usage: '',
  options: {},
  run(_args, io) {
    io.out(`stanzapost ${packageVersion()} (Node ${process.version})`);
    return Promise.resolve(0);
  },
};
