/** The relay: greeting, EHLO, TLS and login, without sending anything. */
import { readFileSync } from 'node:fs';
import { relayOf } from '../../config/relay.js';
import { RelayConnection } from '../../smtp-out/connection.js';
import type { SmtpFault, Stage } from '../../smtp-out/fault.js';
import { formatRelay } from '../../smtp-out/relay-url.js';
import { scrub } from '../../smtp-out/secrets.js';
import { good, problem, type Examine, type Finding } from './finding.js';

const PART = 'relay';

export const examineRelay: Examine = async ({ config, timeoutMs }) => {
  const relay = relayOf(config);
  const { ca_file } = config.smtp_out;
  const connection = await RelayConnection.open({
    relay,
    name: config.xmpp.domain,
    requireTls: config.smtp_out.require_tls,
    openMs: timeoutMs,
    answerMs: timeoutMs,
    ...(ca_file !== undefined && { ca: readFileSync(ca_file, 'utf8') }),
  });
  const where = formatRelay(relay);
  if (!(connection instanceof RelayConnection)) return [diagnose(scrub(connection, relay.login), where)];
  connection.quit();
  return [good(PART, `${where} answers${relay.login === undefined ? '' : ' and accepts the login'}${offers(connection)}`)];
};

function offers({ extensions: { size, smtputf8 } }: RelayConnection): string {
  const limit = size === 0 ? '' : `; takes mails of up to ${size} bytes`;
  return `${limit}${smtputf8 ? '' : '; no SMTPUTF8: mail to addresses beyond ASCII will fail'}`;
}

const MENDS: Partial<Record<Stage, string>> = {
  connect: 'start your mail server, or correct host and port of smtp_out.relay',
  greeting: 'let your mail server accept this machine',
  hello: 'let your mail server accept this machine and its name (xmpp.domain)',
  tls: 'check the certificate of the relay and smtp_out.ca_file; smtp_out.require_tls wants STARTTLS',
  login: 'correct smtp_out.user and smtp_out.password; a login needs STARTTLS or smtps:// unless the relay is on this machine',
};

function diagnose({ stage, detail, reply }: SmtpFault, where: string): Finding {
  const said = reply?.words ?? detail;
  return problem(PART, `${where} fails at the ${stage}: ${said}`, MENDS[stage] ?? 'look into the log of your mail server');
}
