/**
 * The demo: a private Prosody, a mail server that stands for the outside world, the gateway on SQLite, and two people.
 * Plays chat → mail → reply → chat and presence → web, shows the real stanzas and mails, then stays up. `--once` ends after the round trip
 * with one line of JSON.
 */
import { parseArgs } from 'node:util';
import { build } from '../test/build.js';
import { GatewayProcess } from '../test/scenarios/gateway-process.js';
import { connectClient } from '../test/servers/client.js';
import { claimPorts } from '../test/servers/ports.js';
import { startProsody } from '../test/servers/prosody.js';
import { startMailSink } from '../test/servers/smtp-sink.js';
import { Narrator } from './narrator.js';
import { playRoundTrip, type Stage } from './round-trip.js';


const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
const narrator = new Narrator();
let gatewayLog = (): string => '';
const opened: (() => Promise<unknown>)[] = [];

async function setTheStage(): Promise<Stage> {
  await narrator.step('build the gateway', () => build());
  const server = await narrator.step('start a private Prosody', () => startProsody());
  opened.push(() => server.dispose());
  const outside = await narrator.step('start the mail server outside (montague.example)', () => startMailSink());
  opened.push(() => outside.stop());
  const [webPort = 0] = await claimPorts(1);
  const webUrl = `http://127.0.0.1:${webPort}`;
  const gateway = await GatewayProcess.prepare({ server, relayPort: outside.port, settings: { web: `listen = "127.0.0.1:${webPort}"\npublic_url = "${webUrl}"` } });
  gatewayLog = () => gateway.log();
  opened.push(() => gateway.dispose());
  await narrator.step('start the gateway on SQLite', () => gateway.start());
  return { server, outside, gateway, webUrl };
}

async function strikeTheStage(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}

function invite({ server, gateway }: Stage, page: string): string {
  const { juliet, romeo } = server.users;
  return [
    'All of it stays up. Join in:',
    '',
    `  XMPP client   server 127.0.0.1, port ${server.c2sPort}, self-signed certificate or no encryption`,
    `                ${juliet.jid}  password ${juliet.password}`,
    `                ${romeo.jid}  password ${romeo.password}`,
    `  a mail contact is  name%anything.example@${server.component}`,
    '  every mail that leaves, and what Juliet gets, is printed here',
    `  write help to ${server.component}: it names all that it understands`,
    '',
    `  her page      ${page}  (how she is, live; ${page}/embed has badges and the widget)`,
    '',
    '  send a mail in:',
    `    printf 'From: you@montague.example\\nSubject: Hello\\n\\nHello Juliet\\n' | curl -sS smtp://127.0.0.1:${gateway.smtpPort} --mail-from you@montague.example --mail-rcpt juliet@${server.component} --crlf -T -`,
    '',
    `  the queue     node dist/main.js queue list --config ${gateway.configPath}`,
    `  metrics       curl http://127.0.0.1:${gateway.adminPort}/metrics`,
    '',
    'Ctrl-C ends it and removes everything.',
  ].join('\n');
}

/** Prints mails and chats until the process is told to end. */
async function stayUp(stage: Stage): Promise<void> {
  const juliet = await connectClient(stage.server, 'juliet');
  let mails = stage.outside.mails.length;
  let stanzas = juliet.received.length;
  const watch = setInterval(() => {
    for (const mail of stage.outside.mails.slice(mails)) narrator.show(`mail for ${mail.to.join(', ')}`, Buffer.from(mail.raw, 'latin1').toString());
    for (const stanza of juliet.received.slice(stanzas)) narrator.show('chat for juliet', stanza.toString());
    mails = stage.outside.mails.length;
    stanzas = juliet.received.length;
  }, 200);
  await new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  clearInterval(watch);
  await juliet.close();
}

async function main(): Promise<number> {
  try {
    const stage = await setTheStage();
    const page = await playRoundTrip(stage, narrator);
    if (values.once) {
      await strikeTheStage();
      console.log(JSON.stringify({ ok: true, steps: narrator.steps }));
      return 0;
    }
    narrator.say(invite(stage, page));
    await stayUp(stage);
    return 0;
  } catch (error) {
    narrator.say(`It failed: ${error instanceof Error ? error.message : String(error)}`);
    if (gatewayLog() !== '') narrator.show('the gateway\'s log', gatewayLog());
    if (values.once) console.log(JSON.stringify({ ok: false, steps: narrator.steps, error: String(error) }));
    return 1;
  } finally {
    await strikeTheStage();
  }
}

process.exitCode = await main();
