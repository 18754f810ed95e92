/**
 * Contacts that appear by themselves: written into the roster where the user's server grants it (XEP-0356), else suggested to the user's
 * client (XEP-0144), without a text: who has no client for it is not bothered.
 */
import { bareJid, contactOf, formatJid, formatMailAddress, type GatewayNames, type Jid } from '../address.js';
import type { Introduction } from '../edge.js';
import { isFailure, type Failure } from '../failure.js';
import type { Whereabouts } from '../presence/whereabouts.js';
import { displayName } from '../translate/display-name.js';
import type { Capabilities } from './capabilities.js';
import type { IqCaller } from './iq.js';
import type { Rosters, Standing } from './roster.js';
import { el, NS, type Element } from './xml.js';

export interface IntroductionPorts {
  readonly gateway: GatewayNames;
  readonly iq: IqCaller;
  readonly rosters: Rosters;
  readonly capabilities: Capabilities;
  readonly whereabouts: Whereabouts;
  readonly connected: boolean;
  send(stanza: Element): Failure | undefined;
  /** Does the user not want to be seen? */
  refuses(user: Jid): Promise<boolean>;
  /** The user has the contact in the roster now. */
  written(user: Jid, contact: Jid, standing: Standing): Promise<void>;
}

/** Where new contacts stand in the roster. */
const GROUP = 'E-mail';
const DEADLINE = 10_000;

export class Introductions {
  constructor(private readonly ports: IntroductionPorts) {}

  /** @returns whether it was made; false when the user is away, or the link is: it is to be tried again when the user comes. Never rejects */
  async make({ user, mail, name: given }: Introduction): Promise<boolean> {
    const { gateway, rosters, whereabouts } = this.ports;
    const contact = contactOf(mail, gateway);
    if (isFailure(contact)) return true;
    const name = displayName(given) ?? formatMailAddress(mail);
    if (!this.ports.connected) return false;
    const standing = rosters.can(user) ? await rosters.add(user, contact, { name, group: GROUP }, (await this.ports.refuses(user)) ? 'to' : 'both') : undefined;
    if (standing !== undefined) {
      await this.ports.written(user, contact, standing);
      return true;
    }
    return whereabouts.standing(user) === 'offline' ? false : this.suggest(user, contact, name);
  }

  private async suggest(user: Jid, contact: Jid, name: string): Promise<boolean> {
    const x = el('x', { xmlns: NS.rosterx }, el('item', { action: 'add', jid: formatJid(contact), name }, el('group', {}, GROUP)));
    const { domain: from } = this.ports.gateway;
    const client = await this.clientFor(user);
    if (client === undefined) return this.ports.send(el('message', { from, to: formatJid(user) }, x)) === undefined;
    const answer = await this.ports.iq.request({ from, to: formatJid(client), type: 'set', payload: x, deadline: DEADLINE });
    // Also one who refused it has seen it.
    return !isFailure(answer);
  }

  /** XEP-0144 §5: an IQ only to a client that is known to take it; the one that messages go to is asked first. */
  private async clientFor(user: Jid): Promise<Jid | undefined> {
    const { whereabouts, capabilities } = this.ports;
    for (const client of whereabouts.clients(user)) {
      const { features } = await capabilities.of(user, client);
      if (features.has(NS.rosterx)) return { ...bareJid(user), resource: client.resource };
    }
    return undefined;
  }
}
