/**
 * `npm run faults`: runs every row in its short form, prints the table, and ends with 1 when a goal is missed.
 *
 * `--long` the numbers that are published · `--row ID` (repeatable) only these · `--server prosody|ejabberd` · `--json FILE` ·
 * `--markdown FILE` the table into its place in that page · `--list` the rows · `--seed NUMBER` repeats what a row has left to chance ·
 * `--from FILE` (repeatable) runs nothing: the figures of earlier `--json` files, a later one's in place of an earlier one's.
 */
import { parseArgs } from 'node:util';
import { meets, printTable, readJson, writeJson, type Figure } from '../bench/figure.js';
import { machine } from '../bench/machine.js';
import { markdown, writeMarkdown } from '../bench/markdown.js';
import { build } from '../test/build.js';
import { runTurn, SERVERS, turnsOf, type Turn } from './row.js';
import { ROWS } from './rows.js';

const { values } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    row: { type: 'string', multiple: true, default: [] },
    server: { type: 'string' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    seed: { type: 'string' },
    from: { type: 'string', multiple: true, default: [] },
  },
});

/** Which rows on which servers, in order. */
function plan(): Turn[] {
  const unknown = values.row.filter((id) => !ROWS.some((row) => row.id === id));
  if (unknown.length > 0) throw new Error(`no row named ${unknown.join(', ')}; there are: ${ROWS.map(({ id }) => id).join(', ')}`);
  const kinds = SERVERS.filter((kind) => values.server === undefined || kind === values.server);
  if (kinds.length === 0) throw new Error(`--server is one of ${SERVERS.join(', ')}`);
  const wanted = ROWS.filter(({ id }) => values.row.length === 0 || values.row.includes(id));
  return wanted.flatMap((row) => turnsOf(row, kinds));
}

const say = (text: string): void => console.error(`  ${text}`);

/** A row that breaks down is told and does not take the others with it. */
async function runAll(turns: readonly Turn[]): Promise<{ figures: Figure[]; broken: string[] }> {
  const figures: Figure[] = [];
  const broken: string[] = [];
  for (const turn of turns) {
    const name = `${turn.row.title}${turn.server === null ? '' : ` · ${turn.server}`}`;
    console.error(`▶ ${name}`);
    const start = performance.now();
    try {
      figures.push(...(await runTurn(turn, { long: values.long, say, ...(values.seed !== undefined && { seed: Number(values.seed) }) })));
    } catch (error) {
      console.error(error);
      broken.push(name);
    }
    say(`${Math.round((performance.now() - start) / 1_000)} s`);
  }
  return { figures, broken };
}

async function buildAndRun(): ReturnType<typeof runAll> {
  await build();
  return runAll(plan());
}

function page(figures: readonly Figure[], broken: readonly string[]): string {
  const about = `${new Date().toISOString().slice(0, 10)}, ${values.long ? 'long' : 'short'} form, ${machine()}.`;
  const breaks = broken.map((name) => `\n\nNot run to its end: ${name}.`);
  return markdown(`${about}${breaks.join('')}`, figures, 'What each figure is made of');
}

async function main(): Promise<number> {
  if (values.list) {
    for (const { id, title } of ROWS) console.log(`${id.padEnd(12)}${title}`);
    return 0;
  }
  const { figures, broken } = values.from.length > 0 ? { figures: await readJson(values.from), broken: [] } : await buildAndRun();
  printTable(figures);
  for (const name of broken) console.log(`NOT RUN TO ITS END: ${name}`);
  if (values.json !== undefined) await writeJson(values.json, figures);
  if (values.markdown !== undefined) await writeMarkdown(values.markdown, page(figures, broken), 'faults');
  return broken.length === 0 && figures.every(meets) ? 0 : 1;
}

process.exitCode = await main();
