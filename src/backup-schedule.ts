/** When the next backup is due, and which of the old ones go. Pure. */

/** A time of day, of the machine's own time zone. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

const NAME = /^stanzapost-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.backup$/;

/**
 * The first time after `after` that the clock on the wall shows this time; where a change of summer time skips it, as much later. An
 * hour that comes twice counts once.
 * @param after ms since the epoch
 */
export function nextAt({ hour, minute }: TimeOfDay, after: number): number {
  const day = new Date(after);
  const on = (days: number): number => new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, hour, minute).getTime();
  return on(0) > after ? on(0) : on(1);
}

/** In UTC, so that names sort by age also where an hour comes twice. @param at ms since the epoch */
export function backupName(at: number): string {
  return `stanzapost-${new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')}.backup`;
}

/** When a backup of this name was made, ms since the epoch; undefined for any other file. */
export function madeAt(name: string): number | undefined {
  const [, year, month, day, hour, minute, second] = NAME.exec(name) ?? [];
  return year === undefined ? undefined : Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}

/** What a backup that was cut off has left behind. */
export function leftovers(names: readonly string[]): readonly string[] {
  return names.filter((name) => /^stanzapost-\d{8}T\d{6}Z\.backup\.partial-/.test(name));
}

/** All but the newest `keep`; never a file of another name. */
export function tooOld(names: readonly string[], keep: number): readonly string[] {
  const ours = names.filter((name) => madeAt(name) !== undefined).sort();
  return ours.slice(0, Math.max(0, ours.length - keep));
}

/** Undefined when there is none. */
export function newestOf(names: readonly string[]): number | undefined {
  const times = names.flatMap((name) => madeAt(name) ?? []);
  return times.length === 0 ? undefined : Math.max(...times);
}
