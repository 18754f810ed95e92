/** What is kept of one chat user, counted: for an administrator, who is told no addresses. */
import { formatJid, type Jid } from '../address.js';
import type { Publication } from '../presence/publication.js';
import type { Db } from './open.js';
import { PublicationRows } from './publications.js';
import type { PreferenceRow } from './preference-rows.js';

export interface UserFacts {
  /** Both in ms since the epoch; absent: not registered, never told what can be set. */
  readonly registeredAt?: number;
  readonly greetedAt?: number;
  readonly set: PreferenceRow['set'];
  /** Of his presence; absent: he never published it. Without the id, which is a secret, and with his sites and API keys counted. */
  readonly published?: Pick<Publication, 'audience' | 'shown' | 'write'> & { readonly sites: number; readonly keys: number };
  /** Verified mailboxes, and those whose code was not given back. */
  readonly mailboxes: number;
  readonly unverified: number;
  /** Further addresses that take mail, and those that are switched off or have expired. */
  readonly addresses: number;
  readonly addressesOff: number;
  /** Contacts of ours in the roster, those that the user accepted or blocked, and those that the user is asked about. */
  readonly contacts: number;
  readonly accepted: number;
  readonly blocked: number;
  readonly asked: number;
  /** Messages that wait until the user is back, or has answered. */
  readonly held: number;
}

/** What is kept of one chat user, counted. */
export interface UserFactsStore {
  /** @param user bare JID */
  userFacts(user: Jid, now: number): Promise<UserFacts>;
}

type Counted = Omit<UserFacts, 'registeredAt' | 'greetedAt' | 'set' | 'published'>;

interface Row extends Counted {
  readonly registered_at: number | null;
  readonly greeted_at: number | null;
  readonly json: string | null;
}

const IN_USE = 'off = 0 AND (expires_at IS NULL OR expires_at > @now)';
const aliases = (which: string): string => `(SELECT COUNT(*) FROM aliases WHERE user = @user AND gone = 0 AND ${which})`;
const decided = (state: string): string => `(SELECT COUNT(*) FROM correspondents WHERE user = @user AND state = '${state}')`;
const QUESTION = `SELECT
  (SELECT registered_at FROM accounts WHERE user = @user) AS registered_at,
  (SELECT greeted_at FROM accounts WHERE user = @user) AS greeted_at,
  (SELECT json FROM preferences WHERE user = @user) AS json,
  (SELECT COUNT(*) FROM bindings WHERE user = @user AND verified_at IS NOT NULL) AS mailboxes,
  (SELECT COUNT(*) FROM bindings WHERE user = @user AND verified_at IS NULL AND expires_at > @now) AS unverified,
  ${aliases(IN_USE)} AS addresses, ${aliases(`NOT (${IN_USE})`)} AS addressesOff,
  (SELECT COUNT(*) FROM subscriptions WHERE user_local = @local AND user_domain = @domain AND contact_local <> '') AS contacts,
  ${decided('accepted')} AS accepted, ${decided('blocked')} AS blocked, ${decided('asked')} AS asked,
  (SELECT COUNT(*) FROM lanes l CROSS JOIN deliveries d ON d.lane = l.num AND d.state = 'waiting' WHERE l.held IS NOT NULL AND l.held_for = @user) AS held`;

export function userFactsOperations(db: Db) {
  const publications = new PublicationRows(db);
  const question = db.prepare<[object], Row>(QUESTION);
  return {
    /** @param user bare JID */
    userFacts: (user: Jid, now: number): UserFacts => {
      const row = question.get({ user: formatJid(user), local: user.local, domain: user.domain, now });
      if (row === undefined) throw new Error('a SELECT of counts gave no row');
      const { registered_at: registeredAt, greeted_at: greetedAt, json, ...counted } = row;
      const publication = publications.of(formatJid(user));
      return {
        ...counted,
        ...(publication && { published: publishedOf(publication) }),
        ...(registeredAt !== null && { registeredAt }),
        ...(greetedAt !== null && { greetedAt }),
        set: json === null ? {} : (JSON.parse(json) as PreferenceRow['set']),
      };
    },
  };
}

function publishedOf({ audience, shown, write, origins, keys }: Publication): NonNullable<UserFacts['published']> {
  return { audience, shown, write, sites: origins.length, keys: keys.length };
}
