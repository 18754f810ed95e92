/** A View as JSON: what the API answers, and what the stream tells. Pure. */
import type { View } from '../../presence/view.js';
import type { Format } from './format.js';
import { chatUri, mailUri, pageUrl, plainText, timestamp } from './plain.js';

/**
 * The JSON of one. It may stand in a script or a page as it is: no `<`, no U+2028, no U+2029 is in it.
 * @param publicUrl without the slash at its end
 */
export function presenceJson(view: View, publicUrl: string): string {
  return inert(JSON.stringify(presenceOf(view, publicUrl)));
}

/** Of one who is hidden, or is not there: the two are the same. @param name as it was asked for */
export function unknownJson(name: string): string {
  return inert(JSON.stringify({ id: name, presence: 'unknown' }));
}

/** What is told of one; keys that have nothing to say are left out. */
export interface Presence {
  readonly id: string;
  readonly presence: 'online' | 'offline';
  readonly show?: string;
  readonly status?: string;
  readonly client?: string;
  readonly idle_since?: string;
  readonly changed_at?: string;
  readonly last_seen?: string;
  readonly name?: string;
  readonly picture?: string;
  readonly strangers: boolean;
  readonly xmpp?: string;
  readonly mail?: string;
}

export function presenceOf(view: View, publicUrl: string): Presence {
  const { online, show, status, client, idleSince, changedAt, seenAt, face, contact } = view;
  const mail = contact && mailUri(contact);
  return {
    id: view.name,
    presence: online ? 'online' : 'offline',
    ...(show !== undefined && { show }),
    ...(status !== undefined && { status: plainText(status) }),
    ...(client !== undefined && { client }),
    ...(idleSince !== undefined && { idle_since: timestamp(idleSince) }),
    ...(changedAt !== undefined && { changed_at: timestamp(changedAt) }),
    ...(seenAt !== undefined && { last_seen: timestamp(seenAt) }),
    ...(face.name !== undefined && { name: plainText(face.name) }),
    // A new picture has a new address: whoever keeps pictures shows it at once.
    ...(face.picture !== undefined && { picture: `${pageUrl(view.name, publicUrl)}/picture?v=${face.picture.id.slice(0, 16)}` }),
    strangers: contact !== undefined,
    ...(contact !== undefined && { xmpp: chatUri(contact) }),
    ...(mail !== undefined && { mail }),
  };
}

function inert(json: string): string {
  return json.replace(/[<\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export const JSON_FORMAT: Format = {
  name: 'json',
  type: 'application/json',
  one: presenceJson,
  many: { head: '{"presences":[', between: ',', tail: ']}', piece: presenceJson, unknown: unknownJson },
};
