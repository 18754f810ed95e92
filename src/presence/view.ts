/** What is shown of one user to those who may see him. Pure. */
import type { Facet, Publication } from './publication.js';

/** What is known of where a user is. */
export interface State {
  readonly online: boolean;
  /** Of the client with the highest priority; absent: simply available. Only while online. */
  readonly show?: 'away' | 'chat' | 'dnd' | 'xa';
  /** Foreign text, 256 UTF-16 units at most. Only while online. */
  readonly status?: string;
  readonly client?: ClientKind;
  /** XEP-0319: since when that client is not used, ms since the epoch. */
  readonly idleSince?: number;
  /** When the user came, went, or changed any of the above; ms since the epoch. Absent: never seen. */
  readonly changedAt?: number;
  /** When the user was last known to be online. Absent while online, and where that was never. */
  readonly seenAt?: number;
}

/** The XMPP registry's types of the disco category `client`. */
export const CLIENT_KINDS = ['bot', 'console', 'game', 'handheld', 'pc', 'phone', 'sms', 'tablet', 'web'] as const;
export type ClientKind = (typeof CLIENT_KINDS)[number];

/** How a user looks: foreign text and foreign bytes. */
export interface Face {
  readonly name?: string;
  readonly picture?: Picture;
}

export interface Picture {
  /** Hex digest of the bytes. */
  readonly id: string;
  readonly type: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';
  readonly bytes: Uint8Array;
}

/** How to write to the user. */
export interface Contact {
  /** Bare JID. */
  readonly jid: string;
  /** Mail address. */
  readonly mail?: string;
}

/** All of it may be shown to whoever may see the user; nothing else is. */
export interface View extends Omit<State, 'changedAt' | 'seenAt'> {
  /** As it was asked for: the link's id, or the JID. Neither tells the other. */
  readonly name: string;
  /** Grows with each change of anybody's view, within one run of the gateway. */
  readonly seq: number;
  readonly changedAt?: number;
  readonly seenAt?: number;
  readonly face: Face;
  /** Absent: strangers may not write. */
  readonly contact?: Contact;
}

/** What may be shown, without its name and number. */
export function viewOf({ shown, write }: Publication, state: State, face: Face, contact: Contact): Omit<View, 'name' | 'seq'> {
  const shows = (facet: Facet): boolean => shown.includes(facet);
  const { online, show, status, client, idleSince, changedAt, seenAt } = state;
  return {
    online,
    ...(shows('show') && show !== undefined && { show }),
    ...(shows('status') && status !== undefined && { status }),
    ...(shows('client') && client !== undefined && { client }),
    ...(shows('seen') && { ...(idleSince !== undefined && { idleSince }), ...(changedAt !== undefined && { changedAt }), ...(seenAt !== undefined && { seenAt }) }),
    face: { ...(shows('name') && face.name !== undefined && { name: face.name }), ...(shows('picture') && face.picture !== undefined && { picture: face.picture }) },
    ...(write && { contact }),
  };
}
