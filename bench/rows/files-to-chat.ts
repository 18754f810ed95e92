/**
 * Large mails whose files are put on the upload service: how much memory twenty at a time take, until Juliet's client has the last
 * file. On ejabberd only: Prosody takes some 2 MB of uploads a second.
 */
import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { alone, readable, type Figure } from '../figure.js';
import { attachment, largeMail } from '../loads/large-mails.js';
import { sendAll, SmtpSession } from '../loads/smtp-session.js';
import { peakMb, pidOf, residentMb } from '../processes.js';
import { serverOf, type Context, type Row } from '../row.js';
import { setStage, startGateway } from '../stage.js';

const BYTES = 50_000_000;
const AT_A_TIME = 20;
const NO_RELAY = 9;
const MOST_MB_ABOVE_IDLE = 300;
const DEADLINE_MS = 300_000;
const FILE = '<file-sharing';

export const filesToChat: Row = { id: 'files-to-chat', title: 'mail → chat, files of 50 MB mails', quick: false, servers: ['ejabberd'], run };

async function run(context: Context): Promise<Figure[]> {
  const stage = await setStage(context);
  const gateway = await startGateway(context, stage, { relayPort: NO_RELAY, dnsPort: stage.dnsPort });
  const pid = pidOf(gateway, 'the gateway');
  const sessions = await Promise.all(Array.from({ length: AT_A_TIME }, () => SmtpSession.open(gateway.smtpPort)));
  context.cleanUp(() => Promise.all(sessions.map((session) => session.quit())));
  const to = `juliet@${stage.server.component}`;
  const rest = attachment(BYTES);
  const idle = residentMb(pid);
  // proc(5): forgets VmHWM.
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const from = performance.now();
  const arrived = filesOn(stage.juliet, AT_A_TIME);
  await sendAll(sessions, Array.from({ length: AT_A_TIME }, (_, number) => largeMail(number, to, rest)), to);
  await arrived;
  const [ms, peak] = [performance.now() - from, peakMb(pid)];
  const name = `mail → chat, files of 50 MB mails, ${AT_A_TIME} at a time · ${serverOf(context)}`;
  return [
    alone({ name: `${name} · peak memory above idle`, unit: 'MB', value: peak - idle, goal: MOST_MB_ABOVE_IDLE, higherIsBetter: false, note: `idle ${readable(idle)} MB, peak ${readable(peak)} MB` }),
    alone({ name: `${name} · of mail, until the last file is there`, unit: 'MB/s', value: (BYTES * AT_A_TIME) / 1_000 / ms, goal: null, higherIsBetter: true }),
  ];
}

/** Resolves when so many file messages have come. */
function filesOn(juliet: Socket, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let [seen, cut] = [0, ''];
    const late = setTimeout(() => reject(new Error(`${seen} of ${count} files came within ${DEADLINE_MS / 1_000} s`)), DEADLINE_MS);
    juliet.on('data', (bytes: Buffer) => {
      const pieces = (cut + bytes.toString('latin1')).split(FILE);
      seen += pieces.length - 1;
      cut = (pieces.at(-1) ?? '').slice(1 - FILE.length);
      if (seen < count) return;
      clearTimeout(late);
      resolve();
    });
    juliet.resume();
  });
}
