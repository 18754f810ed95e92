/** What a client does with the upload service (XEP-0363) that every trial server has. */
import xml from '@xmpp/xml';
import type { TestClient } from './client.js';

const SERVICE = 'upload.example.test';
const DEADLINE_MS = 10_000;

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
