/**
 * Whether a chat user's own server blocks a contact of ours (XEP-0191). It says so to nobody: a message of the contact's is answered like
 * one to a user who does not exist (§3.2 wants it so). The difference shows when the gateway itself writes at the same time: an empty
 * message, which no client shows, of each. Where only the contact's comes back, the contact is blocked. Of a user who is offline ejabberd
 * sends both back, and nothing is learned.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { bareJid, formatJid, type Jid } from '../address.js';
import type { Failure } from '../failure.js';
import { el, type Element } from './xml.js';

interface Ports {
  /** The gateway's domain. */
  readonly domain: string;
  readonly send: (stanza: Element) => Failure | undefined;
  /** Resolves true when the server has taken all that was sent before. */
  readonly pong: () => Promise<boolean>;
}

/** A server's user session may send its error after the pong. */
const LATE_MS = 500;
const STEP_MS = 25;

export class BlockProbe {
  private readonly open = new Map<string, { failed: boolean }>();

  constructor(private readonly ports: Ports) {}

  /** @param contact bare. @returns undefined when it cannot be told. Never rejects */
  async ask(user: Jid, contact: Jid): Promise<boolean | undefined> {
    const { domain, send, pong } = this.ports;
    const id = `probe-${randomBytes(9).toString('base64url')}`;
    const asked = [formatJid(contact), domain].map((from, i) => ({ from, id: `${id}-${i}`, state: { failed: false } }));
    for (const one of asked) this.open.set(one.id, one.state);
    try {
      if (asked.some((one) => send(emptyMessage(one.from, formatJid(bareJid(user)), one.id)) !== undefined) || !(await pong())) return undefined;
      for (let waited = 0; waited < LATE_MS && !asked.every(({ state }) => state.failed); waited += STEP_MS) await sleep(STEP_MS);
      const [ofContact, ofGateway] = asked.map(({ state }) => state.failed);
      return ofContact === true && ofGateway === true ? undefined : ofContact;
    } finally {
      for (const one of asked) this.open.delete(one.id);
    }
  }

  /** Takes an error that answers a probe; false for any other stanza. */
  answered({ name, attrs }: Element): boolean {
    const state = name === 'message' && attrs.type === 'error' ? this.open.get(attrs.id ?? '') : undefined;
    if (state !== undefined) state.failed = true;
    return state !== undefined;
  }
}

/** XEP-0334: it is nothing to keep. */
function emptyMessage(from: string, to: string, id: string): Element {
  const hint = (name: string): Element => el(name, { xmlns: 'urn:xmpp:hints' });
  return el('message', { type: 'chat', from, to, id }, hint('no-store'), hint('no-permanent-store'));
}
