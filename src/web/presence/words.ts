/** What page and badges say of somebody: his own words made harmless, and times as people say them. Pure. */
import { displayText } from '../../translate/mail-text.js';
import { withoutForbidden } from '../../translate/xml-text.js';
import type { Language } from './language.js';

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

/** How a language says how long ago something was; made once for each, as that costs a millisecond. */
interface Times {
  readonly ago: Intl.RelativeTimeFormat;
  readonly date: Intl.DateTimeFormat;
  readonly spans: Readonly<Record<'day' | 'hour' | 'minute', Intl.NumberFormat>>;
}

const made = new Map<Language, Times>();

function timesOf(language: Language): Times {
  const known = made.get(language);
  if (known !== undefined) return known;
  // Days before months, as all others have it.
  const tag = language.tag === 'en' ? 'en-GB' : language.tag;
  const span = (unit: string): Intl.NumberFormat => new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'long' });
  const times = {
    ago: new Intl.RelativeTimeFormat(tag, { numeric: 'always' }),
    date: new Intl.DateTimeFormat(tag, { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }),
    spans: { day: span('day'), hour: span('hour'), minute: span('minute') },
  };
  made.set(language, times);
  return times;
}

/** Such as "Last seen 5 minutes ago"; after a week with the date. @param what of `Language.time` */
export function since(language: Language, what: 'changed' | 'seen', at: number, now: number): readonly [before: string, moment: string, after: string] {
  const { time } = language;
  if (now - at >= WEEK) return around(time[`${what}On`], 'date', timesOf(language).date.format(at));
  return around(time[what], 'ago', ago(language, now - at));
}

/** Such as "Idle for 5 minutes". */
export function idle(language: Language, at: number, now: number): readonly [before: string, moment: string, after: string] {
  const { idle: phrase } = language.time;
  return phrase.includes('{span}') ? around(phrase, 'span', span(language, now - at)) : around(phrase, 'ago', ago(language, now - at));
}

/** @param ms less than a minute is just now */
function ago(language: Language, ms: number): string {
  const [count, unit] = inUnits(ms);
  return ms < MINUTE ? language.time.justNow : timesOf(language).ago.format(-count, unit);
}

/** @param ms less than a minute counts as one */
function span(language: Language, ms: number): string {
  const [count, unit] = inUnits(ms);
  return timesOf(language).spans[unit].format(count);
}

function inUnits(ms: number): readonly [count: number, unit: 'day' | 'hour' | 'minute'] {
  const [length, unit] = ms >= DAY ? ([DAY, 'day'] as const) : ms >= HOUR ? ([HOUR, 'hour'] as const) : ([MINUTE, 'minute'] as const);
  return [Math.max(1, Math.floor(ms / length)), unit];
}

/** What stands before and after its place in the phrase. */
function around(phrase: string, place: string, moment: string): readonly [string, string, string] {
  const [before = '', after = ''] = phrase.split(`{${place}}`);
  return [before, moment, after];
}

/** A sentence with a name in it. */
export function named(sentence: string, name: string): string {
  return sentence.split('{}').join(name);
}
