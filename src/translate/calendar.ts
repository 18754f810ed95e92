/** What a calendar invitation says (RFC 5545, 5546), in lines for a reader. */
import ICAL from 'ical.js';
import { displayText } from './mail-text.js';
import { recurrenceInWords, spanInWords } from './calendar-words.js';

/** So many events of a calendar are told; the others are counted. */
const MOST_EVENTS = 3;
/** A longer event is not read: nobody typed it. UTF-16 units. */
const LONGEST_EVENT = 65_536;
const LINE = 300;
const METHODS: Readonly<Record<string, string>> = { REQUEST: 'Invitation', CANCEL: 'Cancelled', COUNTER: 'Other time proposed', DECLINECOUNTER: 'Proposed time declined', REFRESH: 'Asks for the latest version' };
const REPLIES: Readonly<Record<string, string>> = { ACCEPTED: 'Accepted', DECLINED: 'Declined', TENTATIVE: 'Accepted tentatively', DELEGATED: 'Delegated' };

/** Undefined when nothing can be read. Times are as they are written, with the name of their zone. Never throws. */
export function calendarSummary(calendar: string): string | undefined {
  const { events, count } = eventsIn(calendar);
  const method = /^METHOD:[ \t]*(\w+)/im.exec(calendar)?.[1]?.toUpperCase() ?? '';
  const told = events.flatMap((event) => readable(() => [eventLines(event, method).join('\n')]));
  if (told.length === 0) return undefined;
  const more = count - told.length;
  return [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('\n\n');
}

/** Each parsed by itself, so that what is odd about a calendar harms no event; zones are known by their names. */
function eventsIn(calendar: string): { events: ICAL.Component[]; count: number } {
  const upper = calendar.replace(/[a-z]/g, (letter) => letter.toUpperCase());
  const events: ICAL.Component[] = [];
  let count = 0;
  for (let start = upper.indexOf('BEGIN:VEVENT'); start >= 0; start = upper.indexOf('BEGIN:VEVENT', start + 1)) {
    count++;
    if (events.length === MOST_EVENTS) continue;
    const end = upper.indexOf('END:VEVENT', start);
    if (end < 0) break;
    const event = end - start <= LONGEST_EVENT && !within(upper, start, end) ? component(`${calendar.slice(start, end)}END:VEVENT`) : undefined;
    if (event !== undefined) events.push(event);
  }
  return { events, count };
}

/** Whether another event begins before this one ends. */
function within(calendar: string, start: number, end: number): boolean {
  return calendar.slice(start + 1, end).includes('BEGIN:VEVENT');
}

/** Values are read when they are asked for, and only then found to be broken. */
export function readable(lines: () => string[]): string[] {
  try {
    return lines();
  } catch {
    return []; // not to be read: the file itself is there
  }
}

/** One component of iCalendar or vCard text; undefined when it is broken. */
export function component(text: string): ICAL.Component | undefined {
  try {
    const parsed = ICAL.parse(text) as [] | unknown[];
    return new ICAL.Component((Array.isArray(parsed[0]) ? parsed[0] : parsed) as unknown[]);
  } catch {
    return undefined; // not to be read: the file itself is there
  }
}

function eventLines(event: ICAL.Component, method: string): string[] {
  const when = whenOf(event);
  const recurrence = recurrenceInWords(valueOf(event, 'rrule'));
  const isCancelled = valueOf(event, 'status').toUpperCase() === 'CANCELLED';
  const organizer = personIn(event, 'organizer');
  return [
    `${headOf(event, method, isCancelled)}: ${valueOf(event, 'summary') || '(no title)'}`,
    ...line('When', when),
    ...line('Repeats', recurrence),
    ...line('Where', valueOf(event, 'location')),
    ...line(method === 'REQUEST' ? 'Invited by' : 'Organizer', organizer),
    ...line('Status', valueOf(event, 'status').toUpperCase() === 'TENTATIVE' ? 'tentative' : undefined),
  ];
}

function headOf(event: ICAL.Component, method: string, isCancelled: boolean): string {
  if (method !== 'REPLY') return isCancelled ? 'Cancelled' : (METHODS[method] ?? 'Event');
  const answer = event.getFirstProperty('attendee')?.getFirstParameter('partstat') ?? '';
  const who = personIn(event, 'attendee');
  return `${REPLIES[answer.toUpperCase()] ?? 'Answer'}${who === undefined ? '' : ` by ${who}`}`;
}

function whenOf(event: ICAL.Component): string | undefined {
  const start = event.getFirstProperty('dtstart');
  const end = event.getFirstProperty('dtend');
  const duration = event.getFirstPropertyValue('duration');
  const from = start?.getFirstValue();
  if (start === null || !(from instanceof ICAL.Time)) return undefined;
  const until = end?.getFirstValue();
  const zone = from.zone === ICAL.Timezone.utcTimezone ? 'UTC' : displayText(start.getFirstParameter('tzid') ?? '', 100);
  return spanInWords(from, until instanceof ICAL.Time ? until : addedTo(from, duration), zone);
}

function addedTo(from: ICAL.Time, duration: unknown): ICAL.Time | undefined {
  if (!(duration instanceof ICAL.Duration)) return undefined;
  const until = from.clone();
  until.addDuration(duration);
  return until;
}

/** `Name <address>`, or what there is of it. */
function personIn(event: ICAL.Component, name: string): string | undefined {
  const person = event.getFirstProperty(name);
  if (person === null) return undefined;
  const address = String(person.getFirstValue() ?? '').replace(/^mailto:/i, '');
  const called = person.getFirstParameter('cn') ?? '';
  return displayText(called === '' || called === address ? address : `${called} <${address}>`, LINE) || undefined;
}

/** The first value of a property as one line, cleaned. */
export function valueOf(from: ICAL.Component, name: string): string {
  const value: unknown = from.getFirstPropertyValue(name);
  // eslint-disable-next-line @typescript-eslint/no-base-to-string
  const text = value === null || value === undefined ? '' : Array.isArray(value) ? value.flat().join(', ') : String(value);
  return displayText(text, LINE);
}

export function line(name: string, value: string | undefined): string[] {
  return value === undefined || value === '' ? [] : [`${name}: ${value}`];
}
