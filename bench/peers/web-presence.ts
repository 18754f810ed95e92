/** How the servers' own mod_webpresence is turned on, on a port of its own, and what it is asked. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimPort } from '../../test/servers/ports.js';
import { serverOf, type Context } from '../row.js';

/** Debian keeps the pictures of ejabberd-mod-webpresence here; without them it answers 404. */
const PIXMAPS = '/usr/share/ejabberd-mod-webpresence/pixmaps';

export interface WebPresence {
  readonly port: number;
  /** For the server's configuration, in its own language. */
  readonly extra: string;
  /** Path of what a program reads: JSON, of ejabberd the script nearest to it. */
  data(user: string, domain: string): string;
  /** Path of a picture. */
  picture(user: string, domain: string): string;
}

export async function webPresence(context: Context, domain: string): Promise<WebPresence> {
  const port = await claimPort();
  if (serverOf(context) === 'prosody') {
    const extra = `http_ports = { ${port} }\nVirtualHost "${domain}"\n\tmodules_enabled = { "webpresence" }\n`;
    return { port, extra, data: (user) => `/status/${user}/json`, picture: (user) => `/status/${user}` };
  }
  const path = (user: string, of: string, kind: string): string => `/presence/jid/${user}/${of}/${kind}`;
  const extra = `\ninclude_config_file:\n  - "${await ejabberdFile(context, port)}"\n`;
  return { port, extra, data: (user, of) => path(user, of, 'js'), picture: (user, of) => path(user, of, 'image') };
}

/** Everybody of the server is published without asking (`webpresence_auto`). */
async function ejabberdFile(context: Context, port: number): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'stanzapost-webpresence-'));
  context.cleanUp(() => rm(dir, { recursive: true }));
  const file = join(dir, 'webpresence.yml');
  await writeFile(file, `listen:
  -
    port: ${port}
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers:
      /presence: mod_webpresence
modules:
  mod_webpresence:
    pixmaps_path: "${PIXMAPS}"
access_rules:
  webpresence_auto:
    - allow: local
`);
  return file;
}
