/** SIGKILL of the gateway at random moments while mail and chat flow. */
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Figure } from '../../bench/figure.js';
import { untilStill, waitUntil } from '../../test/servers/wait.js';
import { startWorld, type World } from '../../test/scenarios/world.js';
import { ChatLoad } from '../chat-load.js';
import { Checker, type Verdict } from '../checker.js';
import { counter, named } from '../figures.js';
import { noteMail, postMails } from '../mail-load.js';
import { Reader } from '../reader.js';
import { SERVERS, serverOf, type Context, type Row } from '../row.js';

const SHORT = { mails: 250, chats: 120, kills: 2 };
const LONG = { mails: 10_000, chats: 5_000, kills: 50 };
/** `xmpp.window`: what may be unsettled when the gateway dies. */
const BATCH = 200;
/** A raw component loses 22: a chat has no answer before it is stored. */
const SILENT_LOSS = 30;
const LANES = 8;
const STEP_MS = 5;
const DEADLINE_MS = 120_000;
const QUIET_MS = 15_000;

interface State {
  going: boolean;
  /** The gateway has been killed and is not back yet. */
  away: boolean;
}

export const kill: Row = {
  id: 'kill',
  title: 'SIGKILL of the gateway, again and again, while mail and chat flow',
  servers: SERVERS,
  run: async (context) => {
    const size = context.long ? LONG : SHORT;
    const world = await startWorld(serverOf(context), { relay: 'lmtp', settings: { smtp_out: 'retry = ["1s"]' } });
    context.cleanUp(() => world.stop());
    const mails = new Checker();
    const chats = new ChatLoad(world.server.component, 'kill');
    const juliet = new Reader(world.server, 'juliet', (stanza) => {
      noteMail(mails, stanza);
      chats.note(stanza);
    });
    context.cleanUp(() => juliet.stop());
    await juliet.online();

    const state = { going: true, away: false };
    const chatting = chatAlong(chats, juliet, world, size, mails, state);
    const posting = postMails({ tag: 'kill', checker: mails, smtpPort: world.gateway.smtpPort, to: [`juliet@${world.server.component}`], lanes: LANES, count: size.mails, size: [1_000, 20_000] });
    await Promise.all([posting, killAtRandom(world, size, [mails, chats.checker], state, context)]);
    state.going = false;
    await chatting;
    // What is still missing then is lost, which the figures say.
    await untilStill(() => mails.missing().length, QUIET_MS);
    await chats.settle(juliet, world.outside, () => world.gateway.log());
    return figuresOf(mails.verdict(), chats, size.kills, context);
  },
};

/** The kills are spread over the mails. */
async function killAtRandom(world: World, { mails, kills }: typeof LONG, checkers: readonly [Checker, Checker], state: State, context: Context): Promise<void> {
  const moments = Array.from({ length: kills }, () => randomInt(Math.floor(mails * 0.95))).sort((a, b) => a - b);
  for (const [index, moment] of moments.entries()) {
    await waitUntil(`${moment} mails are answered`, () => checkers[0].answeredCount >= moment, DEADLINE_MS);
    await delay(randomInt(10));
    state.away = true;
    await world.gateway.kill();
    for (const checker of checkers) checker.fault();
    await world.gateway.start();
    state.away = false;
    if ((index + 1) % 10 === 0) context.say(`${index + 1} kills, ${checkers[0].answeredCount} mails answered`);
  }
}

/** In step with the mails; a few also while the gateway is away. */
async function chatAlong(chats: ChatLoad, juliet: Reader, world: World, size: typeof LONG, mails: Checker, state: State): Promise<void> {
  let away = 0;
  for (let step = 0; state.going || chats.count < size.chats; step++) {
    const due = (mails.answeredCount / size.mails) * size.chats + away;
    for (let i = 0; i < 5 && chats.count < due; i++) chats.sendBy(juliet);
    if (state.away && step % 10 === 0 && chats.sendBy(juliet)) away++;
    chats.drain(world.outside);
    await delay(STEP_MS);
  }
}

function figuresOf(mails: Verdict, load: ChatLoad, kills: number, context: Context): Figure[] {
  const chats = load.checker.verdict();
  const stored = load.stored.verdict();
  const count = counter('kill -9 of the gateway', serverOf(context));
  return [
    count('mails answered 250', 'lost', mails.lost.length, 0, `${mails.answered} mails answered over ${kills} kills ${named(mails.lost)}`),
    count('mails, after one kill', 'sent twice', mails.worstRepeats, BATCH, `${mails.repeats} repeats in all`),
    count('mails sent twice under another stanza id', 'mails', mails.renamed.length, 0, named(mails.renamed)),
    count('mails', 'out of order', mails.disordered.length, 0, named(mails.disordered)),
    count('mails from nowhere', 'mails', mails.strangers.length, 0, named(mails.strangers)),
    count('chats receipted', 'lost', chats.lost.length, 0, `${chats.sent} chats sent, ${chats.answered} receipted, ${chats.bounced} bounced ${named(chats.lost)}`),
    count('chats committed by the gateway', 'lost', stored.lost.length, 0, `${stored.sent} in its log ${named(stored.lost)}`),
    count('chats, at one kill', 'lost in silence', chats.worstSilent, SILENT_LOSS, `${chats.silent.length} in all, ${(chats.silent.length / kills).toFixed(1)} per kill`),
    count('chats, after one kill', 'mailed twice', chats.worstRepeats, BATCH, `${chats.repeats} repeats in all`),
    count('chats mailed twice under another Message-ID', 'chats', chats.renamed.length, 0, named(chats.renamed)),
    count('chats', 'out of order', chats.disordered.length, 0, named(chats.disordered)),
    count('chats that arrived and came back, or came back twice', 'chats', chats.contradicted.length + chats.overbounced.length, 0, named([...chats.contradicted, ...chats.overbounced])),
  ];
}
