/**
 * `npm run bench`: runs the rows, prints the table.
 *
 * `--quick` under two minutes · `--row ID` (repeatable) only these · `--server prosody|ejabberd` · `--json FILE` · `--rounds N`
 * · `--profile ROW` where the gateway's time goes · `--list` the rows.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../test/build.js';
import { printTable, writeJson, type Figure } from './figure.js';
import { readProfiles, type Load } from './profile.js';
import { SERVERS, type Context, type Row, type ServerKind } from './row.js';
import { LEFT_OUT, ROWS } from './rows.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    row: { type: 'string', multiple: true, default: [] },
    server: { type: 'string' },
    json: { type: 'string' },
    rounds: { type: 'string' },
    profile: { type: 'string' },
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

async function runRow({ row, server }: Turn, profile: Pick<Context, 'profile' | 'loads'> = { profile: null, loads: [] }): Promise<Figure[]> {
  const opened: (() => Promise<unknown>)[] = [];
  const context: Context = {
    server,
    quick: values.quick,
    rounds: values.rounds === undefined ? (values.quick ? 3 : 5) : Number(values.rounds),
    ...profile,
    say: (text) => console.error(`  ${text}`),
    cleanUp: (stop) => void opened.push(stop),
  };
  console.error(`▶ ${row.title}${server === null ? '' : ` · ${server}`}`);
  try {
    return await row.run(context);
  } finally {
    for (const stop of opened.reverse()) await stop();
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
  await build();
  if (values.profile !== undefined) return profileRow(values.profile);
  const figures: Figure[] = [];
  for (const turn of plan()) figures.push(...(await runRow(turn)));
  printTable(figures);
  for (const name of LEFT_OUT) console.log(`left out: ${name}`);
  if (values.json !== undefined) await writeJson(values.json, figures);
}

await main();
