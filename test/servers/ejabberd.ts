/**
 * A private ejabberd from `ejabberd-config/`.
 *
 * It runs as a node without a name: no epmd, no cookie, no `ejabberdctl`, so several live side by side and nothing is left
 * behind. Users are registered by an expression that is evaluated after the start, which also tells that it is ready.
 */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from './process.js';
import { componentBlock, fill, privilegeBlock, readRepositoryFile, ROOT_PATH } from './template.js';
import { startXmppServer, type Settings, type XmppServer, type XmppServerOptions } from './xmpp-server.js';

const run = promisify(execFile);
const READY = 'trial users are registered';
const ERLANG_OPTIONS = ['+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none'];

/** Starts ejabberd on free ports of 127.0.0.1 with the users juliet and romeo. */
export function startEjabberd(options: XmppServerOptions = {}): Promise<XmppServer> {
  return startXmppServer({ name: 'ejabberd', prepare, ready: (output) => output.includes(READY) }, options);
}

async function prepare(settings: Settings): Promise<Command> {
  const { dir } = settings;
  const config = join(dir, 'ejabberd.yml');
  if (settings.offlineCopies) await compileModule(dir);
  await writeFile(config, await configuration(settings), { mode: 0o600 });
  return {
    file: 'erl',
    args: [...ERLANG_OPTIONS, '-noinput', '-pa', dir, '-mnesia', 'dir', JSON.stringify(join(dir, 'data')), '-s', 'ejabberd', '-eval', registration(settings)],
    cwd: dir,
    env: {
      EJABBERD_CONFIG_PATH: config,
      EJABBERD_LOG_PATH: join(dir, 'ejabberd.log'),
      ERL_LIBS: await libraries(),
      ERL_CRASH_DUMP_BYTES: '0',
      HOME: dir,
    },
  };
}

async function configuration(settings: Settings): Promise<string> {
  const { domain, componentPort, c2sPort, certificate, key, extra } = settings;
  const template = await readRepositoryFile('ejabberd-config/trial.yml');
  // One listener for each: a component that connects gets every host of its listener.
  const components = [{ name: settings.component, port: componentPort }, ...settings.others].map(async ({ name, port }) =>
    (await componentBlock('ejabberd-config/component.yml', name, settings.secret)).replace('port: 5347', `port: ${port}`));
  const component = (await Promise.all(components)).join('\n');
  const privilege = settings.privilege ? await privilegeBlock('ejabberd-config/privilege.yml', settings.component) : '';
  const copies = settings.offlineCopies ? await privilegeBlock('ejabberd-config/offline.yml', settings.component) : '';
  return fill(template, { privilege: privilege + copies, dir: settings.dir, domain, gateway: settings.refuseUploads ? 'nobody.test' : settings.component, httpPort: settings.httpPort, c2sPort, certificate, key, extra, component });
}

/** As an administrator does (ejabberd-config/README.md). */
async function compileModule(dir: string): Promise<void> {
  await run('erlc', ['-o', dir, `${ROOT_PATH}ejabberd-config/mod_stanzapost_offline.erl`]);
}

/** Registers the users; one that exists already is left as it is. */
function registration({ domain, users, crowd }: Settings): string {
  const calls = users.map(({ name, password }) => `ejabberd_auth:try_register(<<"${name}">>, <<"${domain}">>, <<"${password}">>)`);
  if (crowd > 0) calls.push(`lists:foreach(fun(N) -> ejabberd_auth:try_register(<<"crowd", (integer_to_binary(N))/binary>>, <<"${domain}">>, <<"crowd">>) end, lists:seq(0, ${crowd - 1}))`);
  return `${calls.join(', ')}, io:format("${READY}~n").`;
}

/** Where Debian keeps ejabberd's Erlang libraries, which differs between machine architectures. */
async function libraries(): Promise<string> {
  const script = await readFile('/usr/sbin/ejabberdctl', 'utf8');
  const path = /^ERL_LIBS='(.+)'$/m.exec(script)?.[1];
  if (path === undefined) throw new Error('/usr/sbin/ejabberdctl names no ERL_LIBS');
  return path;
}
