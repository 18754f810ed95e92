/**
 * Chat → mail as Prosody's mod_offline_email sends it: one blocking SMTP dialogue, on a connection of its own, for each message.
 * LuaSocket writes head, body and final dot one by one, so that with Nagle's algorithm each mail waits for a delayed
 * acknowledgement; the module leaves it on. The same with it off stands beside it.
 */
import { fileURLToPath } from 'node:url';
import { contest, peerFigures, type Contender } from '../contest.js';
import type { Figure } from '../figure.js';
import { makeChats, sendChats } from '../loads/chat-load.js';
import { startCountingSink, type CountingSink } from '../loads/smtp-sink.js';
import { pidOf, type Processes } from '../processes.js';
import { serverOf, type Context } from '../row.js';
import { processesOf, setStage, startGateway, type Stage } from '../stage.js';

const BYTES = 1_024;
const MODULES = fileURLToPath(new URL('../peers/', import.meta.url));
const PEERS = [
  { name: 'mod_offline_email', domain: 'blocking.example.test', nodelay: false },
  { name: 'mod_offline_email, Nagle off', domain: 'nodelay.example.test', nodelay: true },
] as const;
/** A blocked Prosody takes a second for fifteen of them. */
const WARM_UP = 20;

export async function chatToMail(context: Context): Promise<Figure[]> {
  const sink = await startSink(context);
  const peers = await Promise.all(PEERS.map(async (peer) => ({ ...peer, sink: await startSink(context) })));
  const components = peers.map(({ domain, nodelay, sink: { port } }) => `Component "${domain}" "bench_blocking_mail"\n\tbench_smtp_port = ${port}\n\tbench_smtp_nodelay = ${nodelay}\n`);
  const stage = await setStage(context, [], [`plugin_paths = { "${MODULES}" }\n`, ...components].join(''));
  stage.juliet.resume();
  const gateway = await startGateway(context, stage, { relayPort: sink.port });
  const contenders = [contender('gateway', stage, stage.server.component, sink, { gateway: pidOf(gateway, 'the gateway') })];
  if (context.profile === null) contenders.push(...peers.map((peer) => ({ ...contender(peer.name, stage, peer.domain, peer.sink, {}), warmUp: WARM_UP })));
  const results = await contest(context, contenders, { warmUp: 2_000, seconds: context.quick ? 1 : 2, least: WARM_UP, most: 30_000 });
  return peerFigures(`chat → mail, 1 KB · ${serverOf(context)}`, contenders, results, 'chats/s');
}

async function startSink(context: Context): Promise<CountingSink> {
  const sink = await startCountingSink();
  context.cleanUp(() => sink.stop());
  return sink;
}

function contender(name: string, stage: Stage, component: string, sink: CountingSink, middle: Processes): Contender {
  let made = 0;
  return {
    name,
    processes: processesOf(stage, middle),
    prepare: (_round, messages) => {
      const chats = makeChats(`${component}-${made++}`, messages, { component, bytes: BYTES });
      return Promise.resolve(() => sendChats(stage.juliet, chats, sink));
    },
  };
}
