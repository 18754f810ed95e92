/** What can be announced: the bounds that hold for chat, forms and the command line alike. Pure. */
import { formatBareJid, parseJid } from '../address.js';
import { Failure, isFailure } from '../failure.js';
import { newMessageId } from '../message.js';
import type { Announcement } from '../store/announcements.js';

export interface AnnouncementWish {
  readonly text: string;
  readonly subject?: string;
  /** As typed: `30m`, `12h`, `7d`; empty for the default. */
  readonly lifetime: string;
  /** As typed: JIDs, with spaces, commas or lines between them; empty for everybody. */
  readonly audience: string;
  /** Bare JID; empty for the command line. */
  readonly author: string;
  /** ms since the epoch. */
  readonly now: number;
}

export const DEFAULT_LIFETIME = '7d';
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const LONGEST = 366 * 86_400_000;
/** UTF-16 units. */
const LONGEST_TEXT = 5_000;
const LONGEST_SUBJECT = 200;
const MOST_NAMED = 1_000;
/** Lifetimes of more than these may not overlap: each is looked at whenever somebody comes. */
export const MOST_CURRENT = 20;

/** @returns a permanent `bad-content` that names what is wrong */
export function makeAnnouncement({ text, subject = '', lifetime, audience, author, now }: AnnouncementWish): Announcement | Failure {
  const words = text.replace(/\r\n?/g, '\n').trim();
  const title = subject.replace(/\s+/g, ' ').trim();
  const ms = lifetimeOf(lifetime);
  const names = audience.split(/[\s,;]+/).filter((name) => name !== '');
  if (words === '') return wrong('The announcement is empty.');
  if (words.length > LONGEST_TEXT || title.length > LONGEST_SUBJECT) return wrong(`An announcement has ${LONGEST_TEXT} characters at most, its subject ${LONGEST_SUBJECT}.`);
  if (ms === undefined) return wrong('The lifetime is a number of minutes, hours, days or weeks, such as 30m, 12h, 7d or 2w, a year at most.');
  if (names.length > MOST_NAMED) return wrong(`At most ${MOST_NAMED} people can be named.`);
  const people = names.map((name) => ({ name, jid: parseJid(name) }));
  const odd = people.find(({ jid }) => isFailure(jid) || jid.local === '');
  if (odd !== undefined) return wrong(`${odd.name} is no JID of a person.`);
  const jids = people.flatMap(({ jid }) => (isFailure(jid) ? [] : [formatBareJid(jid)]));
  return {
    id: newMessageId(now).slice(-8),
    author,
    text: words,
    madeAt: now,
    expiresAt: now + ms,
    ...(title !== '' && { subject: title }),
    ...(jids.length > 0 && { audience: [...new Set(jids)] }),
  };
}

function lifetimeOf(typed: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d{1,4})([smhdw])$/.exec(typed.trim() === '' ? DEFAULT_LIFETIME : typed.trim()) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? 0);
  return ms > 0 && ms <= LONGEST ? ms : undefined;
}

function wrong(text: string): Failure {
  return Failure.permanent('bad-content', text);
}
