/** The last saved run, which a later one is compared with: `npm run bench -- --quick` before and after a change. */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measure, readable, writeJson, type Figure } from './figure.js';

export type Saved = readonly Figure[];

/** Two runs of the same code differ by about this much on a quiet machine. */
const NOISE = 0.1;

/** Quick and whole runs carry different loads: each is compared with its like. Git ignores the file. */
export function savedFile(quick: boolean): string {
  return fileURLToPath(new URL(`../.bench/${quick ? 'quick' : 'whole'}.json`, import.meta.url));
}

/** Empty when no run was saved yet. */
export async function readSaved(file: string): Promise<Saved> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Saved;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** This run takes the place of its figures; those of rows that were not run stay. */
export async function save(file: string, before: Saved, figures: readonly Figure[]): Promise<void> {
  const names = new Set(figures.map(({ name }) => name));
  const kept = before.filter(({ name }) => !names.has(name));
  await mkdir(dirname(file), { recursive: true });
  await writeJson(file, [...kept, ...figures]);
}

/** One line for each figure that both runs have; ratios where there are any, since they do not change with the machine's load. */
export function changes(before: Saved, figures: readonly Figure[]): string[] {
  const old = new Map(before.map((figure) => [figure.name, figure]));
  return figures.flatMap((figure) => {
    const was = old.get(figure.name);
    return was === undefined ? [] : [`${change(was.ratio ?? was.value, measure(figure), figure.higherIsBetter)}  ${figure.name}`];
  });
}

function change(was: number, is: number, higherIsBetter: boolean): string {
  const part = was === 0 ? (is === 0 ? 0 : Infinity) : is / was - 1;
  const word = Math.abs(part) < NOISE ? '' : part > 0 === higherIsBetter ? 'better' : 'WORSE';
  const percent = Number.isFinite(part) ? `${part >= 0 ? '+' : ''}${Math.round(part * 100)}%` : 'new';
  return `${word.padEnd(6)}  ${percent.padStart(6)}  ${readable(was)} → ${readable(is)}`.padEnd(34);
}
