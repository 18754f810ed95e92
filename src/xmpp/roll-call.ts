/**
 * ejabberd tells by managed presence that a client comes, and not that its connection was lost (privileges.ts). So those of whom nothing
 * else tells are called from time to time; who is gone is answered for by the server, with an error.
 */
import { formatJid, type Jid } from '../address.js';
import { isFailure } from '../failure.js';
import type { Client, Whereabouts } from '../presence/whereabouts.js';
import type { IqCaller } from './iq.js';
import { el, NS } from './xml.js';

export interface RollCallPorts {
  readonly iq: IqCaller;
  readonly whereabouts: Whereabouts;
  /** The gateway's own domain, which calls. */
  readonly domain: string;
  /** ms between calls; a client is called when it has said nothing for five times as long. */
  readonly every: number;
  /** May this user be gone without a word? */
  readonly needed: (user: Jid) => boolean;
}

/** Clients called at once. */
const MOST = 200;

export class RollCall {
  private timer: NodeJS.Timeout | undefined;
  private readonly called = new WeakMap<Client, number>();

  constructor(private readonly ports: RollCallPorts) {}

  start(): void {
    this.stop();
    this.timer = setInterval(() => this.call(), this.ports.every).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private call(): void {
    const { whereabouts, every, needed } = this.ports;
    const due = whereabouts.now - 5 * every;
    let calls = 0;
    for (const [user, clients] of whereabouts.everybody()) {
      if (!needed(user)) continue;
      for (const client of clients) {
        if (calls >= MOST) return;
        if ((this.called.get(client) ?? client.at) > due) continue;
        calls++;
        this.called.set(client, whereabouts.now);
        void this.ask({ ...user, resource: client.resource });
      }
    }
  }

  private async ask(client: Jid): Promise<void> {
    const { iq, whereabouts, domain } = this.ports;
    const answer = await iq.request({ from: domain, to: formatJid(client), type: 'get', payload: el('ping', { xmlns: NS.ping }), deadline: 3 * this.ports.every });
    // It may only know no ping: that it is there is then not known, which harms less than to take it for gone.
    if (!isFailure(answer) && answer.attrs.type === 'error') whereabouts.left(client);
  }
}
