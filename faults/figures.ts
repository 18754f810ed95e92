/** Figures of things that went wrong: the fewer the better. */
import { alone, type Figure } from '../bench/figure.js';

/** Makes the figures of one row on one server: each a count with a ceiling, `null` for one that is only published. */
export function counter(row: string, server: string | null): (name: string, unit: string, value: number, goal: number | null, note?: string) => Figure {
  return (name, unit, value, goal, note = '') =>
    alone({ name: [row, name, server].filter((part) => part !== null).join(' · '), unit, value, goal, higherIsBetter: false, ...(note.trim() !== '' && { note: note.trim() }) });
}

/** How many, and which the first of them are, for whoever looks into it. */
export function named(ids: readonly string[]): string {
  return ids.length === 0 ? '' : `${ids.slice(0, 8).join(' ')}${ids.length > 8 ? ' …' : ''}`;
}
