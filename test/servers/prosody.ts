/** A private Prosody from `prosody-config/`. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from './process.js';
import { componentBlock, fill, privilegeBlock, readRepositoryFile, ROOT_PATH } from './template.js';
import { startXmppServer, type Settings, type XmppServer, type XmppServerOptions } from './xmpp-server.js';

const run = promisify(execFile);

/** Starts Prosody on free ports of 127.0.0.1 with the users juliet and romeo. */
export function startProsody(options: XmppServerOptions = {}): Promise<XmppServer> {
  return startXmppServer({ name: 'prosody', prepare, ready: () => true }, options);
}

async function prepare(settings: Settings): Promise<Command> {
  const config = join(settings.dir, 'prosody.cfg.lua');
  await mkdir(join(settings.dir, 'data'));
  await writeFile(config, await configuration(settings), { mode: 0o600 });
  for (const { name, password } of settings.users) {
    await run('prosodyctl', ['--config', config, 'register', name, settings.domain, password]);
  }
  await registerCrowd(settings);
  return { file: 'prosody', args: ['-F', '--config', config], cwd: settings.dir };
}

/** What `prosodyctl register` writes, which takes a quarter of a second for each. */
async function registerCrowd({ dir, domain, crowd }: Settings): Promise<void> {
  const accounts = join(dir, 'data', domain.replace(/[^A-Za-z0-9]/g, (char) => `%${char.charCodeAt(0).toString(16)}`), 'accounts');
  if (crowd > 0) await mkdir(accounts, { recursive: true });
  for (let i = 0; i < crowd; i++) await writeFile(join(accounts, `crowd${i}.dat`), 'return {\n\t["password"] = "crowd";\n};\n');
}

async function configuration(settings: Settings): Promise<string> {
  const { dir, domain, componentPort, c2sPort, certificate, key, extra } = settings;
  const ports = [componentPort, ...settings.others.map(({ port }) => port)].join(', ');
  const privilege = settings.privilege ? await privilegeBlock('prosody-config/privilege.cfg.lua', settings.component) : '';
  const copies = settings.offlineCopies ? await privilegeBlock('prosody-config/offline.cfg.lua', settings.component) : '';
  const global = settings.offlineCopies ? `plugin_paths = { "${ROOT_PATH}prosody-config" }\n${extra}` : extra;
  const places = { privilege: privilege + copies, dir, domain, httpPort: settings.httpPort, componentPort: ports, c2sPort, certificate, key, extra: global, asRoot: String(process.getuid?.() === 0) };
  const server = fill(await readRepositoryFile('prosody-config/trial.cfg.lua'), places);
  const components = [settings.component, ...settings.others.map(({ name }) => name)].map((name) => componentBlock('prosody-config/component.cfg.lua', name, settings.secret));
  const blocks = (await Promise.all(components)).map((block) => (settings.privilege ? block.replace('-- modules_enabled', 'modules_enabled') : block));
  const modules = settings.privacyLists ? server.replace('"blocklist";', '"blocklist"; "privacy_lists";') : server;
  return [modules, ...blocks].join('\n');
}
