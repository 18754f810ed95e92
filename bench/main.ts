/**
 * `npm run bench`: runs the rows, prints the table and what has changed since the last saved run.
 *
 * `--quick` under two minutes · `--save` this run is what later ones are compared with · `--row ID` (repeatable) only these
 * · `--server prosody|ejabberd` · `--rounds N` · `--profile ROW` where the gateway's time goes · `--list` the rows
 * · `--json FILE` · `--chart FILE` the peers' rates as SVG · `--markdown FILE` the table into its place in that page
 * · `--from FILE` (repeatable) runs nothing: the figures of earlier `--json` files, a later one's in place of an earlier one's.
 */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../test/build.js';
import { chart } from './chart.js';
import { printTable, readJson, writeJson, type Figure } from './figure.js';
import { machine } from './machine.js';
import { markdown, writeMarkdown } from './markdown.js';
import { readProfiles, type Load } from './profile.js';
import { SERVERS, type Context, type Row, type ServerKind } from './row.js';
import { LEFT_OUT, ROWS } from './rows.js';
import { changes, readSaved, save, savedFile } from './saved.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    row: { type: 'string', multiple: true, default: [] },
    server: { type: 'string' },
    json: { type: 'string' },
    chart: { type: 'string' },
    markdown: { type: 'string' },
    from: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string' },
    profile: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
});

interface Turn {
  readonly row: Row;
  readonly server: ServerKind | null;
}

/** Which rows on which servers, in order. */
function plan(ids = values.row): Turn[] {
  const unknown = ids.filter((id) => !ROWS.some((row) => row.id === id));
  if (unknown.length > 0) throw new Error(`no row named ${unknown.join(', ')}; there are: ${ROWS.map(({ id }) => id).join(', ')}`);
  const kinds = SERVERS.filter((kind) => values.server === undefined || kind === values.server);
  if (kinds.length === 0) throw new Error(`--server is one of ${SERVERS.join(', ')}`);
  const wanted = ROWS.filter(({ id, quick }) => (ids.length > 0 ? ids.includes(id) : quick || !values.quick));
  return wanted.flatMap((row): Turn[] => {
    if (row.servers.length === 0) return [{ row, server: null }];
    const possible = kinds.filter((kind) => row.servers.includes(kind));
    const some = values.quick ? possible.slice(0, 1) : possible;
    return some.map((server) => ({ row, server }));
  });
}

/** What ends with the row that runs. */
const opened: (() => Promise<unknown>)[] = [];

async function strike(): Promise<void> {
  for (const stop of opened.splice(0).reverse()) await stop();
}

async function runRow({ row, server }: Turn, profile: Pick<Context, 'profile' | 'loads'> = { profile: null, loads: [] }): Promise<Figure[]> {
  const context: Context = {
    server,
    quick: values.quick,
    rounds: values.rounds === undefined ? (values.quick ? 3 : 5) : Number(values.rounds),
    ...profile,
    say: (text) => console.error(`  ${text}`),
    cleanUp: (stop) => void opened.push(stop),
  };
  console.error(`▶ ${row.title}${server === null ? '' : ` · ${server}`}`);
  const start = performance.now();
  try {
    return await row.run(context);
  } finally {
    await strike();
    console.error(`  ${Math.round((performance.now() - start) / 1_000)} s`);
  }
}

/** Runs the row's gateways alone, and prints where their time went. */
async function profileRow(id: string): Promise<void> {
  const [turn] = plan([id]);
  if (turn === undefined) throw new Error(`${id} does not run on ${values.server ?? 'any server'}`);
  const dir = await mkdtemp(join(tmpdir(), 'stanzapost-profile-'));
  const loads: Load[] = [];
  await runRow(turn, { profile: dir, loads });
  console.log(await readProfiles(dir, loads));
}

async function main(): Promise<void> {
  if (values.list) {
    for (const { id, title, quick } of ROWS) console.log(`${id.padEnd(24)}${title}${quick ? ' (quick)' : ''}`);
    return;
  }
  if (values.from.length > 0) return publishEarlier(values.from);
  await build();
  if (values.profile !== undefined) return profileRow(values.profile);
  const figures: Figure[] = [];
  for (const turn of plan()) {
    try {
      figures.push(...(await runRow(turn)));
    } catch (error) {
      console.error(`  the row ${turn.row.id} failed:`, error);
      process.exitCode = 1;
    }
  }
  printTable(figures);
  for (const name of LEFT_OUT) console.log(`left out: ${name}`);
  await publish(figures);
  await compare(figures);
}

/** Into the files that were asked for. */
async function publish(figures: readonly Figure[]): Promise<void> {
  if (values.json !== undefined) await writeJson(values.json, figures);
  if (values.markdown !== undefined) await writeMarkdown(values.markdown, markdown(`${new Date().toISOString().slice(0, 10)}, ${machine()}.`, figures));
  if (values.chart === undefined) return;
  const drawing = chart('Messages a second by Stanzapost and by other ways', figures);
  if (drawing === undefined) console.error(`${values.chart} was not written: it shows the peers, and none of them was measured`);
  else await writeFile(values.chart, drawing);
}

async function publishEarlier(files: readonly string[]): Promise<void> {
  const figures = await readJson(files);
  printTable(figures);
  await publish(figures);
}

/** What was never saved is saved, the rest when it is told to: what comes after a change is compared with what was before. */
async function compare(figures: readonly Figure[]): Promise<void> {
  const file = savedFile(values.quick);
  const before = await readSaved(file);
  const changed = changes(before, figures);
  if (changed.length > 0) console.log(['\nagainst the last saved run (--save to save this one):', ...changed].join('\n'));
  const known = new Set(before.map(({ name }) => name));
  await save(file, before, values.save ? figures : figures.filter(({ name }) => !known.has(name)));
}

for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
  process.once(signal, () => void strike().finally(() => process.exit(status)));
}
await main();
