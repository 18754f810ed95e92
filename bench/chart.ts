/** A bar chart of rates as SVG: one group per figure, ours above the other's; light and dark by the reader's setting. Pure. */
import { readable, type Figure } from './figure.js';

const [WIDTH, LEFT, BAR, GROUP, TOP] = [720, 16, 14, 66, 44] as const;
const MOST = 560;
const STYLE = `text{font:13px system-ui,sans-serif;fill:#222}.head{font-weight:600;font-size:16px}.ours{fill:#2563a8}.other{fill:#a8a8a8}
@media (prefers-color-scheme:dark){text{fill:#e6e6e6}.ours{fill:#6aa9e9}.other{fill:#777}}`;

/** @returns undefined when no figure is a rate with something to stand beside */
export function chart(title: string, figures: readonly Figure[]): string | undefined {
  const rates = figures.filter(({ unit, baseline }) => unit.endsWith('/s') && baseline !== null);
  if (rates.length === 0) return undefined;
  const height = TOP + rates.length * GROUP;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">`;
  const groups = rates.map((figure, i) => group(figure, TOP + i * GROUP));
  return `${head}<title id="title">${escape(title)}</title><style>${STYLE}</style><text class="head" x="${LEFT}" y="24">${escape(title)}</text>\n${groups.join('\n')}\n</svg>\n`;
}

/** The longer bar of each group fills the width: units and sizes differ between groups. */
function group({ name, unit, value, baseline }: Figure, y: number): string {
  const other = baseline ?? 0;
  const longest = Math.max(value, other);
  const bar = (kind: string, rate: number, at: number): string => {
    const width = Math.max(1, Math.round((rate / longest) * MOST));
    return `<rect class="${kind}" x="${LEFT}" y="${at}" width="${width}" height="${BAR}"/><text x="${LEFT + width + 6}" y="${at + 12}">${readable(rate)} ${escape(unit)}</text>`;
  };
  return `<text x="${LEFT}" y="${y + 12}">${escape(name)}</text>${bar('ours', value, y + 19)}${bar('other', other, y + 19 + BAR + 2)}`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
