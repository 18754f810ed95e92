/** Hours of the day in which somebody wants no messages, at his own wall clock. Pure. */

export interface QuietHours {
  /** Minutes after midnight; `to` may lie before `from`: then they last over midnight. */
  readonly from: number;
  readonly to: number;
  /** IANA time zone. */
  readonly zone: string;
}

const FORM = /^(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})(?:\s+([A-Za-z0-9_+\-/]{1,40}))?$/;

/** `22:00-07:00 Europe/Berlin`, in UTC without a zone; undefined for anything else. */
export function parseQuietHours(text: string): QuietHours | undefined {
  const [, fromHour, fromMinute, toHour, toMinute, zone = 'UTC'] = FORM.exec(text) ?? [];
  const from = minutes(fromHour, fromMinute);
  const to = minutes(toHour, toMinute);
  return from === undefined || to === undefined || from === to || clockOf(zone) === undefined ? undefined : { from, to, zone };
}

export function formatQuietHours({ from, to, zone }: QuietHours): string {
  return `${formatTime(from)}-${formatTime(to)} ${zone}`;
}

/** @param now ms since the epoch */
export function isQuiet({ from, to, zone }: QuietHours, now: number): boolean {
  const minute = minuteOfDay(zone, now);
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

function minutes(hour: string | undefined, minute: string | undefined): number | undefined {
  const of = Number(hour) * 60 + Number(minute);
  return Number(hour) < 24 && Number(minute) < 60 ? of : undefined;
}

function formatTime(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** To make one costs more than a message does. There are some hundred zones. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat | undefined {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  try {
    const made = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    clocks.set(zone, made);
    return made;
  } catch {
    // RangeError: there is no such zone.
    return undefined;
  }
}

function minuteOfDay(zone: string, now: number): number {
  const [hour, minute] = (clockOf(zone)?.format(now) ?? '00:00').split(':');
  return minutes(hour, minute) ?? 0;
}
