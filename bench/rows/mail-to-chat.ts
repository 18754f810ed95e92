/**
 * Mail → chat: ten SMTP sessions kept open, a mail ends when Juliet's client on the XMPP server has it. The gateway with and
 * without verification, against the straight line of the libraries and against the same without parsing.
 */
import { Comparison, contest, type Contender } from '../contest.js';
import type { Figure } from '../figure.js';
import { Arrivals } from '../loads/arrivals.js';
import { MailSupply, WRITERS } from '../loads/mails.js';
import { mailContender, type MailLoad } from '../mail-contender.js';
import { pidOf } from '../processes.js';
import { SERVERS, serverOf, type Context, type Row } from '../row.js';
import { setStage, startGateway, startLine } from '../stage.js';

const [UNCHECKED, STRAIGHT, UNPARSED] = ['unchecked.example.test', 'straight.example.test', 'unparsed.example.test'] as const;
/** Where the relay would be: this row sends no mail out. */
const NO_RELAY = 9;

function row(id: string, size: string, bytes: number, quick: boolean): Row {
  return { id, title: `mail → chat, ${size}`, quick, servers: SERVERS, run: (context) => run(context, size, bytes) };
}

export const mailToChat: readonly Row[] = [row('mail-to-chat', '1 KB', 1_024, true), row('mail-to-chat-10k', '10 KB', 10_240, false)];

async function run(context: Context, size: string, bytes: number): Promise<Figure[]> {
  const stage = await setStage(context, [UNCHECKED, STRAIGHT, UNPARSED]);
  const to = `juliet@${stage.server.component}`;
  const load = { stage, arrivals: new Arrivals(stage.juliet), mails: new MailSupply({ to, bytes, batch: 'many' }) };
  const onePair = { ...load, mails: new MailSupply({ to, bytes, batch: 'one', writers: WRITERS.slice(0, 1) }) };
  const contenders = await gateways(context, load, onePair);
  if (context.profile === null) contenders.push(await line(context, load, STRAIGHT, 'parsed'), await line(context, load, UNPARSED, 'unparsed'));
  const results = await contest(context, contenders, { seconds: context.quick ? 0.8 : 2, warmUp: 2_000, least: 300, most: 20_000 });
  if (load.arrivals.repeated > 0) context.say(`${load.arrivals.repeated} messages came more than once`);
  return figures(`mail → chat, ${size}`, serverOf(context), new Comparison(contenders, results, 'mails/s'));
}

async function gateways(context: Context, load: MailLoad, onePair: MailLoad): Promise<Contender[]> {
  const { server, dnsPort } = load.stage;
  const verified = await startGateway(context, load.stage, { relayPort: NO_RELAY, dnsPort });
  const unchecked = await startGateway(context, load.stage, { relayPort: NO_RELAY, component: UNCHECKED });
  const gateway = { gateway: pidOf(unchecked, 'the gateway') };
  const contenders = [
    await mailContender(context, load, { name: 'verified', port: verified.smtpPort, domain: server.component, middle: { gateway: pidOf(verified, 'the gateway') } }),
    await mailContender(context, load, { name: 'unverified', port: unchecked.smtpPort, domain: UNCHECKED, middle: gateway }),
  ];
  if (!context.quick) contenders.push(await mailContender(context, onePair, { name: 'one pair', port: unchecked.smtpPort, domain: UNCHECKED, middle: gateway }));
  return contenders;
}

async function line(context: Context, load: MailLoad, domain: string, kind: string): Promise<Contender> {
  const started = await startLine(context, load.stage, 'mail-to-chat', { domain, kind });
  return mailContender(context, load, { name: kind, port: started.port, domain, middle: { line: pidOf(started, 'the line') } });
}

function figures(title: string, server: string, results: Comparison): Figure[] {
  return [
    ...results.rate(`${title}, unverified · ${server} · against the straight line`, 'unverified', 'parsed', 0.8),
    ...results.rate(`${title}, verified · ${server} · against the straight line`, 'verified', 'parsed', 0.6),
    ...results.rate(`${title}, unverified · ${server} · against the line without parsing`, 'unverified', 'unparsed', 0.4),
    ...results.rate(`${title}, verified · ${server} · against the line without parsing`, 'verified', 'unparsed', null),
    ...results.rate(`${title}, unverified, all from one person · ${server} · against the straight line`, 'one pair', 'parsed', null),
    ...results.cpu(`${title}, unverified · ${server} · CPU per message against the straight line`, 'unverified', 'parsed'),
    ...results.cpu(`${title}, verified · ${server} · CPU per message against the straight line`, 'verified', 'parsed'),
  ];
}
