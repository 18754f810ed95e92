/**
 * What the user's server lets the gateway do beyond a component's rights (XEP-0356): advertised by a message after each handshake, in
 * the namespace of its version. Measured:
 *
 * | | Prosody 0.12, mod_privilege of 2023 | ejabberd 23.01 |
 * |---|---|---|
 * | namespace | `urn:xmpp:privilege:2`; with the handshake's answer; only where the module is loaded for host and component | `urn:xmpp:privilege:1`; some ms after it |
 * | presence at connect | of every client that is there, with `<delay/>` | none |
 * | a client comes, changes, says that it goes | told, to the gateway's domain | told, to the gateway's domain |
 * | a client's connection is lost, or its stream closed without `unavailable` | told | **not told** |
 * | roster get, set | yes; also for users who are away; `service-unavailable` for an unknown user; presence follows the entry at once for clients that are there | get: yes; set: **`internal-server-error`** (it looks for mod_roster of the component's domain) |
 * | after a kill of the server | advertised again at the new connection, presence as clients come back | the same |
 */
import { parseJid, type Jid } from '../address.js';
import { isFailure } from '../failure.js';
import type { Element } from './xml.js';

const NAMESPACES: readonly string[] = ['urn:xmpp:privilege:2', 'urn:xmpp:privilege:1'];

const SEES: readonly unknown[] = ['managed_entity', 'roster'];

interface Grant {
  readonly presence: boolean;
  readonly rosterGet: boolean;
  rosterSet: boolean;
}

export class Privileges {
  /** By the domain of the users. */
  private readonly grants = new Map<string, Grant>();

  /** @param trusts are users of this server ours, or may some be? */
  constructor(private readonly trusts: (server: Jid) => boolean) {}

  /** Takes a message; true when it was an advertisement, of a server that is heard. */
  take(message: Element): boolean {
    const privilege = NAMESPACES.map((ns) => message.getChild('privilege', ns)).find((child) => child !== undefined);
    if (privilege === undefined) return false;
    const server = parseJid(message.attrs.from ?? '');
    if (isFailure(server) || server.local !== '' || server.resource !== '' || !this.trusts(server)) return false;
    this.grants.set(server.domain, grantIn(privilege));
    return true;
  }

  /** They are told anew. */
  lost(): void {
    this.grants.clear();
  }

  /** Are we told when the user comes? @param user full or bare JID */
  seesPresence(user: Jid): boolean {
    return this.grants.get(user.domain)?.presence === true;
  }

  /** May we read and write the user's roster? */
  writesRoster(user: Jid): boolean {
    const grant = this.grants.get(user.domain);
    return grant?.rosterGet === true && grant.rosterSet;
  }

  /** What was granted does not work. */
  rosterFails(user: Jid): void {
    const grant = this.grants.get(user.domain);
    if (grant !== undefined) grant.rosterSet = false;
  }
}

function grantIn(privilege: Element): Grant {
  const types = new Map(privilege.getChildren('perm').map(({ attrs }) => [attrs.access, attrs.type] as const));
  const roster = types.get('roster');
  return {
    presence: SEES.includes(types.get('presence')),
    rosterGet: roster === 'get' || roster === 'both',
    rosterSet: roster === 'set' || roster === 'both',
  };
}
