/** Times and recurrences of a calendar in words. */
import type ICAL from 'ical.js';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const BY_CODE: Readonly<Record<string, string>> = { SU: 'Sunday', MO: 'Monday', TU: 'Tuesday', WE: 'Wednesday', TH: 'Thursday', FR: 'Friday', SA: 'Saturday' };
const UNITS: Readonly<Record<string, string>> = { SECONDLY: 'second', MINUTELY: 'minute', HOURLY: 'hour', DAILY: 'day', WEEKLY: 'week', MONTHLY: 'month', YEARLY: 'year' };
const ORDINALS: Readonly<Record<string, string>> = { '1': 'first ', '2': 'second ', '3': 'third ', '4': 'fourth ', '5': 'fifth ', '-1': 'last ' };

type Moment = Pick<ICAL.Time, 'year' | 'month' | 'day' | 'hour' | 'minute' | 'isDate'>;

/** `Thursday, 15 January 2026, 10:00–11:30 (Europe/Berlin)`. @param zone as it is named; empty for the reader's own */
export function spanInWords(from: Moment, until: Moment | undefined, zone: string): string {
  if (from.isDate) return daysInWords(from, until);
  const where = zone === '' ? '' : ` (${zone})`;
  const start = `${dateOf(from)}, ${clockOf(from)}`;
  if (until === undefined || (isSameDay(from, until) && clockOf(from) === clockOf(until))) return start + where;
  return isSameDay(from, until) ? `${start}–${clockOf(until)}${where}` : `${start} – ${dateOf(until)}, ${clockOf(until)}${where}`;
}

/** The end of a whole day is the day after it (RFC 5545 §3.6.1). */
function daysInWords(from: Moment, until: Moment | undefined): string {
  const last = until === undefined ? from : dayBefore(until);
  return numberOf(last) <= numberOf(from) ? `${dateOf(from)}, all day` : `${dateOf(from)} – ${dateOf(last)}`;
}

function dayBefore({ year, month, day }: Moment): Moment {
  const date = new Date(Date.UTC(year, month - 1, day - 1));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(), hour: 0, minute: 0, isDate: true };
}

function numberOf({ year, month, day }: Moment): number {
  return Date.UTC(year, month - 1, day);
}

function isSameDay(one: Moment, other: Moment): boolean {
  return numberOf(one) === numberOf(other);
}

function dateOf(time: Moment): string {
  const day = DAYS[new Date(numberOf(time)).getUTCDay()] ?? '';
  return `${day}, ${time.day} ${MONTHS[time.month - 1] ?? ''} ${time.year}`;
}

function clockOf({ hour, minute }: Moment): string {
  return [hour, minute].map((part) => String(part).padStart(2, '0')).join(':');
}

/** RFC 5545 §3.3.10: the parts that people use; undefined for no rule, `yes` for one that has no words. */
export function recurrenceInWords(rule: string): string | undefined {
  if (rule === '') return undefined;
  const parts = new Map(rule.toUpperCase().split(';').map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]));
  const unit = UNITS[parts.get('FREQ') ?? ''];
  if (unit === undefined) return 'yes';
  const interval = parts.get('INTERVAL') ?? '1';
  const every = /^(?:1|\D.*|)$/.test(interval) ? `every ${unit}` : `every ${interval.slice(0, 5)} ${unit}s`;
  const days = (parts.get('BYDAY') ?? '').split(',').flatMap(dayInWords);
  const monthDay = parts.get('BYMONTHDAY');
  return [every, days.length > 0 ? ` on ${listed(days)}` : '', monthDay === undefined ? '' : ` on day ${monthDay.slice(0, 50)}`, endOf(parts)].join('');
}

function dayInWords(code: string): string[] {
  const [, which = '', day = ''] = /^\+?(-?\d{0,2})(\w\w)$/.exec(code) ?? [];
  const name = BY_CODE[day];
  return name === undefined ? [] : [which === '' ? name : `the ${ORDINALS[which] ?? `${which}. `}${name}`];
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

function endOf(parts: ReadonlyMap<string, string>): string {
  const count = /^\d{1,5}$/.exec(parts.get('COUNT') ?? '')?.[0];
  if (count !== undefined) return `, ${count} times`;
  const [, year, month, day] = /^(\d{4})-?(\d\d)-?(\d\d)/.exec(parts.get('UNTIL') ?? '') ?? [];
  return year === undefined ? '' : `, until ${Number(day)} ${MONTHS[Number(month) - 1] ?? ''} ${year}`;
}
