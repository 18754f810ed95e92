/**
 * A bar chart as SVG: our rate above those of other ways to do the same work, on one scale for each work, so that the
 * lengths are the truth. Light and dark by the reader's setting. Pure.
 */
import { readable, type Figure } from './figure.js';

const [WIDTH, SIDE, LABELS, LONGEST] = [800, 16, 240, 250] as const;
const [HEAD, TITLE, LINE, BAR, GAP] = [44, 24, 22, 14, 14] as const;
const STYLE = `text{font:13px system-ui,sans-serif;fill:#222}.head{font-weight:600;font-size:16px}.work{font-weight:600}.ours{fill:#2563a8}.other{fill:#a8a8a8}
@media (prefers-color-scheme:dark){text{fill:#e6e6e6}.ours{fill:#6aa9e9}.other{fill:#8a8a8a}}`;

interface Group {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly others: { readonly name: string; readonly rate: number }[];
}

/** @returns undefined when no figure has a bar */
export function chart(title: string, figures: readonly Figure[]): string | undefined {
  const groups = groupsOf(figures);
  if (groups.length === 0) return undefined;
  let y: number = HEAD;
  const drawn = groups.map((group) => {
    const top = y;
    y += heightOf(group);
    return draw(group, top);
  });
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-labelledby="title">`;
  return `${head}<title id="title">${escape(title)}</title><style>${STYLE}</style>\n${text('head', SIDE, 24, title)}\n${drawn.join('\n')}\n</svg>\n`;
}

function groupsOf(figures: readonly Figure[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { bar, baseline, unit, value } of figures) {
    if (bar === undefined || baseline === null) continue;
    const group = groups.get(bar.group) ?? { name: bar.group, unit, ours: value, others: [] };
    group.others.push({ name: bar.other, rate: baseline });
    groups.set(bar.group, group);
  }
  return [...groups.values()];
}

function heightOf({ others }: Group): number {
  return TITLE + (1 + others.length) * LINE + GAP;
}

function draw({ name, unit, ours, others }: Group, top: number): string {
  const scale = LONGEST / Math.max(ours, ...others.map(({ rate }) => rate));
  const bar = (kind: string, label: string, rate: number, more: string, line: number): string => {
    const y = top + TITLE + line * LINE;
    const width = Math.max(1, Math.round(rate * scale));
    const rect = `<rect class="${kind}" x="${LABELS}" y="${y}" width="${width}" height="${BAR}"/>`;
    return text('', SIDE, y + 12, label) + rect + text('', LABELS + width + 6, y + 12, `${readable(rate)} ${unit}${more}`);
  };
  const rest = others.map((other, i) => bar('other', other.name, other.rate, ours > other.rate ? ` (ours is ${readable(ours / other.rate)} times as fast)` : '', i + 1));
  return [text('work', SIDE, top + 13, name), bar('ours', 'Stanzapost', ours, '', 0), ...rest].join('\n');
}

function text(kind: string, x: number, y: number, content: string): string {
  return `<text${kind === '' ? '' : ` class="${kind}"`} x="${x}" y="${y}">${escape(content)}</text>`;
}

function escape(content: string): string {
  return content.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
