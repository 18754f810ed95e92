/** What `npm run bench` and `npm run faults` publish: a table for people, and the same rows as JSON. */
import { readFile, writeFile } from 'node:fs/promises';

/** One line of the table: a measured value, against its baseline when it has one. */
export interface Figure {
  /** Whole and stable, as it is what two runs are compared by: `mail → chat, 1 KB, verified · prosody · against the straight line`. */
  readonly name: string;
  /** `mails/s`, `ms`, `lost`. */
  readonly unit: string;
  readonly value: number;
  readonly baseline: number | null;
  /** value / baseline. */
  readonly ratio: number | null;
  /** A ratio when there is a baseline, else a value; `null`: published without a goal. */
  readonly goal: number | null;
  readonly higherIsBetter: boolean;
  /** CPU per message of each process, peak memory, spread. */
  readonly note?: string;
  /** Drawn in the chart: figures of one group share our bar, each adds one for its baseline. */
  readonly bar?: { readonly group: string; readonly other: string };
}

/** What is weighed: the ratio where there is a baseline, else the value. */
export function measure(figure: Figure): number {
  return figure.ratio ?? figure.value;
}

/** True also for a figure without a goal. */
export function meets(figure: Figure): boolean {
  if (figure.goal === null) return true;
  return figure.higherIsBetter ? measure(figure) >= figure.goal : measure(figure) <= figure.goal;
}

/** A figure with its ratio worked out. */
export function against(baseline: number, figure: Omit<Figure, 'baseline' | 'ratio'>): Figure {
  return { ...figure, baseline, ratio: figure.value / baseline };
}

/** A figure that stands alone. */
export function alone(figure: Omit<Figure, 'baseline' | 'ratio'>): Figure {
  return { ...figure, baseline: null, ratio: null };
}

export const HEAD = ['', 'value', 'baseline', 'ratio', 'goal', 'met'];

/** The table as text; notes stand under their rows. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(cells);
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd();
  const lines = figures.flatMap((figure, index) => [line(rows[index] ?? []), ...(figure.note === undefined ? [] : [`    ${figure.note}`])]);
  return [line(HEAD), ...lines].join('\n');
}

export function printTable(figures: readonly Figure[]): void {
  console.log(table(figures));
}

/** Writes an array of rows: name, value, baseline, ratio, goal, higherIsBetter, unit and, where there is one, note. */
export async function writeJson(file: string, figures: readonly Figure[]): Promise<void> {
  await writeFile(file, `${JSON.stringify(figures, null, 2)}\n`);
}

/** The figures of earlier `--json` files; a later one's in place of an earlier one's of that name. */
export async function readJson(files: readonly string[]): Promise<Figure[]> {
  const read = await Promise.all(files.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as Figure[]));
  return [...new Map(read.flat().map((figure) => [figure.name, figure])).values()];
}

/** A figure in the table's columns. */
export function cells(figure: Figure): string[] {
  const { name, unit, value, baseline, ratio, goal, higherIsBetter } = figure;
  const bound = goal === null ? '–' : `${higherIsBetter ? '≥' : '≤'} ${readable(goal)}`;
  const met = goal === null ? '' : meets(figure) ? 'yes' : 'NO';
  return [name, `${readable(value)} ${unit}`, baseline === null ? '–' : readable(baseline), ratio === null ? '–' : readable(ratio), bound, met];
}

/** Three digits that matter; no fractions from a hundred upwards. */
export function readable(value: number): string {
  if (value === 0 || Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
