/** The way of today, same work, same run: chat → mail by one blocking SMTP dialogue per message from inside Prosody. */
import { fileURLToPath } from 'node:url';
import { contest, noteOf, type Contender } from '../contest.js';
import { against, type Figure } from '../figure.js';
import { makeChats, sendChats } from '../loads/chat-load.js';
import { startCountingSink } from '../loads/smtp-sink.js';
import { pidOf } from '../processes.js';
import { serverOf, type Context, type Row } from '../row.js';
import { processesOf, setStage, startGateway } from '../stage.js';

const BYTES = 1_024;
const BLOCKING = 'blocking.example.test';
const MODULES = fileURLToPath(new URL('../peers/', import.meta.url));

export const peers: readonly Row[] = [
  { id: 'peers-chat-to-mail', title: 'chat → mail, against a blocking dialogue per message', quick: false, servers: ['prosody'], run: chatToMail },
];

async function chatToMail(context: Context): Promise<Figure[]> {
  const [ours, theirs] = await Promise.all([startCountingSink(), startCountingSink()]);
  context.cleanUp(() => Promise.all([ours.stop(), theirs.stop()]));
  const extra = `plugin_paths = { "${MODULES}" }\nComponent "${BLOCKING}" "bench_blocking_mail"\n\tbench_smtp_port = ${theirs.port}\n`;
  const stage = await setStage(context, [], extra);
  stage.juliet.resume();
  const gateway = await startGateway(context, stage, { relayPort: ours.port });
  let made = 0;
  const contender = (name: string, domain: string, sink: typeof ours, pids: Record<string, number>): Contender => ({
    name,
    processes: processesOf(stage, pids),
    prepare: (_round, messages) => {
      const chats = makeChats(`${name}-${made++}`, messages, { component: domain, bytes: BYTES });
      return Promise.resolve(() => sendChats(stage.juliet, chats, sink));
    },
  });
  const contenders = [contender('gateway', stage.server.component, ours, { gateway: pidOf(gateway, 'the gateway') })];
  if (context.profile === null) contenders.push(contender('blocking', BLOCKING, theirs, {}));
  const [result, peer] = await contest(context, contenders, { warmUp: 200, seconds: context.quick ? 0.8 : 2, least: 200, most: 30_000 });
  if (result === undefined || peer === undefined) return [];
  return [figure(context, 'chat → mail, 1 KB', 'a blocking SMTP dialogue per message', 'chats/s', [result, peer])];
}

function figure(context: Context, work: string, peer: string, unit: string, [ours, theirs]: readonly [Parameters<typeof noteOf>[0], Parameters<typeof noteOf>[0]]): Figure {
  const note = `${noteOf(ours, unit)} · peer ${noteOf(theirs, unit)}`;
  return against(theirs.rate, { name: `peers: ${work} · ${serverOf(context)} · against ${peer}`, unit, value: ours.rate, goal: null, higherIsBetter: true, note });
}
