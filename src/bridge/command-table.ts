/** Finds the command that a user means, in a line of chat or by its node, and carries it out. */
import { bareJid, formatBareJid, type Jid } from '../address.js';
import type { Commands, Form, Values } from '../edge.js';
import { Failure, isFailure } from '../failure.js';
import { checked, valuesIn, type Audience, type Command } from './command.js';
import { helpOn, longHelp, shortHelp } from './help.js';
import { Buckets } from '../buckets.js';

export interface CommandTableParts {
  readonly commands: readonly Command[];
  /** What help says before it lists them. */
  readonly introduction: readonly string[];
  readonly isUser: (user: Jid) => boolean;
  readonly isAdmin: (user: Jid) => boolean;
}

const UNKNOWN = Failure.permanent('no-such-recipient', 'There is no such command.');
const FORBIDDEN = Failure.permanent('not-allowed', 'This gateway does not serve you in this.');

export class CommandTable implements Commands {
  private readonly byName: ReadonlyMap<string, Command>;
  private readonly byNode: ReadonlyMap<string, Command>;

  /** Lines that were no command, by user: five at once, and one more in each minute. */
  private readonly helped = new Buckets([{ most: 5, per: 5 * 60_000 }]);

  constructor(private readonly parts: CommandTableParts) {
    this.byName = new Map(parts.commands.map((command) => [command.name, command]));
    this.byNode = new Map(parts.commands.map((command) => [nodeOf(command), command]));
  }

  async say(from: Jid, line: string): Promise<string> {
    const found = this.inLine(line);
    if (found === undefined) return this.help(from, line);
    const { command, rest } = found;
    if (!this.mayRun(from, command)) return (command.refusal ?? FORBIDDEN).text;
    const values = valuesIn(command, rest);
    const answer = isFailure(values) ? values : await command.run(bareJid(from), values);
    return isFailure(answer) ? answer.text : answer;
  }

  list(from: Jid): readonly { node: string; title: string }[] {
    return this.allowed(from).map((command) => ({ node: nodeOf(command), title: command.title }));
  }

  async form(from: Jid, node: string): Promise<Form | undefined | Failure> {
    const command = this.find(from, node);
    if (isFailure(command) || command.fields.length === 0) return isFailure(command) ? command : undefined;
    const { title, meaning, fields, formType } = command;
    return { title, instructions: sentence(meaning), ...(formType !== undefined && { formType }), fields, values: (await command.values?.(bareJid(from))) ?? {} };
  }

  async run(from: Jid, node: string, values: Values): Promise<string | Failure> {
    const command = this.find(from, node);
    if (isFailure(command)) return command;
    const taken = checked(command, values);
    return isFailure(taken) ? taken : command.run(bareJid(from), taken);
  }

  private find(from: Jid, node: string): Command | Failure {
    const command = this.byNode.get(node);
    if (command === undefined) return UNKNOWN;
    return this.mayRun(from, command) ? command : (command.refusal ?? FORBIDDEN);
  }

  /** Two words name a command before one does. */
  private inLine(line: string): { command: Command; rest: string } | undefined {
    const [first = '', second = '', ...rest] = line.trim().split(/(?<=\s)(?=\S)/);
    const one = first.trim().toLowerCase();
    const both = this.byName.get(`${one} ${second.trim().toLowerCase()}`);
    if (both !== undefined) return { command: both, rest: rest.join('') };
    const command = this.byName.get(one);
    if (command !== undefined) return { command, rest: [second, ...rest].join('') };
    const alone = this.parts.commands.find((one) => one.alone?.test(line));
    return alone && { command: alone, rest: line };
  }

  /** A machine answers whatever it is told, the help too. */
  private mayBeHelped(from: Jid): boolean {
    return this.helped.takeIf(formatBareJid(from), 1, performance.now()) === 0;
  }

  /** Of one command as often as it is asked for, as any command; all else is held back at times. */
  private help(from: Jid, line: string): string {
    const commands = this.allowed(from);
    const [, topic = ''] = /^\s*help\s+(.*)$/i.exec(line) ?? [];
    const one = topic === '' ? undefined : helpOn(topic, commands);
    if (one !== undefined) return one;
    if (!this.mayBeHelped(from)) return '';
    return (topic.trim().toLowerCase() === 'all' ? longHelp : shortHelp)(this.parts.introduction, commands);
  }

  private allowed(from: Jid): readonly Command[] {
    return this.parts.commands.filter((command) => this.mayRun(from, command));
  }

  private mayRun(from: Jid, { audience, serves }: Command): boolean {
    const mayBe: Record<Audience, () => boolean> = {
      everybody: () => true,
      users: () => this.parts.isUser(from),
      admins: () => this.parts.isAdmin(from),
    };
    return mayBe[audience]() && serves?.(from) !== false;
  }
}

function nodeOf({ node, name }: Command): string {
  return node ?? name.replace(' ', '-');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
