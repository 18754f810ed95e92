/**
 * Large files from chat into mails: Juliet's client sends links of an upload service, the gateway fetches the files and hands mails that
 * hold them to Postfix's smtp-sink. Megabytes of files a second, and how much memory twenty at a time take.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import xml from '@xmpp/xml';
import { alone, readable, type Figure } from '../figure.js';
import { sendChats } from '../loads/chat-load.js';
import { WRITERS } from '../loads/mails.js';
import { startCountingSink } from '../loads/smtp-sink.js';
import { cpuMs, peakMb, pidOf, residentMb } from '../processes.js';
import { SERVERS, serverOf, type Context, type Row } from '../row.js';
import { setStage, startGateway } from '../stage.js';

const BYTES = 50_000_000;
const AT_A_TIME = 20;
/** Enough that its libraries are warm and its memory is that of a gateway that has worked. */
const BEFORE = 200;
const MOST_MB_ABOVE_IDLE = 150;
/** It holds no more than so many deliveries with files, of two for each session. */
const SESSIONS = AT_A_TIME / 2 / 0.4;

export const filesToMail: Row = { id: 'files-to-mail', title: 'chat → mail, 50 MB files', quick: false, servers: SERVERS, run };

async function run(context: Context): Promise<Figure[]> {
  const stage = await setStage(context);
  stage.juliet.resume();
  const host = await serveFiles(context);
  const sink = await startCountingSink();
  context.cleanUp(() => sink.stop());
  const settings = { files: `max_fetch = "60MB"\ntrusted_hosts = ["${host}"]`, smtp_out: `pool = ${SESSIONS}` };
  const gateway = await startGateway(context, stage, { relayPort: sink.port, settings });
  const pid = pidOf(gateway, 'the gateway');
  await sendChats(stage.juliet, chats(stage.server.component, BEFORE, undefined), sink);
  const idle = residentMb(pid);
  // proc(5): forgets VmHWM.
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const [from, cpu] = [performance.now(), cpuMs(pid)];
  await sendChats(stage.juliet, chats(stage.server.component, AT_A_TIME, `http://${host}/`), sink);
  const [ms, used, peak] = [performance.now() - from, cpuMs(pid) - cpu, peakMb(pid)];
  const megabytes = (BYTES * AT_A_TIME) / 1_000_000;
  const name = `chat → mail, 50 MB files, ${AT_A_TIME} at a time · ${serverOf(context)}`;
  return [
    alone({ name: `${name} · peak memory above idle`, unit: 'MB', value: peak - idle, goal: MOST_MB_ABOVE_IDLE, higherIsBetter: false, note: `idle ${readable(idle)} MB, peak ${readable(peak)} MB` }),
    alone({ name: `${name} · of files`, unit: 'MB/s', value: megabytes / (ms / 1_000), goal: null, higherIsBetter: true, note: `CPU of the gateway: ${readable(used / megabytes)} ms a MB` }),
  ];
}

/** @returns `host:port`; each path is a file */
async function serveFiles(context: Context): Promise<string> {
  const file = randomBytes(BYTES);
  const server = createServer((_request, response) => response.setHeader('Content-Type', 'image/jpeg').end(file));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.cleanUp(() => new Promise((resolve) => server.close(resolve)));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Each to another reader. @param files where each finds a file of its own; undefined: words only */
function chats(component: string, count: number, files: string | undefined): string[] {
  return Array.from({ length: count }, (_, i) => {
    const to = `${(WRITERS[i % WRITERS.length] ?? '').replace('@', '%')}@${component}`;
    const body = files === undefined ? `words ${i}` : `${files}${i}.jpg`;
    const oob = files === undefined ? [] : [xml('x', { xmlns: 'jabber:x:oob' }, xml('url', {}, body))];
    return xml('message', { to, type: 'chat', id: `files-${files === undefined ? 'before' : 'many'}-${i}` }, xml('body', {}, body), ...oob).toString();
  });
}
