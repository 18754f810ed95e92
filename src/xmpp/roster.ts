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

/** How it stands there: `both`, he and the contact see each other; `to`, only he sees the contact (RFC 6121 §2.1.2.5). */
export type Standing = 'both' | 'to';

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
   * Lets a contact that is in the user's roster see him; it stays as it is called there.
   * @returns false when that was not done
   */
  async share(user: Jid, contact: Jid): Promise<boolean> {
    const items = await this.read(user);
    const known = items && itemFor(contact, items);
    return known !== undefined && (known.attrs.subscription === 'both' || this.write(user, again(known, 'both')));
  }

  /**
   * Puts the contact into the user's roster. One that he sees already is left as it is: he may not want to be seen by it.
   * @param wanted where it is new
   * @returns how it stands there; undefined when that was not done
   */
  async add(user: Jid, contact: Jid, { name, group }: NewEntry, wanted: Standing): Promise<Standing | undefined> {
    const items = await this.read(user);
    if (items === undefined) return undefined;
    const known = itemFor(contact, items);
    const subscription = known?.attrs.subscription;
    if (subscription === 'both' || subscription === 'to') return subscription;
    const standing = subscription === 'from' ? 'both' : wanted;
    const item = known === undefined ? itemOf(formatJid(contact), name, [group], standing) : again(known, standing);
    return (await this.write(user, item)) ? standing : undefined;
  }

  private async read(user: Jid): Promise<readonly Element[] | undefined> {
    const roster = await this.request(user, 'get', el('query', { xmlns: NS.roster }));
    return roster?.attrs.type === 'result' ? roster.getChild('query', NS.roster)?.getChildren('item') : undefined;
  }

  private async write(user: Jid, item: Element): Promise<boolean> {
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

function itemFor(contact: Jid, items: readonly Element[]): Element | undefined {
  const jid = formatJid(contact);
  return items.find((item) => item.attrs.jid === jid);
}

/** The same, with another subscription. */
function again(known: Element, subscription: Standing): Element {
  return itemOf(known.attrs.jid ?? '', known.attrs.name, known.getChildren('group').map((group) => group.getText()), subscription);
}

function itemOf(jid: string, name: string | undefined, groups: readonly string[], subscription: Standing): Element {
  return el('item', { jid, name, subscription }, groups.map((group) => el('group', {}, group)));
}
