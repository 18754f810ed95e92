/** What a chat user lets be published of his presence, and who may see it. Pure. */

/** Each one holds those before it, but for `sites`, which also names by whom the link may be used. */
export const AUDIENCES = ['nobody', 'link', 'sites', 'everybody'] as const;
/** `nobody`; `link`: whoever has the link; `sites`: who has it and is a web site or the holder of an API key that the user has named; `everybody`: also under the JID. */
export type Audience = (typeof AUDIENCES)[number];

/** What is shown besides online or not: away and the like, the words, on what kind of client, since when, the name, the picture. */
export const FACETS = ['show', 'status', 'client', 'seen', 'name', 'picture'] as const;
export type Facet = (typeof FACETS)[number];

export interface Publication {
  /** Bare JID. */
  readonly user: string;
  /** What a link says instead of it: 26 characters of a-z and 2-7, 130 bits; a new one makes the links before it worthless. */
  readonly id: string;
  readonly audience: Audience;
  readonly shown: readonly Facet[];
  /** Strangers may write to him: whoever sees him is told his JID and mail address. */
  readonly write: boolean;
  /** Such as `https://example.org`, as browsers send them (RFC 6454 §6.1). */
  readonly origins: readonly string[];
  /** Names of API keys. */
  readonly keys: readonly string[];
}

/** `read`: ask by link, within the limits of the key. `lookup`: also by JID and by mail address. */
export const SCOPES = ['read', 'lookup'] as const;
export type Scope = (typeof SCOPES)[number];

/** Whoever has proven to hold an API key. */
export interface KeyHolder {
  /** The name of the key, unique. */
  readonly name: string;
  readonly scopes: readonly Scope[];
}

/** Who asks, as far as the request shows. */
export interface Asker {
  /** The web origin of the page that asks; browsers say it truly, others say what they like. */
  readonly origin?: string;
  readonly key?: KeyHolder;
}

/** By the link's id, or by an address: the JID, or a mail address that stands for it. */
export type AskedBy = 'id' | 'address';

/** May the asker know anything of the user? */
export function mayKnow({ audience, origins, keys }: Publication, { origin, key }: Asker, by: AskedBy): boolean {
  switch (audience) {
    case 'nobody':
      return false;
    case 'link':
      return by === 'id';
    case 'sites':
      if (key !== undefined && keys.includes(key.name)) return by === 'id' || key.scopes.includes('lookup');
      return by === 'id' && origin !== undefined && origins.includes(origin);
    case 'everybody':
      return true;
  }
}

const ID = /^[a-z2-7]{26}$/;

/** Is this text what an id looks like? No JID does: it has an `@`. */
export function isId(text: string): boolean {
  return ID.test(text);
}
