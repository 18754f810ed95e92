/**
 * Presence on the web under `wrk -c 64`: JSON of one, a badge, and a hundred at once, against a bare node:http server that says the same
 * bytes, and against the XMPP server's own mod_webpresence with the same users online.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contest, Comparison, type Contender, type Result } from '../contest.js';
import { against, type Figure } from '../figure.js';
import { Line } from '../line.js';
import type { Answers } from '../lines/answers.js';
import { askFor } from '../loads/wrk.js';
import { webPresence, type WebPresence } from '../peers/web-presence.js';
import { pidOf, type Processes } from '../processes.js';
import { publishedUsers, type Published } from '../published.js';
import { SERVERS, serverOf, type Context, type Row } from '../row.js';

const USERS = 100;
const BARE_GOAL = 0.8;
/** "Many times" the modules. */
const PEER_GOAL = 3;
const MODULE = 'mod_webpresence';

export const web: Row = { id: 'web', title: 'presence on the web: JSON, a badge, a hundred at once', quick: true, servers: SERVERS, run };

/** One kind of answer. */
interface Kind {
  readonly name: string;
  readonly paths: readonly string[];
  readonly body?: string;
  /** What the server's module is asked for in its place. */
  readonly peer: readonly string[];
  /** How many users one answer is about. */
  readonly users: number;
}

async function run(context: Context): Promise<Figure[]> {
  const domain = 'example.test';
  const peer = await webPresence(context, domain);
  const published = await publishedUsers(context, USERS, peer.extra);
  const figures: Figure[] = [];
  for (const kind of kinds(published, peer)) figures.push(...(await measure(context, published, peer, kind)));
  return figures;
}

function kinds({ users, ids, server: { domain } }: Published, peer: WebPresence): Kind[] {
  const locals = users.map((user) => user.slice(0, user.indexOf('@')));
  const data = locals.map((local) => peer.data(local, domain));
  return [
    { name: 'JSON of one', paths: ids.map((id) => `/v1/presence/${id}`), peer: data, users: 1 },
    { name: 'SVG badge', paths: ids.map((id) => `/badge/${id}.svg`), peer: locals.map((local) => peer.picture(local, domain)), users: 1 },
    { name: `JSON of ${USERS}`, paths: ['/v1/presence'], body: JSON.stringify({ ids }), peer: data, users: USERS },
  ];
}

async function measure(context: Context, { server, gateway, port }: Published, peer: WebPresence, { name, paths, body, peer: peerPaths, users }: Kind): Promise<Figure[]> {
  const seconds = context.quick ? 1 : 2;
  const ask = (contender: string, processes: Processes, asked: Parameters<typeof askFor>[1]): Contender => ({
    name: contender,
    processes,
    prepare: () => Promise.resolve(() => askFor(seconds, asked)),
  });
  const host = server.domain;
  const same = { host, paths, ...(body !== undefined && { body }) };
  const contenders = [ask('gateway', { gateway: pidOf(gateway, 'the gateway') }, { port, ...same })];
  if (context.profile === null) {
    const bare = await startBare(context, await answersOf(port, same));
    contenders.push(ask('bare', { line: pidOf(bare, 'the bare server') }, { port: bare.port, ...same }));
    contenders.push(ask(MODULE, { [server.name]: pidOf(server, server.name) }, { port: peer.port, host, paths: peerPaths }));
  }
  const results = await contest(context, contenders, { seconds, warmUp: 1, least: 1, most: 1 });
  const title = `web, ${name} · ${serverOf(context)}`;
  const comparison = new Comparison(contenders, results, 'answers/s');
  return [
    ...comparison.rate(`${title} · against a bare server`, 'gateway', 'bare', BARE_GOAL),
    ...comparison.cpu(`${title} · CPU of an answer, against a bare server`, 'gateway', 'bare'),
    ...(users === 1 ? comparison.rate(`${title} · against ${MODULE}`, 'gateway', MODULE, PEER_GOAL) : many(`${title} · against ${MODULE}, one by one`, results, users)),
  ];
}

/** The module has no answer for many: each costs it an answer. */
function many(name: string, [ours, , peer]: readonly Result[], users: number): Figure[] {
  if (ours === undefined || peer === undefined) return [];
  return [against(peer.rate, { name, unit: 'users/s', value: ours.rate * users, goal: PEER_GOAL, higherIsBetter: true })];
}

async function startBare(context: Context, answers: Answers): Promise<Line> {
  const dir = await mkdtemp(join(tmpdir(), 'stanzapost-answers-'));
  context.cleanUp(() => rm(dir, { recursive: true }));
  const file = join(dir, 'answers.json');
  await writeFile(file, JSON.stringify(answers));
  const bare = await Line.start('answers', { file });
  context.cleanUp(() => bare.stop());
  return bare;
}

/** Says the same bytes: what the gateway answers, but for what node:http adds by itself. */
async function answersOf(port: number, { host, paths, body }: { readonly host: string; readonly paths: readonly string[]; readonly body?: string }): Promise<Answers> {
  const answers: Record<string, Answers[string]> = {};
  for (const path of paths) answers[path] = await answerOf({ port, path, headers: { host, 'x-forwarded-for': '10.254.254.2', ...(body !== undefined && { 'content-type': 'application/json' }) } }, body);
  return answers;
}

function answerOf(options: { readonly port: number; readonly path: string; readonly headers: Record<string, string> }, body?: string): Promise<Answers[string]> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', method: body === undefined ? 'GET' : 'POST', ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece)).on('error', reject);
      response.on('end', () => {
        if (response.statusCode !== 200) reject(new Error(`${options.path} was answered ${response.statusCode ?? 0}`));
        const { date: _d, connection: _c, 'keep-alive': _k, 'transfer-encoding': _t, ...headers } = response.headers;
        resolve({ headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])), body: text });
      });
    });
    asking.on('error', reject).end(body);
  });
}
