/** How long somebody has to wait, for people. */

const UNITS: readonly (readonly [ms: number, word: string])[] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
];

/** `40 seconds`, `1 hour`: rounded up, so that nobody comes too early. @param ms above 0 */
export function timeInWords(ms: number): string {
  const [size, word] = UNITS.find(([unit]) => ms > unit) ?? [1_000, 'second'];
  const count = Math.ceil(ms / size);
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
