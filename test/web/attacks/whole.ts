/** The listener for everybody with all that stands behind it, as the gateway puts it together, on a real store and real sockets. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { parseJid, parseMailAddress, type Jid, type MailAddress } from '../../../src/address.js';
import { Preferences } from '../../../src/bridge/preferences.js';
import { isFailure, type Failure } from '../../../src/failure.js';
import { createLog } from '../../../src/log.js';
import { hashOf, newSecret } from '../../../src/presence/keys.js';
import type { Publisher } from '../../../src/presence/publisher.js';
import { FACETS, type Publication, type Scope } from '../../../src/presence/publication.js';
import { Whereabouts } from '../../../src/presence/whereabouts.js';
import { Publishing, type PublishingParts } from '../../../src/gateway/publishing.js';
import { openSqliteStore } from '../../../src/store/sqlite.js';
import { Front } from '../../../src/web/front.js';
import { Links } from '../../../src/web/links.js';
import { startPublicListener } from '../../../src/web/public.js';
import { Site } from '../../../src/web/site.js';
import { waitUntil } from '../../servers/wait.js';

export const PUBLIC_URL = 'https://gw.test';
export const SITE = 'https://example.org';

/** Of the link of this user. @param letter a to z */
export const idOf = (letter: string): string => letter.repeat(26);
export const jidOf = (letter: string): string => `${letter}@verona.test`;

/** Shows all of it to everybody. */
export function publicationOf(letter: string, more: Partial<Publication> = {}): Publication {
  return { user: jidOf(letter), id: idOf(letter), audience: 'everybody', shown: FACETS, write: true, origins: [], keys: [], ...more };
}

export interface WholeOptions {
  readonly publications: readonly Publication[];
  /** What they are doing; whoever is not named has never been seen. */
  readonly online?: Readonly<Record<string, { readonly status?: string; readonly show?: 'away' | 'dnd' }>>;
  /** API keys by name; each gets a secret. */
  readonly keys?: Readonly<Record<string, readonly Scope[]>>;
  /** Of API keys that may not ask as often as they like, by their names: requests a minute. */
  readonly rates?: Readonly<Record<string, number>>;
}

export interface Whole {
  readonly port: number;
  /** What was logged, at every level. */
  readonly lines: string[];
  /** Of the API keys, by their names. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly whereabouts: Whereabouts;
  readonly publisher: Publisher;
}

/** Begins before the tests of the file, and ends after them. @returns nothing is in it before */
export function setWhole(options: WholeOptions): Whole {
  const whole = {} as Whole;
  const ends: (() => Promise<unknown>)[] = [];
  beforeAll(async () => void Object.assign(whole, await open(options, (end) => void ends.push(end))));
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });
  return whole;
}

async function open({ publications, online = {}, keys = {}, rates = {} }: WholeOptions, atEnd: (end: () => Promise<unknown>) => void): Promise<Whole> {
  const dir = await mkdtemp(join(tmpdir(), 'stanzapost-attacks-'));
  atEnd(() => rm(dir, { recursive: true }));
  const lines: string[] = [];
  const log = createLog('trace', { write: (line) => void lines.push(line) });
  const store = good(await openSqliteStore(join(dir, 'store.db'), {}, log));
  atEnd(() => store.close());
  const secrets: Record<string, string> = {};
  for (const [name, scopes] of Object.entries(keys)) {
    const secret = (secrets[name] = newSecret());
    await store.apiKeys.addApiKey({ name, hash: hashOf(secret), scopes, rate: rates[name] ?? 100_000, madeAt: 1 });
  }
  for (const publication of publications) await store.publications.putPublication(publication);
  const clock = (): number => Date.now();
  const whereabouts = new Whereabouts(clock);
  const preferences = new Preferences([], store, {});
  const publishing = new Publishing({ store, whereabouts, preferences, domain: 'gw.test', clock, log, publicUrl: PUBLIC_URL, serves: () => true, writesBy: mailOf, ownerOf, attendance, requestsPerMinute: 600 });
  await publishing.reload();
  await publishing.start();
  atEnd(() => publishing.stop());
  const links = new Links({ publicUrl: PUBLIC_URL, key: new Uint8Array(32), lifetime: 1_000 });
  const mails = new Site({ links, content: nothing, fileIn: nothing, publicUrl: PUBLIC_URL, clock, log });
  const listener = good(await startPublicListener({ host: '127.0.0.1', port: 0 }, new Front({ publicUrl: PUBLIC_URL, parts: publishing.web, mails }), log));
  atEnd(() => listener.close());
  for (const [letter, { status, show }] of Object.entries(online)) {
    const client = good(parseJid(`${jidOf(letter)}/phone`));
    whereabouts.available(client, { priority: 0, seen: true, ...(status !== undefined && { status }), ...(show !== undefined && { show }) });
  }
  // What comes at once is told a moment later.
  await waitUntil('all are seen', () => Object.keys(online).every((letter) => publishing.publisher.look(idOf(letter), { origin: SITE })?.online !== false), 10_000);
  return { port: listener.port, lines, secrets, whereabouts, publisher: publishing.publisher };
}

function good<T>(value: T | Failure): T {
  if (isFailure(value)) throw new Error(value.text);
  return value;
}

/** There is no XMPP server here to be asked. */
function attendance(): ReturnType<PublishingParts['attendance']> {
  const quiet = {
    capabilities: { of: () => Promise.resolve({ kinds: [] }) },
    following: { add: () => undefined, follow: () => Promise.resolve(), unfollow: () => undefined },
    faces: { onTold: () => undefined, onUp: () => undefined, nameOf: () => Promise.resolve(undefined), pictureOf: () => Promise.resolve(undefined) },
  };
  return quiet as unknown as ReturnType<PublishingParts['attendance']>;
}

function ownerOf({ local }: MailAddress): Promise<Jid | undefined> {
  const jid = parseJid(`${local}@verona.test`);
  return Promise.resolve(isFailure(jid) ? undefined : jid);
}

function mailOf({ local }: Jid): MailAddress | Failure {
  return parseMailAddress(`${local}@gw.test`);
}

// eslint-disable-next-line @typescript-eslint/require-await -- there is no mail
async function* nothing(): AsyncIterable<Uint8Array> {
  yield* [];
}

export interface Told {
  readonly status: number;
  readonly head: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

let askers = 0;

/** Another address each time, as a proxy beside us would name it: so no limit on one is met. */
export function anotherAddress(): string {
  askers++;
  return `10.${askers >> 16}.${(askers >> 8) & 255}.${askers & 255}`;
}

/** Asks as nobody asked before. */
export function get(whole: Whole, target: string, headers: Readonly<Record<string, string>> = {}, method = 'GET', body = ''): Promise<Told> {
  const all = { Host: 'gw.test', Connection: 'close', 'X-Forwarded-For': anotherAddress(), ...(body !== '' && { 'Content-Length': `${Buffer.byteLength(body)}` }), ...headers };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return told(whole.port, `${method} ${target} HTTP/1.1\r\n${head}\r\n${body}`);
}

/** Sends these bytes, and reads until the other side ends. @throws when nothing came that looks like an answer */
export async function told(port: number, text: string | Buffer): Promise<Told> {
  return readAnswer(await exchange(port, text));
}

/** All that comes back, until the other side ends. */
export async function exchange(port: number, text: string | Buffer): Promise<string> {
  const socket = await dial(port);
  socket.write(text);
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  await closed(socket);
  return Buffer.concat(pieces).toString();
}

export async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/**
 * What each takes: ms, the tenth percentile of 200, asked in turn. Whatever else the machine does only adds to some of them; so by the quickest ones two
 * are told apart best, here and by whoever measures from afar.
 */
export async function timesOf(asks: readonly (() => Promise<unknown>)[]): Promise<number[]> {
  const times = asks.map(() => [] as number[]);
  for (let i = 0; i < 200; i++) for (const [which, ask] of asks.entries()) {
    const start = performance.now();
    await ask();
    times[which]?.push(performance.now() - start);
  }
  return times.map((list) => list.sort((one, other) => one - other)[20] ?? NaN);
}

/** However it was closed. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

export function readAnswer(text: string): Told {
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...fields] = text.slice(0, Math.max(end, 0)).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
  if (Number.isNaN(status)) throw new Error(`no answer: ${JSON.stringify(text.slice(0, 200))}`);
  const headers = new Map(fields.map((field) => [field.slice(0, field.indexOf(':')).toLowerCase(), field.slice(field.indexOf(':') + 1).trim()]));
  return { status, head: fields.filter((field) => !/^date:/i.test(field)).join('\n'), headers, body: unchunked(text.slice(end + 4), headers) };
}

/** RFC 9112 §7.1, of a whole body. */
function unchunked(text: string, headers: ReadonlyMap<string, string>): string {
  if (headers.get('transfer-encoding') !== 'chunked') return text;
  const bytes = Buffer.from(text);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf('\r\n', at);
    const size = parseInt(bytes.toString('latin1', at, end), 16);
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return Buffer.concat(parts).toString();
}
