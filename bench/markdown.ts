/** The table as Markdown, in its place in a page that is otherwise written by hand. */
import { readFile, writeFile } from 'node:fs/promises';
import { cells, HEAD, measure, meets, readable, type Figure } from './figure.js';

/** Table, the goals that are not met, and the notes; `about`: date and machine, `notes`: what they are. Pure. */
export function markdown(about: string, figures: readonly Figure[], notes = 'CPU, memory and spread of each figure'): string {
  const line = (row: readonly string[]): string => `| ${row.map(escape).join(' | ')} |`;
  const missed = figures.filter((figure) => !meets(figure));
  return [
    about,
    [line(HEAD), '|---|---:|---:|---:|---:|---|', ...figures.map((figure) => line(cells(figure)))].join('\n'),
    ...(missed.length === 0 ? [] : [['Goals that are not met:', '', ...missed.map(shortfall)].join('\n')]),
    [`<details><summary>${notes}</summary>`, '', ...figures.flatMap(noted), '', '</details>'].join('\n'),
  ].join('\n\n');
}

function shortfall(figure: Figure): string {
  const { name, goal, higherIsBetter, ratio, unit } = figure;
  const bound = goal ?? 0;
  const factor = higherIsBetter ? bound / measure(figure) : measure(figure) / bound;
  const kind = ratio === null ? ` ${unit}` : '';
  return `- ${escape(name)}: ${readable(measure(figure))}${kind}, goal ${higherIsBetter ? '≥' : '≤'} ${readable(bound)}${kind}: off by a factor of ${readable(factor)}`;
}

function noted({ name, note }: Figure): string[] {
  return note === undefined ? [] : [`- ${escape(name)}: ${escape(note)}`];
}

/** A cell ends at a bar, and `<` would begin a tag. */
function escape(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

/** Puts the text between the page's two marks, which bear the command's name; an empty page becomes both and the text. Pure. */
export function placed(page: string, text: string, command = 'bench'): string {
  const [begin, end] = [`<!-- ${command}: begin -->`, `<!-- ${command}: end -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  const marked = `${begin}\n${text}\n${end}`;
  if (page.trim() === '') return `${marked}\n`;
  if (from < 0 || to < from) throw new Error(`the page has no place for the table: ${begin} … ${end}`);
  return page.slice(0, from) + marked + page.slice(to + end.length);
}

export async function writeMarkdown(file: string, text: string, command = 'bench'): Promise<void> {
  const page = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  await writeFile(file, placed(page, text, command));
}
