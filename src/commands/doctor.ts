/** `stanzapost doctor`: connects to each real part and prints a line for each, with the mend. Changes nothing. */
import type { Health } from '../web/health.js';
import { CONFIG_OPTION, CONFIG_USAGE, readConfig, type Command } from './command.js';
import { examineBackup } from './doctor/backup.js';
import { examineCertificate } from './doctor/certificate.js';
import { examineDns } from './doctor/dns.js';
import { good, problem, warn, type Examine, type Finding } from './doctor/finding.js';
import { examineListeners } from './doctor/listen.js';
import { examineRelay } from './doctor/relay.js';
import { runningHealth } from './doctor/running.js';
import { examineRspamd } from './doctor/rspamd.js';
import { examineStore } from './doctor/store.js';
import { examineWeb } from './doctor/web.js';
import { examineXmpp } from './doctor/xmpp.js';
import { printable } from './table.js';

const TIMEOUT_MS = 8_000;
const EXAMINATIONS: readonly Examine[] = [examineXmpp, examineRelay, examineDns, examineRspamd, examineCertificate, examineStore, examineBackup, examineListeners, examineWeb];
const SIGNS: Readonly<Record<Finding['state'], string>> = { good: 'good   ', warning: 'warning', problem: 'PROBLEM', skipped: 'skipped' };

export const doctor: Command = {
  summary: 'connect to every part and say what is wrong with it',
  usage: `\n  --json          for scripts\n${CONFIG_USAGE}`,
  options: { ...CONFIG_OPTION, json: { type: 'boolean' } },
  async run(args, io) {
    const read = readConfig(args, io);
    if (read === undefined) return 1;
    const { config } = read;
    const health = await runningHealth(config, TIMEOUT_MS);
    const context = { config, running: health !== undefined, now: Date.now(), timeoutMs: TIMEOUT_MS };
    const examined = await Promise.all(EXAMINATIONS.map((examine) => examine(context)));
    const told = read.warnings.map((text) => warn('configuration', text));
    const findings = [...told, ...(health === undefined ? [] : partsOf(health)), ...examined.flat()];
    if (args.options.json === true) io.out(JSON.stringify(findings));
    else for (const finding of findings) io.out(lineOf(finding));
    return findings.some(({ state }) => state === 'problem') ? 1 : 0;
  },
};

/** What the running gateway says of itself. */
function partsOf({ parts }: Health): Finding[] {
  return Object.entries(parts).map(([name, { ok, text, attention, mend = 'look into the log of the gateway' }]) => {
    const part = `gateway: ${name}`;
    if (!ok) return problem(part, text, mend);
    return attention === true ? warn(part, text, mend) : good(part, text);
  });
}

function lineOf({ part, state, text, mend }: Finding): string {
  return printable(`${SIGNS[state]}  ${part}: ${text}`) + (mend === undefined ? '' : `\n         mend: ${printable(mend)}`);
}
