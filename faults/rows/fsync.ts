/**
 * Each 250 after an fsync that holds the mail: read in the system calls of the gateway (strace), after a restart, since a
 * kill cannot show whether a commit reached the disk.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Figure } from '../../bench/figure.js';
import { startMailSink } from '../../test/servers/smtp-sink.js';
import { startProsody } from '../../test/servers/prosody.js';
import { GatewayProcess } from '../../test/scenarios/gateway-process.js';
import { Checker } from '../checker.js';
import { counter, named } from '../figures.js';
import { postMails } from '../mail-load.js';
import type { Row } from '../row.js';
import { syncsBeforeAnswers, type Answer } from '../system-calls.js';

const SHORT = 40;
const LONG = 200;
/** A whole page of the log. */
const STRING_LIMIT = 4_096;
const CALLS = 'write,writev,sendto,sendmsg,pwrite64,fsync,fdatasync';

export const fsync: Row = {
  id: 'fsync',
  title: 'An fsync before each 250, after a restart',
  servers: [],
  run: async (context) => {
    const mails = context.long ? LONG : SHORT;
    const server = await startProsody();
    context.cleanUp(() => server.dispose());
    const sink = await startMailSink();
    context.cleanUp(() => sink.stop());
    const state = { traced: false };
    const gateway = await GatewayProcess.prepare({
      server,
      relayPort: sink.port,
      wrap: (command, { dir }) => (state.traced ? { ...command, file: 'strace', args: [...strace(dir), command.file, ...command.args] } : command),
    });
    context.cleanUp(() => gateway.dispose());
    await gateway.start();
    await gateway.stop();
    state.traced = true;
    await gateway.start();
    const post = (tag: string, lanes: number): Promise<void> =>
      postMails({ checker: new Checker(), tag, lanes, count: mails, smtpPort: gateway.smtpPort, to: [`juliet@${server.component}`], size: [500, 1_000] });
    await post('single', 1);
    await post('grouped', 10);
    await gateway.stop();

    const answers = syncsBeforeAnswers(await readFile(traceFile(gateway.dir), 'utf8'));
    return [...figuresOf('one mail at a time', answers.slice(0, mails), mails), ...figuresOf('ten sessions at once', answers.slice(mails), mails)];
  },
};

function figuresOf(title: string, answers: readonly Answer[], mails: number): Figure[] {
  const count = counter('fsync before each 250', null);
  const early = answers.filter(({ synced }) => !synced).map(({ id }) => id);
  const syncs = new Set(answers.map(({ sync }) => sync)).size;
  return [
    count(`${title}, answered before`, 'mails', early.length, 0, `${answers.length - early.length} of ${answers.length} after one; they share ${syncs} ${named(early)}`),
    count(`${title}, answers not seen`, 'mails', mails - answers.length, 0),
  ];
}

/** `-D`: the gateway stays our own child, and gets our signals; `-y`: which file. */
function strace(dir: string): string[] {
  return ['-D', '-f', '-y', '-s', String(STRING_LIMIT), '-o', traceFile(dir), '-e', `trace=${CALLS}`];
}

function traceFile(dir: string): string {
  return join(dir, 'strace.log');
}
