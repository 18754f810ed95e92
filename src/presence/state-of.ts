/** What a user's clients say of where he is, all together. Pure. */
import { CLIENT_KINDS, type ClientKind, type State } from './view.js';
import type { Client } from './whereabouts.js';

/** A state without its history. */
export type Facts = Omit<State, 'changedAt' | 'seenAt'>;

export const OFFLINE: Facts = { online: false };

/**
 * The client with the highest priority speaks for the user, of equal ones the one that spoke last (RFC 6121 §4.7.2.3, §8.5.2.1.1);
 * one with a negative priority does not.
 * @param clients those that are seen, in the order of `Whereabouts.clients`
 * @param kindOf what is known of the kind of that one client
 */
export function stateOf(clients: readonly Client[], kindOf: (client: Client) => ClientKind | undefined): Facts {
  const client = clients.find(({ priority }) => priority >= 0);
  if (client === undefined) return OFFLINE;
  const { show, idleSince } = client;
  const status = wordsOf(client.status);
  const kind = kindOf(client);
  return {
    online: true,
    ...(show !== undefined && { show }),
    ...(status !== '' && { status }),
    ...(kind !== undefined && { client: kind }),
    ...(idleSince !== undefined && { idleSince }),
  };
}

/** In one line, without what would hide or reorder letters; never half a character. */
function wordsOf(status = ''): string {
  return status.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').replace(UNSEEN, '').trim();
}

/** A joiner that makes one emoji of several is seen; other signs without a shape are not. */
const UNSEEN = /(?!\u200c|\u200d)[\p{Cf}\p{Cs}\p{Noncharacter_Code_Point}]/gu;

/** @param kinds identities such as `client/phone`, foreign text */
export function kindIn(kinds: readonly string[]): ClientKind | undefined {
  return CLIENT_KINDS.find((kind) => kinds.includes(`client/${kind}`));
}

export function isSameState({ online, show, status, client, idleSince }: Facts, other: Facts): boolean {
  return online === other.online && show === other.show && status === other.status && client === other.client && idleSince === other.idleSince;
}
