/**
 * A disk that is full, fails or cannot be written: mail is answered 4xx, chats with an error that says wait, an administrator
 * reads it once in the log and in /readyz, and all is well again without a restart when the disk is.
 *
 * A file system of its own in a mount namespace is really full; where the kernel gives us no namespace, and for what no
 * healthy file system does, libfiu makes the system calls fail.
 */
import { alone, type Figure } from '../../bench/figure.js';
import { untilStill, waitUntil } from '../../test/servers/wait.js';
import { condition, isErrorOn } from '../../test/scenarios/stanzas.js';
import { mayMount, onOwnDisk, smallDisk, underFiu, type Trouble } from '../disk-trouble.js';
import { arrived, logLines, openHouse, startRefused, type House } from '../house.js';
import { serverOf, type Context, type Row } from '../row.js';

const DEADLINE = 30_000;
/** Lines of warning or worse while one fault lasts: the store's word, the mails', the chats', and the end. */
const MOST_LINES = 12;

export const disk: Row = {
  id: 'disk',
  title: 'disk full, write errors, read-only file system',
  // What is tried stands behind the XMPP server.
  servers: ['prosody'],
  async run(context) {
    const figures: Figure[] = [];
    for (const trouble of await troubles(context)) figures.push(...(await suffer(context, trouble)));
    if (await mayMount()) figures.push(await refusedStart(context));
    return figures;
  },
};

async function troubles(context: Context): Promise<Trouble[]> {
  const real = await mayMount();
  if (!real) context.say('no mount namespace to be had here: the full disk is made by libfiu');
  const full = real ? smallDisk() : underFiu('disk full', 'posix/io/rw/pwrite', 'ENOSPC');
  if (!context.long) return [full];
  return [full, underFiu('write errors', 'posix/io/rw/pwrite', 'EIO'), underFiu('fsync fails', 'posix/io/sync/fsync', 'EIO'), underFiu('turned read-only', 'posix/io/rw/pwrite', 'EROFS'), underFiu('one write in fifty fails', 'posix/io/rw/pwrite', 'EIO', 0.02)];
}

/** What the senders saw. */
interface Account {
  /** Mails answered 250, at any time. */
  readonly kept: Set<string>;
  during: { accepted: number; deferred: number; other: number };
  chatsUnanswered: number;
  chatsAnsweredOtherwise: number;
}

async function suffer(context: Context, trouble: Trouble): Promise<Figure[]> {
  const rounds = context.long ? 5 : 1;
  const house = await openHouse(context, { settings: { smtp_out: 'retry = ["1s"]' }, wrap: trouble.wrap });
  await house.gateway.start();
  const account: Account = { kept: new Set(), during: { accepted: 0, deferred: 0, other: 0 }, chatsUnanswered: 0, chatsAnsweredOtherwise: 0 };
  let lines = 0;
  let told = true;
  for (let round = 0; round < rounds; round++) {
    await flow(house, account, `${round}-before`);
    const before = house.gateway.log().length;
    await trouble.begin(house.gateway);
    await during(house, account, round, trouble.total);
    const said = logLines(house.gateway.log().slice(before)).filter(({ level }) => level === 'warn' || level === 'error' || level === 'fatal');
    lines = Math.max(lines, said.length);
    told &&= !trouble.total || said.some((line) => JSON.stringify(line).includes(house.gateway.storePath));
    await trouble.end(house.gateway);
    await waitUntil('ready again without a restart', () => house.gateway.ready(), DEADLINE);
    await flow(house, account, `${round}-after`);
  }
  const lost = await missing(house, account);
  const copies = arrived(house).length - new Set(arrived(house)).size;
  return figuresOf(`${trouble.title} · ${serverOf(context)}`, account, { lost, copies, lines, told, total: trouble.total });
}

/** A start on a file system that is read-only. */
async function refusedStart(context: Context): Promise<Figure> {
  const house = await openHouse(context, { wrap: onOwnDisk('ro') });
  const { code, output } = await startRefused(house.gateway);
  const told = output.includes(house.gateway.storePath);
  return alone({ name: `read-only at the start · ${serverOf(context)} · not refused with exit code and path`, unit: 'times', value: code !== 0 && told ? 0 : 1, goal: 0, higherIsBetter: false, note: `exit code ${code}` });
}

/** All is well: everything is taken. */
async function flow(house: House, account: Account, name: string): Promise<void> {
  const ids = Array.from({ length: 5 }, (_, i) => `${name}-${i}`);
  const codes = await Promise.all(ids.map((id) => house.post(id, 'x'.repeat(2_000))));
  if (codes.some((code) => code !== 250)) throw new Error(`a healthy gateway answered ${codes.join(' ')}\n${house.gateway.log().slice(-3_000)}`);
  for (const id of ids) account.kept.add(id);
}

async function during(house: House, account: Account, round: number, total: boolean): Promise<void> {
  if (total) await waitUntil('/readyz says it', async () => !(await house.gateway.ready()), DEADLINE);
  const mails = Array.from({ length: 40 }, (_, i) => `${round}-during-${i}`);
  const chats = Array.from({ length: 10 }, (_, i) => `${round}-${i}`);
  for (const id of chats) house.say(id);
  await Promise.all(mails.map(async (id) => {
    const code = await house.post(id, 'y'.repeat(5_000));
    if (code === 250) account.kept.add(id);
    account.during[code === 250 ? 'accepted' : code >= 400 && code < 500 ? 'deferred' : 'other']++;
  }));
  if (!total) return;
  await Promise.all(chats.map(async (id) => {
    const answer = await house.juliet.waitFor(isErrorOn(`a-chat-with-id-${id}`), DEADLINE).catch(() => undefined);
    if (answer === undefined) account.chatsUnanswered++;
    else if (!condition(answer).startsWith('wait ')) account.chatsAnsweredOtherwise++;
  }));
}

async function missing(house: House, account: Account): Promise<number> {
  const left = (): string[] => [...account.kept].filter((id) => !arrived(house).includes(id));
  return untilStill(() => left().length, DEADLINE);
}

interface Seen {
  readonly lost: number;
  readonly copies: number;
  readonly lines: number;
  readonly told: boolean;
  readonly total: boolean;
}

function figuresOf(name: string, account: Account, seen: Seen): Figure[] {
  const count = (what: string, unit: string, value: number, goal: number | null, note?: string): Figure =>
    alone({ name: `${name} · ${what}`, unit, value, goal, higherIsBetter: false, ...(note !== undefined && { note }) });
  const { accepted, deferred, other } = account.during;
  return [
    count('answered 250 and lost', 'mails', seen.lost, 0, `${account.kept.size} answered 250, ${seen.copies} came twice`),
    count('answered 250 while it lasted', 'mails', accepted, seen.total ? 0 : null, `${deferred} answered 4xx`),
    count('answered neither 250 nor 4xx', 'mails', other, 0),
    ...(seen.total ? [count('chats without an error that says wait', 'chats', account.chatsUnanswered + account.chatsAnsweredOtherwise, 0)] : []),
    count('log lines of warning or worse', 'lines', seen.lines, MOST_LINES, seen.told ? 'with the path of the store' : 'WITHOUT the path of the store'),
    ...(seen.total ? [count('not told in the log with its path', 'times', seen.told ? 0 : 1, 0)] : []),
  ];
}
