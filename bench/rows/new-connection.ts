/**
 * One new SMTP connection for each mail, ten at a time, as the world's mail servers come: the gateway with verification
 * against Postfix's smtp-sink in its place. Ours end when Juliet
 * has the last of them, the sink's when the last connection is closed after QUIT.
 */
import { Comparison, contest, type Contender } from '../contest.js';
import type { Figure } from '../figure.js';
import { Arrivals } from '../loads/arrivals.js';
import { MailSupply, type Mail } from '../loads/mails.js';
import { startCountingSink } from '../loads/smtp-sink.js';
import { SmtpSession } from '../loads/smtp-session.js';
import { pidOf } from '../processes.js';
import { SERVERS, serverOf, type Context, type Row } from '../row.js';
import { processesOf, setStage, startGateway } from '../stage.js';

const AT_A_TIME = 10;
const BYTES = 1_024;
const NO_RELAY = 9;

export const newConnection: Row = { id: 'new-connection', title: 'one new SMTP connection per mail, 10 at a time', quick: true, servers: SERVERS, run };

async function run(context: Context): Promise<Figure[]> {
  const stage = await setStage(context);
  const arrivals = new Arrivals(stage.juliet);
  const to = `juliet@${stage.server.component}`;
  const mails = new MailSupply({ to, bytes: BYTES, batch: 'new' });
  const gateway = await startGateway(context, stage, { relayPort: NO_RELAY, dnsPort: stage.dnsPort });
  const ours: Contender = {
    name: 'gateway',
    processes: processesOf(stage, { gateway: pidOf(gateway, 'the gateway') }),
    prepare: (round, messages) => {
      const load = mails.take(round, messages);
      return Promise.resolve(async () => {
        await Promise.all([arrivals.expect(load.first, messages), sendOneByOne(gateway.smtpPort, load.mails, to)]);
      });
    },
  };
  const contenders = context.profile === null ? [ours, await sinkInOurPlace(context, mails, to)] : [ours];
  const results = await contest(context, contenders, { seconds: context.quick ? 0.8 : 2, warmUp: 1_000, least: 300, most: 6_000 });
  const name = `one new SMTP connection per mail, 10 at a time · ${serverOf(context)} · against smtp-sink`;
  return new Comparison(contenders, results, 'mails/s').rate(name, 'gateway', 'smtp-sink', 0.2);
}

async function sinkInOurPlace(context: Context, mails: MailSupply, to: string): Promise<Contender> {
  const sink = await startCountingSink();
  context.cleanUp(() => sink.stop());
  return {
    name: 'smtp-sink',
    processes: { sink: pidOf(sink, 'smtp-sink'), sender: process.pid },
    prepare: (round, messages) => {
      const load = mails.take(round, messages);
      return Promise.resolve(() => sendOneByOne(sink.port, load.mails, to));
    },
  };
}

async function sendOneByOne(port: number, mails: readonly Mail[], to: string): Promise<void> {
  const rest = mails.values();
  await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
    for (const mail of rest) {
      const session = await SmtpSession.open(port);
      await session.send(mail, to);
      await session.quit();
    }
  }));
}
