/** Making and ending announcements, for chat and command line alike. */
import { Failure, isFailure } from '../failure.js';
import type { Announced, Announcement, AnnouncementStore } from '../store/announcements.js';
import { makeAnnouncement, MOST_CURRENT, type AnnouncementWish } from './announcement.js';

const ENDED = Failure.permanent('expired', 'The announcement was ended.');

/** Keeps it; the gateway sees it within seconds. Rejects as the store does. */
export async function announce(wish: AnnouncementWish, store: AnnouncementStore): Promise<Announcement | Failure> {
  const made = makeAnnouncement(wish);
  if (isFailure(made)) return made;
  const current = await store.currentAnnouncements(wish.now);
  if (current.length >= MOST_CURRENT) return Failure.permanent('bad-content', `There are ${current.length} announcements already; end one first.`);
  await store.addAnnouncement(made);
  return made;
}

/** Ends its lifetime, and the deliveries of it that wait. @returns false when there is none of this id. Rejects as the store does. */
export async function endAnnouncement(id: string, now: number, store: AnnouncementStore): Promise<boolean> {
  if (!(await store.endAnnouncement(id, now))) return false;
  while (await store.withdrawAnnouncement(id, ENDED.toRecord(), now));
  return true;
}

/** One line each; empty for none. */
export function announcementLines(list: readonly Announced[]): readonly string[] {
  return list.map(({ id, subject, text, audience, expiresAt, had }) => {
    const words = [...(subject ?? text).replace(/\s+/g, ' ')].slice(0, 60).join('');
    const whom = audience === undefined ? 'all' : `${audience.length} people`;
    return `${id}  to ${whom}, ${had} have it, until ${new Date(expiresAt).toISOString().slice(0, 16)}Z: ${words}`;
  });
}
