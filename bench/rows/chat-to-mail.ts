/**
 * Chat → mail: Juliet's client writes to fifty people, a chat ends when Postfix's smtp-sink has taken the mail (its own
 * counter says so). The gateway against the straight line of the libraries, and against a component that drops the stanzas.
 */
import { Comparison, contest, type Contender } from '../contest.js';
import type { Figure } from '../figure.js';
import { makeChats, sendChats, type ChatKind, type Counter } from '../loads/chat-load.js';
import { WRITERS } from '../loads/mails.js';
import { startCountingSink } from '../loads/smtp-sink.js';
import { pidOf, type Processes } from '../processes.js';
import { SERVERS, serverOf, type Context, type Row } from '../row.js';
import { processesOf, setStage, startGateway, startLine, type Stage } from '../stage.js';

const [SIZE, BYTES] = ['1 KB', 1_024] as const;
const [STRAIGHT, DROPPED] = ['straight.example.test', 'dropped.example.test'] as const;

export const chatToMail: Row = { id: 'chat-to-mail', title: `chat → mail, ${SIZE}`, quick: true, servers: SERVERS, run };

async function run(context: Context): Promise<Figure[]> {
  const stage = await setStage(context, [STRAIGHT, DROPPED]);
  // What comes back (nothing, unless something failed) is read, and not looked at.
  stage.juliet.resume();
  const contenders = await gateway(context, stage);
  if (context.profile === null) contenders.push(await straight(context, stage), await dropped(context, stage));
  const results = await contest(context, contenders, { seconds: context.quick ? 0.8 : 2, warmUp: 2_000, least: 300, most: 30_000 });
  return figures(`chat → mail, ${SIZE}`, serverOf(context), new Comparison(contenders, results, 'chats/s'));
}

async function gateway(context: Context, stage: Stage): Promise<Contender[]> {
  const sink = await startCountingSink();
  context.cleanUp(() => sink.stop());
  const { pid } = await startGateway(context, stage, { relayPort: sink.port });
  const middle = { gateway: pidOf({ pid }, 'the gateway'), sink: pidOf(sink, 'smtp-sink') };
  const chats = { component: stage.server.component, bytes: BYTES };
  const many = contender('gateway', stage, chats, sink, middle);
  return context.quick ? [many] : [many, contender('one pair', stage, { ...chats, readers: WRITERS.slice(0, 1) }, sink, middle)];
}

async function straight(context: Context, stage: Stage): Promise<Contender> {
  const sink = await startCountingSink();
  context.cleanUp(() => sink.stop());
  const line = await startLine(context, stage, 'chat-to-mail', { domain: STRAIGHT, kind: 'pooled', relayPort: sink.port });
  return contender('straight', stage, { component: STRAIGHT, bytes: BYTES }, sink, { line: pidOf(line, 'the line'), sink: pidOf(sink, 'smtp-sink') });
}

async function dropped(context: Context, stage: Stage): Promise<Contender> {
  const line = await startLine(context, stage, 'chat-to-mail', { domain: DROPPED, kind: 'dropped' });
  return contender('dropped', stage, { component: DROPPED, bytes: BYTES }, line, { line: pidOf(line, 'the line') });
}

function contender(name: string, stage: Stage, kind: ChatKind, counter: Counter, middle: Processes): Contender {
  let made = 0;
  return {
    name,
    processes: processesOf(stage, middle),
    prepare: (_round, messages) => {
      const chats = makeChats(`${name.replace(' ', '-')}-${made}`, messages, kind);
      made += messages;
      return Promise.resolve(() => sendChats(stage.juliet, chats, counter));
    },
  };
}

function figures(title: string, server: string, results: Comparison): Figure[] {
  return [
    ...results.rate(`${title} · ${server} · against the straight line`, 'gateway', 'straight', 0.8),
    ...results.rate(`${title} · ${server} · against a component that drops them`, 'gateway', 'dropped', 0.5),
    ...results.rate(`${title}, all to one person · ${server} · against the straight line`, 'one pair', 'straight', null),
    ...results.cpu(`${title} · ${server} · CPU per message against the straight line`, 'gateway', 'straight'),
  ];
}
