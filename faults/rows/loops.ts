/** Machines that answer each other through the gateway, and people who must not be taken for machines. */
import type { Figure } from '../../bench/figure.js';
import { SECOND, startPair } from '../../test/scenarios/gateway-pair.js';
import { GatewayProcess } from '../../test/scenarios/gateway-process.js';
import { startEjabberd } from '../../test/servers/ejabberd.js';
import { startProsody } from '../../test/servers/prosody.js';
import { startMailSink } from '../../test/servers/smtp-sink.js';
import { waitUntil } from '../../test/servers/wait.js';
import type { XmppServer } from '../../test/servers/xmpp-server.js';
import { counter } from '../figures.js';
import { SERVERS, serverOf, type Context, type Row } from '../row.js';
import { Answerer, Bot, settledCount, type Answer } from '../talkers.js';

const SHORT = { quiet: 1_500, exchanges: 5, machines: 1 };
const LONG = { quiet: 8_000, exchanges: 40, machines: 5 };
/** The limit: messages of a pair within an hour. */
const MOST = 3;
const THIRD = 'letters.example.test';
const BOT_SAYS = 'I did not understand you. Say "help" for help.';
const AWAY = 'I am on holiday until Monday, and shall read your mail when I am back. This message was written by a program.';
/** A person's pace for a word, and a little more. */
const TYPED_MS = 900;
const DEADLINE_MS = 30_000;

export const loops: Row = {
  id: 'loops',
  title: 'two gateways, answering machines, a bounce loop; and people who talk fast',
  servers: SERVERS,
  run: async (context) => {
    const kind = serverOf(context);
    const options = { components: [SECOND, THIRD] };
    const server = await (kind === 'prosody' ? startProsody(options) : startEjabberd(options));
    context.cleanUp(() => server.dispose());
    const bots = [new Bot(context, server, 'juliet', BOT_SAYS), new Bot(context, server, 'romeo', 'How can I help you? I am always here.')] as const;
    await Promise.all(bots.map((bot) => bot.online()));
    await startPair(server, context);
    const between = await twoGateways(context, server, bots);
    const behind = await behindMail(context, server, bots[0]);
    return [...between, ...behind, await twoPeople(context, server, bots)];
  },
};

/** Of two gateways: the word of welcome, and help until it is held back. */
const OWN_WORDS = 2 * (1 + 5);

async function twoGateways(context: Context, server: XmppServer, [juliet, romeo]: readonly [Bot, Bot]): Promise<Figure[]> {
  const { quiet } = context.long ? LONG : SHORT;
  const count = counter('loops', serverOf(context));
  juliet.say(`romeo%${SECOND}@${server.component}`, 'Hello, I am a bot.');
  const heard = (): readonly string[] => [...juliet.heard, ...romeo.heard];
  const passed = (): number => heard().filter((from) => from.includes('%')).length;
  await waitUntil('the first message arrives', () => passed() > 0, DEADLINE_MS);
  const all = await settledCount(() => heard().length, quiet);
  return [
    count('two gateways, a bot behind each', 'messages', passed(), MOST, `${juliet.errors + romeo.errors} refusals told`),
    count('two gateways, what each says itself to its bot', 'messages', all - passed(), OWN_WORDS),
  ];
}

/** The two bots become people, who have been taken for machines a moment ago. */
async function twoPeople(context: Context, server: XmppServer, bots: readonly [Bot, Bot]): Promise<Figure> {
  const { exchanges } = context.long ? LONG : SHORT;
  for (const bot of bots) Object.assign(bot, { words: 'ok!', pause: TYPED_MS });
  const [juliet, romeo] = bots;
  const before = juliet.heard.length;
  juliet.say(`romeo%${SECOND}@${server.component}`);
  const heard = (): number => Math.min(exchanges, juliet.heard.length - before);
  await waitUntil('they have talked enough', () => heard() === exchanges, exchanges * 4_000).catch(() => undefined);
  for (const bot of [juliet, romeo]) bot.silence();
  return counter('loops', serverOf(context))(`two people through two gateways, ${exchanges} times each, a word at a time`, 'unanswered', exchanges - heard(), 0);
}

/** What answers from a mail address. `got` counts our mails to it, so with its answers there are twice as many. */
function answers(name: string): Answer | undefined {
  const auto = { 'Auto-Submitted': 'auto-replied' };
  const failed = 'This is the mail system. Your message could not be delivered to one or more recipients.';
  const of: Readonly<Record<string, Answer>> = {
    polite: { head: auto, text: AWAY, after: 0 },
    'polite-slow': { head: auto, text: AWAY, after: 1_000 },
    rude: { head: {}, text: AWAY, after: 0 },
    'rude-slow': { head: {}, text: AWAY, after: 2_000 },
    bounce: { head: { From: 'MAILER-DAEMON@montague.test' }, text: failed, silent: true, after: 0 },
    'bounce-as': { head: { Subject: 'Undelivered Mail' }, text: failed, silent: true, after: 0 },
  };
  return of[name];
}

async function behindMail(context: Context, server: XmppServer, bot: Bot): Promise<Figure[]> {
  const { quiet, exchanges, machines } = context.long ? LONG : SHORT;
  const count = counter('loops', serverOf(context));
  const sink = await startMailSink();
  context.cleanUp(() => sink.stop());
  const gateway = await GatewayProcess.prepare({ server, relayPort: sink.port, component: THIRD });
  context.cleanUp(() => gateway.dispose());
  await gateway.start();
  // A refusal for good, at the recipient's name.
  sink.behave('rcpt', (to) => (to.startsWith('nobody') ? { answer: '550 5.1.1 no such user' } : 'accept'));
  const answerer = new Answerer(context, sink, gateway.smtpPort, (me, nth) => {
    const [name = ''] = me.replace('@montague.test', '').split('.');
    return name === 'person' ? typed(nth, exchanges) : answers(name);
  });
  const names = ['polite', 'rude', 'rude-slow', 'polite-slow', 'bounce', 'bounce-as'].flatMap((name) => Array.from({ length: machines }, (_, i) => `${name}.${i}`));
  for (const name of [...names, 'nobody']) bot.say(`${name}%montague.test@${THIRD}`, 'Hello, I am a bot.');
  const refused = (): number => sink.seen.filter((line) => line.startsWith('rcpt nobody')).length;
  await settledCount(() => sink.mails.length + refused(), quiet + 1_500);
  const worst = (part: string): number => Math.max(...[...answerer.got].filter(([me]) => me.startsWith(part)).map(([, got]) => got));
  const figures = [
    count('a vacation responder, our mails to it', 'messages', Math.max(worst('polite.'), worst('polite-slow')), MOST),
    count('one that does not say what it is, our mails to it', 'messages', Math.max(worst('rude.'), worst('rude-slow')), MOST),
    count('a bounce for each of our mails', 'messages', worst('bounce'), MOST),
    count('an error for each of our mails, and a bot that answers errors', 'messages', refused(), MOST),
  ];
  bot.say(`person%montague.test@${THIRD}`, 'Hello, I am a bot.');
  const wanted = exchanges + 1;
  const got = await waitUntil('the person has had every answer', () => (answerer.got.get('person@montague.test') ?? 0) >= wanted, exchanges * 4_000).then(() => wanted, () => answerer.got.get('person@montague.test') ?? 0);
  return [...figures, count(`a person who writes to a bot ${exchanges} times, one word at a time`, 'unanswered', wanted - got, 0)];
}

/** Somebody with a mail program, who answers as fast as fingers go. */
function typed(nth: number, exchanges: number): Answer | undefined {
  return nth > exchanges ? undefined : { head: {}, text: nth % 3 === 0 ? 'next' : 'more', after: TYPED_MS };
}

