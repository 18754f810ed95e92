/** Writing into users' rosters, where their server grants it (XEP-0356 §4). */
import { formatJid, type Jid } from '../address.js';
import { isFailure } from '../failure.js';
import type { Log } from '../log.js';
import type { IqCaller } from './iq.js';
import type { Privileges } from './privileges.js';
import { el, NS, type Element } from './xml.js';

const DEADLINE = 10_000;

export interface RosterPorts {
  readonly iq: IqCaller;
  readonly privileges: Privileges;
  /** The gateway's own, which asks. */
  readonly domain: string;
  readonly log: Log;
}

/** What stands in the roster where the contact is not in it yet. */
export interface NewEntry {
  readonly name: string;
  readonly group: string;
}

/** What a server says that cannot do what it grants. */
const BROKEN = 'internal-server-error';

export class Rosters {
  constructor(private readonly ports: RosterPorts) {}

  /** @param user bare JID */
  can(user: Jid): boolean {
    return this.ports.privileges.writesRoster(user);
  }

  /**
   * Puts the contact into the user's roster, or leaves it as it is called there, with a subscription both ways.
   * @param fresh absent: only if it is there
   * @returns false when that was not done
   */
  async put(user: Jid, contact: Jid, fresh?: NewEntry): Promise<boolean> {
    const roster = await this.request(user, 'get', el('query', { xmlns: NS.roster }));
    const items = roster?.attrs.type === 'result' ? roster.getChild('query', NS.roster)?.getChildren('item') : undefined;
    if (items === undefined) return false;
    const jid = formatJid(contact);
    const known = items.find((item) => item.attrs.jid === jid);
    if (known?.attrs.subscription === 'both') return true;
    const item = known === undefined ? fresh && itemOf(jid, fresh.name, [fresh.group]) : itemOf(jid, known.attrs.name, known.getChildren('group').map((group) => group.getText()));
    if (item === undefined) return false;
    const written = await this.request(user, 'set', el('query', { xmlns: NS.roster }, item));
    if (written?.getChild('error')?.getChild(BROKEN) !== undefined) this.broken(user);
    return written?.attrs.type === 'result';
  }

  private broken(user: Jid): void {
    this.ports.privileges.rosterFails(user);
    this.ports.log.warn({ server: user.domain }, 'the XMPP server grants writing into rosters and then fails to do it: contacts are suggested to clients instead');
  }

  /** Undefined when there was no answer. */
  private async request(user: Jid, type: 'get' | 'set', payload: Element): Promise<Element | undefined> {
    const answer = await this.ports.iq.request({ from: this.ports.domain, to: formatJid(user), type, payload, deadline: DEADLINE });
    return isFailure(answer) ? undefined : answer;
  }
}

function itemOf(jid: string, name: string | undefined, groups: readonly string[]): Element {
  return el('item', { jid, name, subscription: 'both' }, groups.map((group) => el('group', {}, group)));
}
