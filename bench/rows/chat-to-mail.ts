/**
 * Chat → mail: Juliet's client writes to fifty people, a chat ends when Postfix's smtp-sink has taken the mail (its own
 * counter says so). The gateway against the straight line of the libraries, and against a component that drops the stanzas.
 */
import { contest, noteOf, type Contender, type Result } from '../contest.js';
import { against, type Figure } from '../figure.js';
import { makeChats, sendChats, type Counter } from '../loads/chat-load.js';
import { startCountingSink } from '../loads/smtp-sink.js';
import { pidOf, type Processes } from '../processes.js';
import { SERVERS, serverOf, type Context, type Row } from '../row.js';
import { processesOf, setStage, startGateway, startLine, type Stage } from '../stage.js';

const BYTES = 1_024;
const [STRAIGHT, DROPPED] = ['straight.example.test', 'dropped.example.test'] as const;

export const chatToMail: Row = { id: 'chat-to-mail', title: 'chat → mail, 1 KB', quick: true, servers: SERVERS, run };

async function run(context: Context): Promise<Figure[]> {
  const stage = await setStage(context, [STRAIGHT, DROPPED]);
  // What comes back (nothing, unless something failed) is read, and not looked at.
  stage.juliet.resume();
  const contenders = [await gateway(context, stage)];
  if (context.profile === null) contenders.push(await straight(context, stage), await dropped(context, stage));
  const results = await contest(context, contenders, { seconds: context.quick ? 0.8 : 2, least: 500, most: 30_000 });
  return figures(context, results);
}

async function gateway(context: Context, stage: Stage): Promise<Contender> {
  const sink = await startCountingSink();
  context.cleanUp(() => sink.stop());
  const { pid } = await startGateway(context, stage, { relayPort: sink.port });
  return contender('gateway', stage, stage.server.component, sink, { gateway: pidOf({ pid }, 'the gateway'), sink: pidOf(sink, 'smtp-sink') });
}

async function straight(context: Context, stage: Stage): Promise<Contender> {
  const sink = await startCountingSink();
  context.cleanUp(() => sink.stop());
  const line = await startLine(context, stage, 'chat-to-mail', { domain: STRAIGHT, kind: 'pooled', relayPort: sink.port });
  return contender('straight', stage, STRAIGHT, sink, { line: pidOf(line, 'the line'), sink: pidOf(sink, 'smtp-sink') });
}

async function dropped(context: Context, stage: Stage): Promise<Contender> {
  const line = await startLine(context, stage, 'chat-to-mail', { domain: DROPPED, kind: 'dropped' });
  return contender('dropped', stage, DROPPED, line, { line: pidOf(line, 'the line') });
}

function contender(name: string, stage: Stage, domain: string, counter: Counter, middle: Processes): Contender {
  let made = 0;
  return {
    name,
    processes: processesOf(stage, middle),
    prepare: (_round, messages) => {
      const chats = makeChats(made, messages, domain, BYTES);
      made += messages;
      return Promise.resolve(() => sendChats(stage.juliet, chats, counter));
    },
  };
}

function figures(context: Context, [gateway, straight, dropped]: readonly Result[]): Figure[] {
  if (!gateway || !straight || !dropped) return [];
  const figure = (other: string, theirs: Result, goal: number): Figure => {
    const note = `${noteOf(gateway, 'chats/s')} · baseline ${noteOf(theirs, 'chats/s')}`;
    return against(theirs.rate, { name: `chat → mail, 1 KB · ${serverOf(context)} · against ${other}`, unit: 'chats/s', value: gateway.rate, goal, higherIsBetter: true, note });
  };
  return [figure('the straight line', straight, 0.8), figure('a component that drops them', dropped, 0.5)];
}
