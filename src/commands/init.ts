/** `stanzapost init`: asks, or takes flags; writes the configuration with its comments; prints the XMPP server's block. */
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { environmentName, type TomlValue } from '../config/key.js';
import { SECTIONS } from '../config/keys.js';
import { parseConfig } from '../config/load.js';
import { renderConfig } from '../config/template.js';
import { parseService } from '../config/units.js';
import { CONFIG_USAGE, listOption, textOption, UsageError, type Args, type Command, type ExitCode, type Io } from './command.js';
import { serverBlocks } from './server-blocks.js';

interface Question {
  readonly flag: string;
  readonly section: keyof typeof SECTIONS;
  readonly key: string;
  readonly ask: string;
  /** What Enter means, from the answers so far; undefined: it has to be answered. */
  readonly proposal: (answers: ReadonlyMap<string, TomlValue>) => string | undefined;
  readonly list?: true;
}

const keyOf = ({ section, key }: Question): string => `${section}.${key}`;

/** In the order in which they are asked. Every other key has its default and is commented in the file. */
const QUESTIONS: readonly Question[] = [
  { flag: 'home', section: 'xmpp', key: 'home', ask: 'Domain of your XMPP server', proposal: () => undefined },
  {
    flag: 'domain',
    section: 'xmpp',
    key: 'domain',
    ask: 'Domain of the gateway',
    proposal: (answers) => `mail.${String(answers.get('xmpp.home'))}`,
  },
  { flag: 'service', section: 'xmpp', key: 'service', ask: 'Where the XMPP server takes components', proposal: () => SECTIONS.xmpp.keys.service.default as string },
  { flag: 'admin', section: 'access', key: 'admins', ask: 'JID that gets the mail to postmaster (none: Enter)', proposal: () => '', list: true },
  { flag: 'listen', section: 'smtp_in', key: 'listen', ask: 'Address and port for incoming mail', proposal: () => '127.0.0.1:2525', list: true },
  { flag: 'relay', section: 'smtp_out', key: 'relay', ask: 'Your mail server, for outgoing mail', proposal: () => SECTIONS.smtp_out.keys.relay.default as string },
];

export const init: Command = {
  summary: 'write the configuration, print the block for the XMPP server',
  usage: [
    '',
    '  --home DOMAIN       domain of the XMPP server',
    '  --domain DOMAIN     domain of the gateway (default: mail.HOME)',
    '  --service URL       where the XMPP server takes components',
    '  --admin JID         gets the mail to postmaster; may be repeated',
    '  --listen HOST:PORT  for incoming mail; may be repeated',
    '  --relay URL         your mail server, for outgoing mail',
    '  --force             replace the file if there is one',
    CONFIG_USAGE.replace(/\(default.*/, '(default: ./stanzapost.toml)'),
    'What is not given is asked, at a terminal.',
  ].join('\n'),
  options: {
    ...Object.fromEntries(QUESTIONS.map(({ flag, list }) => [flag, { type: 'string' as const, multiple: list === true }])),
    config: { type: 'string', short: 'c' },
    force: { type: 'boolean' },
  },
  run,
};

async function run(args: Args, io: Io): Promise<ExitCode> {
  const path = textOption(args.options.config) ?? 'stanzapost.toml';
  if (existsSync(path) && args.options.force !== true) {
    io.err(`${path} is there already; --force replaces it`);
    return 1;
  }
  const answers = await collect(args, io);
  const variable = environmentName('xmpp', 'secret');
  const secret = io.env[variable] ?? randomBytes(24).toString('hex');
  if (io.env[variable] === undefined) answers.set('xmpp.secret', secret);
  const text = renderConfig(answers);
  const wrong = parseConfig(text, io.env).problems.filter(({ severity }) => severity === 'error');
  if (wrong.length > 0) {
    for (const { text: what } of wrong) io.err(`error: ${what}`);
    return 1;
  }
  writePrivate(path, text);
  io.out(`Wrote ${path}, readable by its owner only: it holds the secret.\n`);
  io.out(serverBlocks({ domain: String(answers.get('xmpp.domain')), secret, service: serviceOf(answers) }));
  io.out(`Then: stanzapost check --config ${path}; stanzapost doctor --config ${path}; stanzapost run --config ${path}`);
  return 0;
}

function serviceOf(answers: ReadonlyMap<string, TomlValue>): { host: string; port: number } {
  const service = parseService(String(answers.get('xmpp.service') ?? SECTIONS.xmpp.keys.service.default));
  if (service === undefined) throw new Error('the answer was checked');
  return service;
}

async function collect(args: Args, io: Io): Promise<Map<string, TomlValue>> {
  const answers = new Map<string, TomlValue>();
  for (const question of QUESTIONS) {
    const answer = fromFlag(question, args) ?? (await fromPerson(question, answers, io));
    if (answer !== undefined) answers.set(keyOf(question), answer);
  }
  return answers;
}

function fromFlag(question: Question, { options }: Args): TomlValue | undefined {
  const given = question.list === true ? listOption(options[question.flag]) : textOption(options[question.flag]);
  if (given === undefined || given.length === 0) return undefined;
  const wrong = objection(question, given);
  if (wrong !== undefined) throw new UsageError(`--${question.flag} ${wrong}`);
  return given;
}

/** Without a terminal the proposal stands; for what nothing can be proposed, the flag is missed. */
async function fromPerson(question: Question, answers: ReadonlyMap<string, TomlValue>, io: Io): Promise<TomlValue | undefined> {
  const proposal = question.proposal(answers);
  if (io.ask === undefined) {
    if (proposal === undefined) throw new UsageError(`--${question.flag} is missing, and there is no terminal to ask at`);
    return valueOf(question, proposal);
  }
  for (;;) {
    const typed = (await io.ask(`${question.ask}${proposal ? ` [${proposal}]` : ''}: `)).trim();
    const value = valueOf(question, typed === '' ? (proposal ?? '') : typed);
    const wrong = value === undefined ? undefined : objection(question, value);
    if (wrong === undefined) return value;
    io.err(`That ${wrong}.`);
  }
}

function valueOf(question: Question, text: string): TomlValue | undefined {
  if (question.list !== true) return text;
  return text === '' ? undefined : text.split(/[\s,]+/);
}

/** What the table of keys has against it. */
function objection({ section, key }: Question, value: TomlValue): string | undefined {
  const keys: Readonly<Record<string, { readonly type: { safeParse(value: unknown): { error?: { issues: readonly { message: string }[] } } } }>> = SECTIONS[section].keys;
  return keys[key]?.type.safeParse(value).error?.issues[0]?.message;
}

/** Written whole or not at all, 0600 from its first byte. */
function writePrivate(path: string, text: string): void {
  const draft = `${path}.${process.pid}.new`;
  try {
    const file = openSync(draft, 'wx', 0o600);
    writeSync(file, text);
    closeSync(file);
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}
