/** Many users come online for whom messages wait, and the gateway is killed in the middle. */
import { createTransport } from 'nodemailer';
import type { Figure } from '../../bench/figure.js';
import { untilStill, waitUntil } from '../../test/servers/wait.js';
import { command } from '../../test/scenarios/commands.js';
import { mailText, startWorld, type World } from '../../test/scenarios/world.js';
import { Checker } from '../checker.js';
import { visit } from '../crowd.js';
import { counter, named } from '../figures.js';
import { noteMail } from '../mail-load.js';
import { SERVERS, serverOf, type Context, type Row } from '../row.js';

const SHORT = { users: 120, each: 6, atOnce: 40 };
const LONG = { users: 10_000, each: 10, atOnce: 300 };
/** Connections that hand mail in; each is two senders, and writes to its share of the users. */
const LANES = 5;
/** Two hundred users are served at once, and twenty messages of each are under way. */
const UNDER_WAY = 4_000;
const QUIET_MS = 5_000;
const DEADLINE_MS = 60_000;

type Size = typeof LONG;

export const homecoming: Row = {
  id: 'homecoming',
  title: 'Messages that waited, as their users come online; SIGKILL of the gateway in the middle',
  servers: SERVERS,
  run: async (context) => {
    const size = context.long ? LONG : SHORT;
    const world = await startWorld(serverOf(context), { xmpp: { crowd: size.users }, settings: { offline: 'policy = "hold"', log: 'level = "warn"' } });
    context.cleanUp(() => world.stop());
    const checker = new Checker();
    const posted = performance.now();
    await postAll(world, size, checker);
    context.say(`${checker.answeredCount} mails wait after ${seconds(posted)} s`);
    const took = await comeHome(world, size, checker, context);
    const again = await comeAgain(world, size, checker);
    await waitUntil('nothing is held', async () => (await held(world)).length === 0, DEADLINE_MS).catch(() => undefined);
    return figuresOf(checker, { took, again, held: (await held(world)).length }, context);
  },
};

/** Each user gets his mails from two senders in turn. */
async function postAll(world: World, { users, each }: Size, checker: Checker): Promise<void> {
  await Promise.all(Array.from({ length: LANES }, async (_, lane) => {
    const transport = createTransport({ pool: true, maxConnections: 1, maxMessages: Infinity, host: '127.0.0.1', port: world.gateway.smtpPort, name: 'mx.montague.test', ignoreTLS: true });
    for (let round = 0; round < each; round++) {
      for (let user = lane; user < users; user += LANES) {
        const id = `home-${user}-${round}`;
        const from = `romeo${round % 2}@montague.test`;
        const to = `crowd${user}@${world.server.component}`;
        checker.sent(id, `${from} ${to}`);
        await transport.sendMail({ envelope: { from, to: [to] }, raw: mailText({ From: from, To: to, 'Message-ID': `<${id}@montague.test>` }, `mail ${id}.`) });
        checker.answered(id);
      }
    }
    transport.close();
  }));
}

/** Kills the gateway when half of them have left. @returns how long it took, ms */
async function comeHome(world: World, { users, each, atOnce }: Size, checker: Checker, context: Context): Promise<number> {
  const began = performance.now();
  let killing: Promise<void> | undefined;
  const killOnce = async (): Promise<void> => {
    await world.gateway.kill();
    checker.fault();
    await world.gateway.start();
  };
  const left = (count: number): void => {
    if (count >= users / 2) killing ??= killOnce();
    if (count % 1_000 === 0) context.say(`${count} users have read and left, after ${seconds(began)} s`);
  };
  const members = Array.from({ length: users }, (_, i) => [`crowd${i}@${world.server.domain}`, each] as const);
  await visit({ server: world.server, members, atOnce, take: (stanza) => noteMail(checker, stanza), left });
  await killing;
  await untilStill(() => checker.missing().length, QUIET_MS);
  return performance.now() - began;
}

/** Who had read and left when the gateway was killed, before it knew, gets the same once more. @returns how many users */
async function comeAgain(world: World, { atOnce }: Size, checker: Checker): Promise<number> {
  const waiting = new Map<string, number>();
  for (const { recipient } of await held(world)) waiting.set(recipient, (waiting.get(recipient) ?? 0) + 1);
  await visit({ server: world.server, members: [...waiting], atOnce, take: (stanza) => noteMail(checker, stanza) });
  return waiting.size;
}

/** At most 1,000. */
async function held(world: World): Promise<{ readonly recipient: string }[]> {
  const { out } = await command(world.gateway, 'queue', 'list', '--json', '--limit', '1000', '--config', world.gateway.configPath);
  return JSON.parse(out) as { recipient: string }[];
}

const seconds = (since: number): number => Math.round((performance.now() - since) / 1_000);

function figuresOf(checker: Checker, { took, again, held: left }: { took: number; again: number; held: number }, context: Context): Figure[] {
  const verdict = checker.verdict();
  const count = counter('held messages, gateway killed', serverOf(context));
  return [
    count('mails answered 250', 'lost', verdict.lost.length, 0, `${verdict.answered} mails answered, ${verdict.arrived} arrived in ${Math.round(took / 1_000)} s ${named(verdict.lost)}`),
    count('mails, after the kill', 'twice', verdict.worstRepeats, UNDER_WAY, `${verdict.repeats} repeats in all`),
    count('mails that came twice under another stanza id', 'mails', verdict.renamed.length, 0, named(verdict.renamed)),
    count('mails of a sender', 'out of order', verdict.disordered.length, 0, named(verdict.disordered)),
    count('still held when everybody has read', 'mails', left, 0, `${again} users came again: they had read and left before the gateway knew`),
  ];
}
