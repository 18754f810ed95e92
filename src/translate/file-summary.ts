/** Attached files that say something in words: calendars and contact cards. */
import { own } from '../own.js';
import { calendarSummary } from './calendar.js';
import { contactSummary } from './contact-card.js';

type Kind = 'calendar' | 'contact';

const KINDS: Readonly<Record<string, Kind>> = {
  'text/calendar': 'calendar',
  'application/ics': 'calendar',
  'text/vcard': 'contact',
  'text/x-vcard': 'contact',
  'text/directory': 'contact',
};
/** Decoded bytes that are looked at: a card may hold a picture, a calendar thousands of events. */
export const SUMMARY_LIMIT = 256 * 1024;
/** What such a file is called when it has no name, as calendar programs do. */
const NAMES: Readonly<Record<Kind, string>> = { calendar: 'invite.ics', contact: 'contact.vcf' };

export function saysSomething(type: string): boolean {
  return own(KINDS, type) !== undefined;
}

/** As `Attachment.summary`. Never throws. */
export function summaryOf(type: string, text: string): string | undefined {
  const kind = own(KINDS, type);
  return kind === undefined ? undefined : kind === 'calendar' ? calendarSummary(text) : contactSummary(text);
}

export function nameForKind(type: string): string {
  const kind = own(KINDS, type);
  return kind === undefined ? '' : NAMES[kind];
}
