/** What is left of a delivery whose content is damaged: enough to end it, and to tell its sender where that is safe. Pure. */
import { bareJid, formatAddress, parseAddress, type Address } from '../address.js';
import { isFailure } from '../failure.js';
import type { Message, OutletName } from '../message.js';
import type { PackedContent } from './packed.js';
import { unseal } from './seal.js';

/** What the database says of a delivery and its message beside the sealed content. */
export interface ContentRow {
  /** Sealed, as all JSON here. */
  readonly json: string;
  readonly recipient: string;
  readonly id: string;
  readonly sender: string;
  readonly accepted_at: number;
  readonly outlet: OutletName;
  readonly address: string;
}

const NOBODY: Address = { kind: 'mail', local: 'unknown', domain: 'unknown.invalid' };

export function contentOf(row: ContentRow): PackedContent {
  const json = unseal(row.json);
  const recipient = unseal(row.recipient);
  if (json !== undefined && recipient !== undefined) return { json, recipient };
  const address = read(row.outlet === 'smtp' ? 'mail' : 'jid', row.address);
  return { json: json ?? JSON.stringify(remains(row)), recipient: recipient ?? JSON.stringify(address), damaged: true };
}

function remains(row: ContentRow): Message {
  const source = row.outlet === 'smtp' ? 'xmpp' : 'mail';
  const sender = read(source === 'xmpp' ? 'jid' : 'mail', row.sender);
  const readable = parse(row.json.slice(0, Math.max(0, row.json.lastIndexOf('\t'))));
  const base = { id: row.id, source, sender, ids: {}, text: '', attachments: [], acceptedAt: row.accepted_at, wantsReceipt: false } as const;
  // What is still readable is believed where the database says the same of it.
  if (readable?.returnTo !== undefined && readable.id === row.id && bare(readable.returnTo) === row.sender) {
    const { returnTo, origin, authenticity, ids } = readable;
    return { ...base, returnTo, origin, authenticity, ids };
  }
  // A chat user wrote it and may be told; who wrote a mail, a person or a machine, is not known any more.
  return source === 'xmpp' ? { ...base, returnTo: sender, origin: 'person', authenticity: 'verified' } : { ...base, origin: 'auto-generated', authenticity: 'unverified' };
}

function bare(address: Address): string {
  return formatAddress(address.kind === 'jid' ? bareJid(address) : address);
}

function read(kind: 'jid' | 'mail', text: string): Address {
  const address = parseAddress(kind, text);
  return isFailure(address) ? NOBODY : address;
}

function parse(json: string): Message | undefined {
  try {
    return JSON.parse(json) as Message;
  } catch {
    return undefined;
  }
}
