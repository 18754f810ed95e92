/**
 * Large mails into the gateway, until the last 250: bytes a second against smtp-server dropping them, and how much memory
 * twenty at a time take.
 */
import { writeFileSync } from 'node:fs';
import { contest, noteOf, type Contender } from '../contest.js';
import { against, alone, readable, type Figure } from '../figure.js';
import { attachment, largeMail } from '../loads/large-mails.js';
import { sendAll, SmtpSession } from '../loads/smtp-session.js';
import { peakMb, pidOf, residentMb } from '../processes.js';
import { SERVERS, serverOf, type Context, type Row } from '../row.js';
import { setStage, startGateway, startLine, type Stage } from '../stage.js';

const MB = 1 << 20;
const NO_RELAY = 9;
const AT_A_TIME = 20;
const MOST_MB_ABOVE_IDLE = 300;
/** Files in chat are a row of their own. */
const INTAKE = { files: 'upload = false' };
const MEMORY = 'memory.example.test';

interface Size {
  readonly name: string;
  readonly bytes: number;
  readonly sessions: number;
  /** In one turn. */
  readonly least: number;
  readonly most: number;
}

const SIZES: readonly Size[] = [
  { name: '1 MB', bytes: MB, sessions: 10, least: 10, most: 200 },
  // The default limit is 50 MiB in all; the head of the mail needs some of it.
  { name: '50 MB', bytes: 50_000_000, sessions: 2, least: 2, most: 4 },
];

function row(id: string, size: Size): Row {
  return { id, title: `mail → chat, ${size.name}`, quick: false, servers: SERVERS, run: (context) => run(context, size) };
}

export const sizes: readonly Row[] = SIZES.map((size) => row(`mail-to-chat-${size.name.replace(' ', '').toLowerCase()}`, size));

async function run(context: Context, size: Size): Promise<Figure[]> {
  const stage = await setStage(context, [MEMORY]);
  stage.juliet.resume();
  const supply = new Supply(`juliet@${stage.server.component}`, size.bytes);
  const gateway = await startGateway(context, stage, { relayPort: NO_RELAY, dnsPort: stage.dnsPort, settings: INTAKE });
  const pid = pidOf(gateway, 'the gateway');
  const contenders = [await contender(context, 'gateway', { pid, port: gateway.smtpPort, size, supply })];
  if (context.profile === null) {
    const drop = await startLine(context, stage, 'drop', { domain: stage.server.component, kind: 'drop' });
    contenders.push(await contender(context, 'line', { pid: pidOf(drop, 'the line'), port: drop.port, size, supply }));
  }
  const [ours, theirs] = await contest(context, contenders, { warmUp: size.least, seconds: context.quick ? 1 : 3, least: size.least, most: size.most });
  if (ours === undefined || theirs === undefined) return [];
  const megabytes = size.bytes / 1_000_000;
  const rate = against(theirs.rate * megabytes, {
    name: `mail → chat, ${size.name}, verified · ${serverOf(context)} · against smtp-server dropping them`,
    unit: 'MB/s',
    value: ours.rate * megabytes,
    goal: 0.3,
    higherIsBetter: true,
    note: `${noteOf(ours, 'mails/s')} · baseline ${noteOf(theirs, 'mails/s')}`,
  });
  return [rate, await memory(context, stage, size, supply)];
}

interface Entry {
  readonly pid: number;
  readonly port: number;
  readonly size: Size;
  readonly supply: Supply;
}

async function contender(context: Context, name: string, { pid, port, size, supply }: Entry): Promise<Contender> {
  const sessions = await open(context, port, size.sessions);
  return {
    name,
    processes: { [name]: pid, sender: process.pid },
    prepare: (_round, messages) => Promise.resolve(() => sendAll(sessions, supply.take(messages), supply.to)),
  };
}

/** Mails that were never sent before, over one attachment. */
class Supply {
  readonly #rest: Buffer;
  #next = 0;

  constructor(
    readonly to: string,
    bytes: number,
  ) {
    this.#rest = attachment(bytes);
  }

  take(count: number): ReturnType<typeof largeMail>[] {
    return Array.from({ length: count }, () => largeMail(this.#next++, this.to, this.#rest));
  }
}

/** On a fresh gateway; the peak of its start is forgotten before the load. */
async function memory(context: Context, stage: Stage, size: Size, supply: Supply): Promise<Figure> {
  const gateway = await startGateway(context, stage, { relayPort: NO_RELAY, dnsPort: stage.dnsPort, component: MEMORY, settings: INTAKE });
  const pid = pidOf(gateway, 'the gateway');
  const to = `juliet@${MEMORY}`;
  const sessions = await open(context, gateway.smtpPort, AT_A_TIME);
  const idle = residentMb(pid);
  // proc(5): forgets VmHWM.
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  await sendAll(sessions, supply.take(AT_A_TIME), to);
  const peak = peakMb(pid);
  return alone({
    name: `mail → chat, ${size.name}, ${AT_A_TIME} at a time · ${serverOf(context)} · peak memory above idle`,
    unit: 'MB',
    value: peak - idle,
    goal: MOST_MB_ABOVE_IDLE,
    higherIsBetter: false,
    note: `idle ${readable(idle)} MB, peak ${readable(peak)} MB`,
  });
}

async function open(context: Context, port: number, count: number): Promise<SmtpSession[]> {
  const sessions = await Promise.all(Array.from({ length: count }, () => SmtpSession.open(port)));
  context.cleanUp(() => Promise.all(sessions.map((session) => session.quit())));
  return sessions;
}
