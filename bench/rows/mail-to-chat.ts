/**
 * Mail → chat: ten SMTP sessions kept open, a mail ends when Juliet's client on the XMPP server has it. The gateway with and
 * without verification, against the straight line of the libraries and against the same without parsing.
 */
import { contest, noteOf, type Contender, type Result } from '../contest.js';
import { against, type Figure } from '../figure.js';
import { Arrivals } from '../loads/arrivals.js';
import { MailSupply } from '../loads/mails.js';
import { sendAll, SmtpSession } from '../loads/smtp-session.js';
import { pidOf, type Processes } from '../processes.js';
import { SERVERS, serverOf, type Context, type Row } from '../row.js';
import { processesOf, setStage, startGateway, startLine, type Stage } from '../stage.js';

const SESSIONS = 10;
const [UNCHECKED, STRAIGHT, UNPARSED] = ['unchecked.example.test', 'straight.example.test', 'unparsed.example.test'] as const;
/** Where the relay would be: this row sends no mail out. */
const NO_RELAY = 9;

function row(id: string, size: string, bytes: number, quick: boolean): Row {
  return { id, title: `mail → chat, ${size}`, quick, servers: SERVERS, run: (context) => run(context, size, bytes) };
}

export const mailToChat: readonly Row[] = [row('mail-to-chat', '1 KB', 1_024, true), row('mail-to-chat-10k', '10 KB', 10_240, false)];

async function run(context: Context, size: string, bytes: number): Promise<Figure[]> {
  const stage = await setStage(context, [UNCHECKED, STRAIGHT, UNPARSED]);
  const arrivals = new Arrivals(stage.juliet);
  const mails = new MailSupply(`juliet@${stage.server.component}`, bytes);
  const enter = (name: string, port: number, domain: string, middle: Processes): Promise<Contender> =>
    contender(context, { name, port, domain, arrivals, mails, processes: processesOf(stage, middle) });

  const verified = await startGateway(context, stage, { relayPort: NO_RELAY, dnsPort: stage.dnsPort });
  const unchecked = await startGateway(context, stage, { relayPort: NO_RELAY, component: UNCHECKED });
  const contenders = [
    await enter('verified', verified.smtpPort, stage.server.component, { gateway: pidOf(verified, 'the gateway') }),
    await enter('unverified', unchecked.smtpPort, UNCHECKED, { gateway: pidOf(unchecked, 'the gateway') }),
  ];
  if (context.profile === null) contenders.push(...(await lines(context, stage, enter)));
  const results = await contest(context, contenders, { seconds: context.quick ? 0.8 : 2, least: 500, most: 6_000 });
  if (arrivals.repeated > 0) context.say(`${arrivals.repeated} messages came more than once`);
  return figures(context, size, results);
}

type Enter = (name: string, port: number, domain: string, middle: Processes) => Promise<Contender>;

async function lines(context: Context, stage: Stage, enter: Enter): Promise<Contender[]> {
  const straight = await startLine(context, stage, 'mail-to-chat', { domain: STRAIGHT, kind: 'parsed' });
  const unparsed = await startLine(context, stage, 'mail-to-chat', { domain: UNPARSED, kind: 'unparsed' });
  return [
    await enter('straight', straight.port, STRAIGHT, { line: pidOf(straight, 'the line') }),
    await enter('unparsed', unparsed.port, UNPARSED, { line: pidOf(unparsed, 'the line') }),
  ];
}

interface Entry {
  readonly name: string;
  readonly port: number;
  readonly domain: string;
  readonly arrivals: Arrivals;
  readonly mails: MailSupply;
  readonly processes: Processes;
}

async function contender(context: Context, { name, port, domain, arrivals, mails, processes }: Entry): Promise<Contender> {
  const sessions = await Promise.all(Array.from({ length: SESSIONS }, () => SmtpSession.open(port)));
  context.cleanUp(() => Promise.all(sessions.map((session) => session.quit())));
  return {
    name,
    processes,
    prepare: (round, messages) => {
      const load = mails.take(round, messages);
      return Promise.resolve(async () => {
        await Promise.all([arrivals.expect(load.first, messages), sendAll(sessions, load.mails, `juliet@${domain}`)]);
      });
    },
  };
}

function figures(context: Context, size: string, [verified, unverified, straight, unparsed]: readonly Result[]): Figure[] {
  if (!verified || !unverified || !straight || !unparsed) return [];
  const figure = (what: string, ours: Result, other: string, theirs: Result, goal: number | null): Figure => {
    const name = `mail → chat, ${size}, ${what} · ${serverOf(context)} · against ${other}`;
    const note = `${noteOf(ours, 'mails/s')} · baseline ${noteOf(theirs, 'mails/s')}`;
    return against(theirs.rate, { name, unit: 'mails/s', value: ours.rate, goal, higherIsBetter: true, note });
  };
  return [
    figure('unverified', unverified, 'the straight line', straight, 0.8),
    figure('verified', verified, 'the straight line', straight, 0.6),
    figure('unverified', unverified, 'the line without parsing', unparsed, 0.4),
    figure('verified', verified, 'the line without parsing', unparsed, null),
  ];
}
