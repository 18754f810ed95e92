/** What a trial server needs so that its clients have an upload service (XEP-0363), by `XmppServerOptions.extra`. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import xml from '@xmpp/xml';
import type { TestClient } from './client.js';
import { claimPort } from './ports.js';
import type { ServerName } from './xmpp-server.js';

const SERVICE = 'upload.example.test';
const DEADLINE_MS = 10_000;

export interface UploadService {
  /** `host:port` of its links. */
  readonly host: string;
  /** For the server's configuration. */
  readonly extra: string;
  stop(): Promise<void>;
}

/** Ready when the server is that is started with it. */
export async function prepareUpload(kind: ServerName): Promise<UploadService> {
  const dir = await mkdtemp(join(tmpdir(), 'stanzapost-upload-'));
  const port = await claimPort();
  const extra = kind === 'prosody' ? prosody(port) : await ejabberd(dir, port);
  return { host: `127.0.0.1:${port}`, extra, stop: () => rm(dir, { recursive: true, force: true }) };
}

function prosody(port: number): string {
  return `http_ports = { ${port} }
http_interfaces = { "127.0.0.1" }
https_ports = { }
http_external_url = "http://127.0.0.1:${port}/"
http_default_host = "${SERVICE}"
http_file_share_size_limit = 100 * 1024 * 1024
http_file_share_daily_quota = 1024 * 1024 * 1024
Component "${SERVICE}" "http_file_share"`;
}

/** Its lists of listeners grow by an included file only. */
async function ejabberd(dir: string, port: number): Promise<string> {
  const files = join(dir, 'files');
  const listener = join(dir, 'listener.yml');
  await mkdir(files);
  await writeFile(listener, `listen:\n  -\n    port: ${port}\n    ip: "127.0.0.1"\n    module: ejabberd_http\n    request_handlers:\n      /upload: mod_http_upload\n`);
  const url = `http://127.0.0.1:${port}/upload`;
  return `  mod_http_upload:
    docroot: "${files}"
    hosts: ["${SERVICE}"]
    access: all
    max_size: infinity
    put_url: "${url}"
    get_url: "${url}"
include_config_file:
  - ${listener}`;
}

/** Uploads as a client does: asks for a slot, puts the bytes there. @returns the link */
export async function uploadAs(client: TestClient, name: string, type: string, bytes: Buffer): Promise<string> {
  const id = `slot-${name}`;
  client.send(xml('iq', { type: 'get', to: SERVICE, id }, xml('request', { xmlns: 'urn:xmpp:http:upload:0', filename: name, size: String(bytes.length), 'content-type': type })));
  const answer = await client.waitFor((stanza) => stanza.is('iq') && stanza.attrs.id === id, DEADLINE_MS);
  const slot = answer.getChild('slot');
  const put = slot?.getChild('put');
  if (put === undefined) throw new Error(`no slot: ${answer.toString()}`);
  const headers = Object.fromEntries(put.getChildren('header').map((header) => [String(header.attrs.name), header.getText()]));
  const answered = await fetch(String(put.attrs.url), { method: 'PUT', body: new Uint8Array(bytes), headers: { ...headers, 'Content-Type': type } });
  if (!answered.ok) throw new Error(`not uploaded: ${answered.status} ${await answered.text()}`);
  return String(slot?.getChild('get')?.attrs.url);
}
