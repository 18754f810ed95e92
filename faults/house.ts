/** An XMPP server, a mail server outside and the gateway process between them, for a row that harms the gateway alone. */
import { createTransport } from 'nodemailer';
import { connectClient, type TestClient } from '../test/servers/client.js';
import { startEjabberd } from '../test/servers/ejabberd.js';
import { startProsody } from '../test/servers/prosody.js';
import { startMailSink, type MailSink } from '../test/servers/smtp-sink.js';
import type { XmppServer } from '../test/servers/xmpp-server.js';
import { GatewayProcess, type GatewayOptions } from '../test/scenarios/gateway-process.js';
import { chat } from '../test/scenarios/stanzas.js';
import { waitUntil } from '../test/servers/wait.js';
import { serverOf, type Context } from './row.js';

const START_DEADLINE_MS = 20_000;
const ROMEO = 'romeo@montague.test';

export interface House {
  readonly server: XmppServer;
  readonly sink: MailSink;
  readonly gateway: GatewayProcess;
  readonly juliet: TestClient;
  /** Hands in one mail whose text is `[id] text`. @returns the code of the answer to it; 0 when there was none */
  post(id: string, text?: string): Promise<number>;
  /** Juliet writes `[id]` to her contact. */
  say(id: string): void;
}

/** Everything runs but the gateway, which is prepared. Ends with the row. */
export async function openHouse(context: Context, options: Pick<GatewayOptions, 'settings' | 'wrap'> = {}): Promise<House> {
  const server = await (serverOf(context) === 'prosody' ? startProsody() : startEjabberd());
  context.cleanUp(() => server.dispose());
  const sink = await startMailSink();
  context.cleanUp(() => sink.stop());
  const gateway = await GatewayProcess.prepare({ server, relayPort: sink.port, ...options });
  context.cleanUp(() => gateway.dispose());
  const juliet = await connectClient(server, 'juliet');
  context.cleanUp(() => juliet.close());
  const transport = createTransport({ pool: true, maxConnections: 8, host: '127.0.0.1', port: gateway.smtpPort, name: 'mx.montague.test', ignoreTLS: true });
  context.cleanUp(() => Promise.resolve(transport.close()));
  return {
    server,
    sink,
    gateway,
    juliet,
    say: (id) => juliet.send(chat(`romeo%montague.test@${server.component}`, `a-chat-with-id-${id}`, `[${id}]`)),
    post: async (id, text = '') => {
      const head = `From: ${ROMEO}\r\nTo: juliet\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <${id}@montague.test>\r\n`;
      try {
        await transport.sendMail({ envelope: { from: ROMEO, to: [`juliet@${server.component}`] }, raw: `${head}\r\n[${id}] ${text}\r\n` });
        return 250;
      } catch (error) {
        return (error as { responseCode?: number }).responseCode ?? 0;
      }
    },
  };
}

/** A start that is expected to end by itself. @returns the exit code, or what ended it when it ran on */
export async function startRefused(gateway: GatewayProcess): Promise<{ readonly code: number | string; readonly output: string }> {
  const process = gateway.spawn();
  const ended = await waitUntil('the gateway ends', () => !process.running, START_DEADLINE_MS).catch(() => false);
  const output = process.output();
  const code = process.exitCode;
  await process.kill();
  return { code: ended ? (code ?? 'a signal') : 'it ran on', output };
}

/** The ids of the mails that have come to the client, in order, repeats included. */
export function arrived({ juliet }: House): string[] {
  const bodies = juliet.received.filter((stanza) => stanza.is('message') && stanza.attrs.type !== 'error');
  return bodies.flatMap((stanza) => /\[([^\]]+)\]/.exec(stanza.getChildText('body') ?? '')?.[1] ?? []);
}

/** The log lines of the gateway from an offset of its log on, as objects. */
export function logLines(log: string): Record<string, unknown>[] {
  return log.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}')).map((line) => JSON.parse(line) as Record<string, unknown>);
}
