/** Tables of HTML: those of data, a row to a line; those that only lay a page out, one cell below the other. */
import { unmarked } from './line-marks.js';
import { isHidden } from './mail-html-hidden.js';
import { elementsIn, type HtmlElement, type HtmlNode } from './mail-html-tree.js';

/** Longer cells are text. */
const CELL_LIMIT = 100;

/** What stands behind a label belongs to it. */
const LABEL = /[:：][\ufde0-\ufde7]*$/;

interface Row {
  readonly cells: readonly { readonly lines: readonly string[] }[];
}

/** It says so, or holds tables. */
export function isLayout(table: HtmlElement): boolean {
  const { role } = table.attributes;
  if (role === 'presentation' || role === 'none') return true;
  for (const { name } of elementsIn(table)) if (name === 'table') return true;
  return false;
}

/** @param read the lines of a cell's contents */
export function tableLines(table: HtmlElement, read: (nodes: readonly HtmlNode[]) => string[]): string[] {
  const rows: Row[] = [];
  const around: string[] = [];
  collect(table, read, rows, around);
  return [...around, ...(isData(rows) ? rows.map(rowLine).filter((line) => line !== '') : rows.flatMap(stacked))];
}

/** What stands in the table outside of its rows (a caption, or what should not be there) comes above it. */
function collect(element: HtmlElement, read: (nodes: readonly HtmlNode[]) => string[], rows: Row[], around: string[]): void {
  for (const child of element.children) {
    if (typeof child === 'string') around.push(...read([child]));
    else if (isHidden(child)) continue;
    else if (['tbody', 'thead', 'tfoot', 'form', 'center'].includes(child.name)) collect(child, read, rows, around);
    else if (child.name === 'tr') rows.push(...rowsOf(child, read));
    else if (child.name !== 'colgroup' && child.name !== 'col') around.push(...read([child]));
  }
}

/** None for a row without cells. */
function rowsOf(row: HtmlElement, read: (nodes: readonly HtmlNode[]) => string[]): Row[] {
  const cells = row.children.filter((child) => typeof child !== 'string' && !isHidden(child)).map((cell) => {
    const { name, children } = cell as HtmlElement;
    return name === 'td' || name === 'th' ? { lines: read(children) } : { lines: read([cell]) };
  });
  const loose = read(row.children.filter((child) => typeof child === 'string'));
  const all = loose.length === 0 ? cells : [{ lines: loose }, ...cells];
  return all.length === 0 ? [] : [{ cells: all }];
}

/** At least two rows, and half of all, of several short cells. */
function isData(rows: readonly Row[]): boolean {
  const full = rows.map(({ cells }) => cells.filter(({ lines }) => lines.length > 0)).filter((cells) => cells.length > 0);
  if (full.some((cells) => cells.some(({ lines }) => lines.length > 1 || (lines[0]?.length ?? 0) > CELL_LIMIT))) return false;
  const wide = full.filter((cells) => cells.length > 1);
  return wide.length >= 2 && wide.length * 2 >= full.length;
}

function rowLine({ cells }: Row): string {
  const texts = cells.map(({ lines: [line = ''] }, i) => (i === 0 ? line : unmarked(line)));
  while (texts.length > 1 && texts.at(-1) === '') texts.pop();
  return texts.reduce((row, text) => `${row}${LABEL.test(row) ? ' ' : ' | '}${text}`);
}

function stacked({ cells }: Row): readonly string[] {
  const filled = cells.filter(({ lines }) => lines.length > 0);
  return filled.flatMap(({ lines }, i) => (i > 0 && lines.length > 1 ? ['', ...lines] : lines));
}
