/**
 * What presence stanzas say of where users are (RFC 6121 §4). A user's client tells any of our JIDs that it likes; that it is gone counts
 * for the user only where a later return would be told as well: to the JID that is subscribed, or by managed presence (XEP-0356 §7).
 */
import type { Jid } from '../address.js';
import type { Client, ClientCaps, Whereabouts } from '../presence/whereabouts.js';
import { delayOf } from '../translate/stanza-time.js';
import { idleIn } from './idle.js';
import type { Looks } from './looks.js';
import type { ServerFaces } from './server-faces.js';
import { NS, type Element } from './xml.js';

export interface AvailabilityPorts {
  readonly looks: Pick<Looks, 'shows' | 'isAnswer'>;
  readonly whereabouts: Whereabouts;
  /** Is told of each available client of theirs. */
  readonly faces: Pick<ServerFaces, 'take'>;
  /** Is this one of the gateway's users? Others are not kept in memory. */
  readonly serves: (user: Jid) => boolean;
  /** Is this JID of ours told whenever the user comes and goes? */
  readonly sees: (ours: Jid, user: Jid) => boolean;
  /** Is any of them? */
  readonly seen: (user: Jid) => boolean;
  /** A client of his that was not known is there. */
  readonly came: (user: Jid) => void;
}

/** UTF-16 units of what a client says of its abilities. */
const LONGEST_CAPS = 200;

const SHOWS: readonly unknown[] = ['away', 'chat', 'dnd', 'xa'];

export class Availability {
  constructor(private readonly ports: AvailabilityPorts) {}

  /** Takes presence without a type, or of type `unavailable`. @param ours full or bare JID at the gateway */
  take(presence: Element, from: Jid, ours: Jid): void {
    if (!this.ports.serves(from)) return;
    if (presence.attrs.type === 'unavailable') this.gone(from, ours);
    else if (from.resource !== '') this.there(presence, from, ours);
  }

  private there(presence: Element, from: Jid, ours: Jid): void {
    const { whereabouts, looks, faces, came } = this.ports;
    const { now } = whereabouts;
    const isNew = !whereabouts.has(from);
    const said = looks.isAnswer(ours) ? (delayOf(presence, now) ?? now) : undefined;
    whereabouts.available(from, { ...clientIn(presence, now), ...(looks.shows(ours, from) && { seen: true }) }, said);
    faces.take(presence, from);
    if (isNew) came(from);
  }

  /** Prosody sends `unavailable` of the bare JID to whoever is not subscribed yet, though the user is there. */
  private gone(from: Jid, ours: Jid): void {
    const { whereabouts, sees, seen } = this.ports;
    if (sees(ours, from)) whereabouts.unavailable(from);
    else if (!seen(from)) whereabouts.left(from);
  }
}

function clientIn(presence: Element, now: number): Omit<Client, 'resource' | 'at'> {
  const show = presence.getChildText('show');
  const status = presence.getChildText('status');
  const caps = capsIn(presence);
  const idleSince = idleIn(presence, now);
  return {
    priority: priorityIn(presence.getChildText('priority')),
    ...(SHOWS.includes(show) && { show: show as NonNullable<Client['show']> }),
    ...(status !== null && status !== '' && { status }),
    ...(caps !== undefined && { caps }),
    ...(idleSince !== undefined && { idleSince }),
  };
}

/** Without `hash` it is XEP-0115 before version 1.4, which proves nothing. */
function capsIn(presence: Element): ClientCaps | undefined {
  const { node, hash, ver } = presence.getChild('c', NS.caps)?.attrs ?? {};
  if (node === undefined || hash === undefined || ver === undefined) return undefined;
  return node.length + hash.length + ver.length > LONGEST_CAPS ? undefined : { node, hash, ver };
}

/** RFC 6121 §4.7.2.3: -128 to 127; what is none counts as 0, as both servers take it. */
function priorityIn(text: string | null): number {
  const priority = /^\s*[+-]?\d{1,3}\s*$/.test(text ?? '') ? Number(text) : 0;
  return Math.max(-128, Math.min(127, priority));
}
