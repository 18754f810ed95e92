/**
 * What an administrator is told of a chat user, for chat and command line alike. Counts, and no addresses: a mailbox or a disposable
 * address tells who somebody is elsewhere, and the answer stays in the administrator's chat archive.
 */
import { formatJid, type Jid } from '../address.js';
import type { UserFacts } from '../store/user-facts.js';
import type { Setting } from './preference.js';

/** A setting, and what the user has set it to, as it is typed. */
export type OwnSetting = readonly [Setting, string];

/** @param whereabouts in a line; absent where nobody knows. @returns undefined when nothing is kept of the user */
export function userLines(user: Jid, facts: UserFacts, own: readonly OwnSetting[], whereabouts?: string): readonly string[] | undefined {
  const { registeredAt, greetedAt, set, published, ...counts } = facts;
  if (published === undefined && registeredAt === undefined && greetedAt === undefined && Object.keys(set).length === 0 && Object.values(counts).every((count) => count === 0)) return undefined;
  return [
    formatJid(user),
    registeredAt === undefined ? 'Not registered' : `Registered since ${day(registeredAt)}`,
    ...(greetedAt === undefined ? [] : [`Was welcomed on ${day(greetedAt)}`]),
    ...(whereabouts === undefined ? [] : [whereabouts]),
    `Own settings: ${own.map(toldSetting).join(', ') || 'none'}`,
    ...(published === undefined ? [] : [presenceLine(published)]),
    `Mailboxes: ${counts.mailboxes} verified${behind(counts.unverified, 'not yet')}`,
    `Addresses: ${counts.addresses} in use${behind(counts.addressesOff, 'off')}`,
    `Contacts: ${counts.contacts}`,
    `Senders: ${counts.accepted} accepted, ${counts.blocked} blocked, ${counts.asked} asked about`,
    `Held messages: ${counts.held}`,
  ];
}

/** Who is online, as far as it is seen. */
export interface Presence {
  standing(user: Jid): 'online' | 'offline' | 'unknown';
  clients(user: Jid): readonly unknown[];
}

/** @param user full or bare JID */
export function whereaboutsLine(user: Jid, whereabouts: Presence): string {
  const standing = whereabouts.standing(user);
  const count = whereabouts.clients(user).length;
  if (standing === 'unknown') return 'Presence is not seen';
  if (count === 0) return 'Offline';
  return `${standing === 'online' ? 'Online' : 'Takes no messages now'}, ${count === 1 ? '1 client' : `${count} clients`}`;
}

/** What stands below somebody's mails is his own. */
function toldSetting([{ name, kind }, typed]: OwnSetting): string {
  return kind === 'lines' ? `${name} (own text)` : `${name} ${typed}`;
}

function presenceLine({ audience, shown, write, sites, keys }: NonNullable<UserFacts['published']>): string {
  const named = audience === 'sites' ? ` (${sites === 1 ? '1 site' : `${sites} sites`}, ${keys === 1 ? '1 API key' : `${keys} API keys`})` : '';
  return `Presence on the web: for ${audience}${named}; shown: ${shown.join(', ') || 'online or not'}${write ? '; strangers may write' : ''}`;
}

function behind(count: number, words: string): string {
  return count === 0 ? '' : `, ${count} ${words}`;
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
