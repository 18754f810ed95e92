/** What a user is told of what is published of his presence: what is public now, in plain lines. Pure. */
import { AUDIENCES, FACETS, type Audience, type Facet, type Publication } from '../presence/publication.js';
import type { Contact } from '../presence/view.js';
import type { Policy } from './strangers.js';

export const AUDIENCE_WORDS: Readonly<Record<Audience, string>> = {
  nobody: 'Nobody',
  link: 'Whoever has my link, which nobody can guess',
  sites: 'My link, on the web sites and for the API keys that I name',
  everybody: 'Everybody, under my chat address',
};

export const FACET_WORDS: Readonly<Record<Facet, string>> = {
  show: 'away or busy',
  status: 'status text',
  client: 'kind of client (phone, computer)',
  seen: 'since when',
  name: 'name',
  picture: 'picture',
};

export interface PresenceFacts {
  /** Undefined for who never published. */
  readonly publication: Publication | undefined;
  /** Without a slash at its end; undefined where nothing is served. */
  readonly publicUrl: string | undefined;
  readonly contact: Contact;
  readonly strangers: Policy;
  /** Does the gateway see whether he is online? */
  readonly isSeen: boolean;
  /** Whose contact request is to be accepted. */
  readonly gateway: string;
}

export const NO_WEB = 'This gateway publishes nothing: its administrator has set no listen and public_url in [web].';
const NOBODY = 'Your presence is published to nobody.';

/** All of it. */
export function presenceLines(facts: PresenceFacts): readonly string[] {
  const { publication, publicUrl } = facts;
  if (publicUrl === undefined) return [NO_WEB];
  if (publication === undefined || publication.audience === 'nobody')
    return [NOBODY, `"presence link" publishes it to whoever has a link that nobody can guess, "presence everybody" under your chat address; "help presence" tells more.`];
  return [audienceLine(publication, publicUrl), ...foundBy(publication), shownLine(publication), writeLine(facts), embedLine(publication, publicUrl), ...unseen(facts)];
}

/** Who sees it, and what. */
export function audienceLines(facts: PresenceFacts): readonly string[] {
  const { publication, publicUrl } = facts;
  if (publicUrl === undefined) return [NO_WEB];
  if (publication === undefined || publication.audience === 'nobody') return [`${NOBODY} What you have set stays, and your link stays yours: published again, it works again; "presence link new" replaces it.`];
  return [audienceLine(publication, publicUrl), ...foundBy(publication), shownLine(publication), ...unseen(facts)];
}

export function shownLine({ shown }: Publication): string {
  const words = FACETS.filter((facet) => shown.includes(facet)).map((facet) => FACET_WORDS[facet]);
  return words.length === 0 ? 'Shown: only whether you are online. "presence show" shows more.' : `Shown besides online or offline: ${words.join(', ')}.`;
}

export function writeLine({ publication, contact, strangers }: PresenceFacts): string {
  if (publication?.write !== true) return 'Nobody is told how to write to you.';
  const told = `Strangers may write to you: who sees you is told ${[contact.jid, ...(contact.mail === undefined ? [] : [contact.mail])].filter((one, i, all) => all.indexOf(one) === i).join(' and the mail address ')}.`;
  return strangers === 'contacts' ? `${told} But their mail is refused by your setting "strangers contacts"; "strangers ask" lets you decide.` : told;
}

export function sitesLine({ origins, keys, audience }: Publication): string {
  const named = [...origins, ...keys.map((key) => `API key ${key}`)];
  const list = named.length === 0 ? 'You have named no sites and no API keys.' : `Named: ${named.join(', ')}.`;
  return audience === 'sites' ? list : `${list} They count once you write "presence sites".`;
}

export function isAudience(text: string): text is Audience {
  return (AUDIENCES as readonly string[]).includes(text);
}

function audienceLine(publication: Publication, publicUrl: string): string {
  const { audience, id, user, origins, keys } = publication;
  const page = (name: string): string => `${publicUrl}/u/${name}`;
  if (audience === 'everybody') return `Everybody sees whether you are online: ${page(pathOf(user))}`;
  if (audience === 'link') return `Whoever has this link sees whether you are online: ${page(id)}`;
  if (origins.length + keys.length === 0) return 'Nobody sees you yet: name a site with "presence site add https://example.org", or an API key with "presence key add NAME".';
  const where = [...(origins.length === 0 ? [] : [`on ${origins.join(', ')}`]), ...(keys.length === 0 ? [] : [`for the holders of the API keys ${keys.join(', ')}`])];
  return `Your link shows whether you are online only ${where.join(' and ')}: ${page(id)}`;
}

/** An address that he has bound says who he is elsewhere. */
function foundBy({ audience, keys }: Publication): readonly string[] {
  if (audience !== 'everybody' && (audience !== 'sites' || keys.length === 0)) return [];
  return [`Who holds ${audience === 'everybody' ? 'an' : 'such an'} API key that may look people up finds your chat address by your mail addresses, also by mailboxes that you have bound.`];
}

/** The page with all snippets tells nothing of the user, and so is there for every audience. */
function embedLine({ audience, id, user }: Publication, publicUrl: string): string {
  const name = audience === 'everybody' ? pathOf(user) : id;
  const preview = audience === 'sites' ? ', where the preview shows nothing of you' : '';
  return `For your web page: badge ${publicUrl}/badge/${name}.svg, and all else to choose from at ${publicUrl}/u/${name}/embed${preview}`;
}

function unseen({ isSeen, gateway }: PresenceFacts): readonly string[] {
  return isSeen ? [] : [`The gateway does not see yet whether you are online: accept the contact request of ${gateway}. Until then you are shown as offline.`];
}

/** A JID in a path. */
function pathOf(user: string): string {
  return encodeURIComponent(user).replace('%40', '@');
}
