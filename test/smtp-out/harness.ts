/** A client of a scripted relay whose log can be read. */
import { pino } from 'pino';
import type { Outcome } from '../../src/edge.js';
import type { Log } from '../../src/log.js';
import type { Envelope } from '../../src/smtp-out/envelope.js';
import { SmtpFault } from '../../src/smtp-out/fault.js';
import { outcomeOf } from '../../src/smtp-out/outcome.js';
import { RelayClient, type RelaySettings } from '../../src/smtp-out/relay-client.js';
import type { Login } from '../../src/smtp-out/relay-url.js';

export const RAW = Buffer.from('From: a@gw.example\r\nSubject: one\r\n\r\nHello\r\n.\r\n..two\r\n');
export const ENVELOPE: Envelope = { from: 'bounces+x@gw.example', to: 'bob@there.example', utf8: false };

/** Collects what is logged, as text. */
export function readableLog(): { log: Log; text: () => string } {
  const lines: string[] = [];
  const log: Log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  return { log, text: () => lines.join('') };
}

export function settingsFor(port: number, changes: Partial<RelaySettings> = {}, login?: Login): RelaySettings {
  const relay = { protocol: 'smtp', host: '127.0.0.1', port } as const;
  return {
    relay: login === undefined ? relay : { ...relay, login },
    name: 'gw.example',
    requireTls: false,
    connections: 2,
    messagesPerConnection: 10_000,
    openMs: 10_000,
    answerMs: 10_000,
    probe: { firstMs: 10, mostMs: 50 },
    ...changes,
  };
}

export function clientFor(settings: RelaySettings, log = readableLog().log): RelayClient {
  return new RelayClient(settings, log, Date.now);
}

/** One message through a client, as an outcome; the words when it was taken. */
export async function outcomeBy(client: RelayClient, envelope = ENVELOPE, raw = RAW): Promise<Outcome | { state: 'taken'; words: string } | { state: 'refusal'; refusal: string }> {
  const result = await client.send(envelope, raw);
  if (typeof result === 'string') return { state: 'refusal', refusal: result };
  return result instanceof SmtpFault ? outcomeOf(result) : { state: 'taken', words: result.words };
}
