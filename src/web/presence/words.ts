/** What page and badges say of somebody: his own words made harmless, and times as people say them. Pure. */
import type { ClientKind } from '../../presence/view.js';
import { displayText } from '../../translate/mail-text.js';
import { withoutForbidden } from '../../translate/xml-text.js';

/** UTF-16 units of a name and of a status as they are shown. */
export const LONGEST_NAME = 80;
export const LONGEST_STATUS = 256;

/** More marks on one letter than any language has: they would be drawn over what stands above and below. */
const HEAPED = /(\p{M}{4})\p{M}+/gu;

/** Foreign text on one line, as HTML and XML can carry it: no control character, nothing that sets a direction. Undefined when nothing is left. */
export function shownText(text: string | undefined, most: number): string | undefined {
  const shown = withoutForbidden(displayText((text ?? '').replace(HEAPED, '$1'), most));
  return shown === '' ? undefined : shown;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });

/** Such as "5 minutes ago"; after a week the date. */
export function ago(at: number, now: number): string {
  const passed = now - at;
  if (passed >= WEEK) return `on ${DATE.format(at)}`;
  return passed < MINUTE ? 'just now' : `${span(passed)} ago`;
}

/** Such as "5 minutes". @param ms less than a minute counts as one */
export function span(ms: number): string {
  const [unit, name] = ms >= DAY ? [DAY, 'day'] : ms >= HOUR ? [HOUR, 'hour'] : [MINUTE, 'minute'];
  const count = Math.max(1, Math.floor(ms / unit));
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

export const CLIENT_WORDS: Readonly<Record<ClientKind, string>> = {
  bot: 'A program answers',
  console: 'In a terminal',
  game: 'In a game',
  handheld: 'On a handheld',
  pc: 'At a computer',
  phone: 'On a phone',
  sms: 'By text message',
  tablet: 'On a tablet',
  web: 'In a web browser',
};
