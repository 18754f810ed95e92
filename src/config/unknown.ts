/** Keys and sections that do not exist: an error each, naming the nearest known one. */
import { SECTIONS } from './keys.js';
import type { Section } from './key.js';
import { nearest } from './nearest.js';
import { error, type Problem } from './problem.js';

export type Table = Readonly<Record<string, unknown>>;

export const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** All sections with their names, for code that walks the table. */
export const sections: readonly (readonly [string, Section])[] = Object.entries(SECTIONS);

const SECTION_NAMES = Object.keys(SECTIONS);
const KEY_NAMES = sections.flatMap(([section, { keys }]) => Object.keys(keys).map((key) => `${section}.${key}`));

export function unknownNames(file: Table): Problem[] {
  return Object.entries(file).flatMap(([name, value]) => {
    if (!isTable(value)) return [outside(name)];
    return SECTION_NAMES.includes(name) ? unknownKeys(name, value) : [unknownSection(name)];
  });
}

function unknownKeys(section: string, table: Table): Problem[] {
  const names = Object.keys(table).map((key) => `${section}.${key}`);
  return names.filter((name) => !KEY_NAMES.includes(name)).map((name) => error(name, `is not a key; did you mean ${meant(name)}?`));
}

/** The same key of another section before a similar one of any. */
function meant(name: string): string {
  const key = name.slice(name.indexOf('.') + 1);
  return KEY_NAMES.find((known) => known.endsWith(`.${key}`)) ?? nearest(name, KEY_NAMES) ?? '';
}

function unknownSection(name: string): Problem {
  return error(`[${name}]`, `is not a section; did you mean [${nearest(name, SECTION_NAMES)}]?`);
}

function outside(name: string): Problem {
  if (SECTION_NAMES.includes(name)) return error(name, `is a section: write [${name}] on a line of its own, its keys below`);
  return error(name, `stands outside every section; did you mean ${meant(`.${name}`)}?`);
}
