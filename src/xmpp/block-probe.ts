/**
 * Whether a chat user's own server blocks a contact of ours (XEP-0191). It says so to nobody: a message of the contact's is answered like
 * one to a user who does not exist (§3.2 wants it so). The difference shows when the gateway itself writes at the same time: an empty
 * message, which no client shows, of each. Where only the contact's comes back, the contact is blocked. Of a user who is offline ejabberd
 * sends both back, and nothing is learned. That neither came back is known when the user's own server has answered behind both.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatBareJid, formatJid, parseJid, type Jid } from '../address.js';
import { isFailure, type Failure } from '../failure.js';
import { el, type Element } from './xml.js';

interface Ports {
  /** The gateway's domain. */
  readonly domain: string;
  readonly send: (stanza: Element) => Failure | undefined;
  /** Resolves true when this server has taken all that was sent to it before. */
  readonly pong: (server: string) => Promise<boolean>;
}

interface Asked {
  readonly id: string;
  readonly from: string;
  /** Bare JID. */
  readonly to: string;
  failed: boolean;
}

/** A server's user session may send its error after the pong. */
const LATE_MS = 500;
const STEP_MS = 25;

export class BlockProbe {
  /** By id. */
  private readonly open = new Map<string, Asked>();

  constructor(private readonly ports: Ports) {}

  /** @param contact bare. @returns undefined when it cannot be told. Never rejects */
  async ask(user: Jid, contact: Jid): Promise<boolean | undefined> {
    const { domain, send, pong } = this.ports;
    const id = `probe-${randomBytes(9).toString('base64url')}`;
    const to = formatBareJid(user);
    const asked = [formatJid(contact), domain].map((from, i): Asked => ({ from, to, id: `${id}-${i}`, failed: false }));
    for (const one of asked) this.open.set(one.id, one);
    try {
      if (asked.some((one) => send(emptyMessage(one)) !== undefined) || !(await pong(user.domain))) return undefined;
      for (let waited = 0; waited < LATE_MS && !asked.every(({ failed }) => failed); waited += STEP_MS) await sleep(STEP_MS);
      const [ofContact, ofGateway] = asked.map(({ failed }) => failed);
      return ofContact === true && ofGateway === true ? undefined : ofContact;
    } finally {
      for (const one of asked) this.open.delete(one.id);
    }
  }

  /** Takes an error that answers a probe: on behalf of whom it was sent to, to whom it was sent for. False for any other stanza. */
  answered({ name, attrs }: Element): boolean {
    const asked = name === 'message' && attrs.type === 'error' ? this.open.get(attrs.id ?? '') : undefined;
    if (asked === undefined || attrs.to !== asked.from || bareNameOf(attrs.from) !== asked.to) return false;
    asked.failed = true;
    return true;
  }
}

/** XEP-0334: it is nothing to keep. */
function emptyMessage({ from, to, id }: Asked): Element {
  const hint = (name: string): Element => el(name, { xmlns: 'urn:xmpp:hints' });
  return el('message', { type: 'chat', from, to, id }, hint('no-store'), hint('no-permanent-store'));
}

function bareNameOf(from: string | undefined): string | undefined {
  const jid = parseJid(from ?? '');
  return isFailure(jid) ? undefined : formatBareJid(jid);
}
