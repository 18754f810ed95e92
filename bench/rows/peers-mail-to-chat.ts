/** Mail → chat as Postfix pipes it: a process that logs in for each mail, twenty at a time, without any verification. */
import { startPostfix } from '../../test/servers/postfix.js';
import { contest, peerFigures } from '../contest.js';
import type { Figure } from '../figure.js';
import { Arrivals } from '../loads/arrivals.js';
import { MailSupply } from '../loads/mails.js';
import { mailContender } from '../mail-contender.js';
import { pidOf } from '../processes.js';
import { serverOf, type Context } from '../row.js';
import { setStage, startGateway, type Stage } from '../stage.js';

const BYTES = 1_024;
const NO_RELAY = 9;
const PIPED = 'piped.test';
/** Each of these is a process that ends: there is nothing in it to warm up. */
const WARM_UP = 20;

export async function mailToChat(context: Context): Promise<Figure[]> {
  const stage = await setStage(context);
  const { component } = stage.server;
  const load = { stage, arrivals: new Arrivals(stage.juliet), mails: new MailSupply({ to: `juliet@${component}`, bytes: BYTES, batch: 'peers' }) };
  const gateway = await startGateway(context, stage, { relayPort: NO_RELAY, dnsPort: stage.dnsPort });
  const contenders = [await mailContender(context, load, { name: 'gateway', port: gateway.smtpPort, domain: component, middle: { gateway: pidOf(gateway, 'the gateway') } })];
  for (const [name, command] of context.profile === null ? senders(stage) : []) {
    const postfix = await startPostfix({ relayPort: NO_RELAY, pipe: { domain: PIPED, command } });
    context.cleanUp(() => postfix.stop());
    contenders.push({ ...(await mailContender(context, load, { name, port: postfix.port, domain: PIPED, middle: {} })), warmUp: WARM_UP });
  }
  const results = await contest(context, contenders, { warmUp: 2_000, seconds: context.quick ? 1 : 2, least: WARM_UP, most: 10_000 });
  return peerFigures(`mail → chat, 1 KB, ours verified · ${serverOf(context)}`, contenders, results, 'mails/s');
}

/** Command lines that read a mail and log in as Romeo to send it to Juliet. */
function senders({ server }: Stage): [string, string][] {
  const { romeo, juliet } = server.users;
  const place = `127.0.0.1:${server.c2sPort}`;
  const [name = '', domain = ''] = romeo.jid.split('@');
  // With its own resource for all, each login of sendxmpp would end the one before, and lose its message.
  const perl = `/usr/bin/sendxmpp -u ${name} -p ${romeo.password} -j ${place} -o ${domain} -r \${queue_id} ${juliet.jid}`;
  return [
    ['Postfix pipe, go-sendxmpp', `/usr/bin/go-sendxmpp -u ${romeo.jid} -p ${romeo.password} -j ${place} -n ${juliet.jid}`],
    ['Postfix pipe, sendxmpp', perl],
  ];
}
