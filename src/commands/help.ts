/** `stanzapost help`: the commands, one command, or every key of the configuration. */
import { renderConfig } from '../config/template.js';
import { UsageError, type Command } from './command.js';

const ENDING = 'Exit codes: 0 good, 1 a problem was found, 2 usage.';

/** The text for `stanzapost help`. */
function overview(commands: Readonly<Record<string, Command>>): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'Stanzapost, the gateway between XMPP chat and e-mail.',
    '',
    'Usage: stanzapost COMMAND [OPTIONS]',
    '',
    ...rows,
    '',
    '`stanzapost help COMMAND` tells more, `stanzapost help config` lists every key of the configuration.',
    ENDING,
  ].join('\n');
}

export function usageOf(name: string, { summary, usage }: Command): string {
  return `stanzapost ${name}: ${summary}\n\nUsage: stanzapost ${name}${usage === '' ? '' : ` [OPTIONS]${usage}`}`;
}

export function helpCommand(commands: () => Readonly<Record<string, Command>>): Command {
  return {
    summary: 'this text; `help COMMAND` or `help config` for more',
    usage: '',
    options: {},
    run({ positionals: [topic] }, io) {
      const command = topic === undefined ? undefined : commands()[topic];
      if (topic === undefined) io.out(overview(commands()));
      else if (topic === 'config') io.out(renderConfig(new Map()).trimEnd());
      else if (command !== undefined) io.out(usageOf(topic, command));
      else throw new UsageError(`there is no command ${JSON.stringify(topic)}`);
      return Promise.resolve(0);
    },
  };
}
