/** A whole small world: an XMPP server, the gateway, a mail server outside, and the DNS that speaks for it. */
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { connectClient, type TestClient } from '../servers/client.js';
import { startDns } from '../servers/dns.js';
import { startEjabberd } from '../servers/ejabberd.js';
import { startProsody } from '../servers/prosody.js';
import { startMailSink, type MailSink } from '../servers/smtp-sink.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { GatewayProcess, type GatewayOptions } from './gateway-process.js';

/** The outside domain, and one whose policy refuses what it did not send. */
const ZONES = {
  'montague.test': '@ IN TXT "v=spf1 ip4:127.0.0.1 -all"\n_dmarc IN TXT "v=DMARC1; p=none"\n@ IN MX 10 mx\nmx IN A 127.0.0.1',
  'strict.test': '@ IN TXT "v=spf1 -all"\n_dmarc IN TXT "v=DMARC1; p=reject"',
  'lax.test': '@ IN TXT "v=spf1 -all"\n_dmarc IN TXT "v=DMARC1; p=none"',
};

export const SERVERS = ['prosody', 'ejabberd'] as const;
export type ServerKind = (typeof SERVERS)[number];

export interface World {
  readonly server: XmppServer;
  readonly gateway: GatewayProcess;
  /** The mail server outside. */
  readonly outside: MailSink;
  /** The contact by which chat users see `romeo@montague.test`. */
  readonly romeo: string;
  /** Hands one mail to the gateway as the outside MTA does; rejects when it is refused. */
  post(envelope: { from: string; to: string | readonly string[] }, raw: string): Promise<void>;
  stop(): Promise<void>;
}

export function startServer(kind: ServerKind): Promise<XmppServer> {
  return kind === 'prosody' ? startProsody() : startEjabberd();
}

/** Starts all of it; the gateway is ready. A failing story prints both logs (`explain`). */
async function startWorld(kind: ServerKind, settings: GatewayOptions['settings'] = {}): Promise<World> {
  const [server, outside, dns] = await Promise.all([startServer(kind), startMailSink(), startDns(ZONES)]);
  const gateway = await GatewayProcess.prepare({ server, relayPort: outside.port, dnsPort: dns.port, settings });
  await gateway.start();
  // A connection for each mail, and not more of them at once than the gateway takes from one address.
  const transport = createTransport({ pool: true, maxConnections: 10, maxMessages: 1, host: '127.0.0.1', port: gateway.smtpPort, name: 'mx.montague.test', ignoreTLS: true });
  return {
    server,
    gateway,
    outside,
    romeo: `romeo%montague.test@${server.component}`,
    post: async ({ from, to }, raw) => {
      await transport.sendMail({ envelope: { from, to: [to].flat() }, raw });
    },
    stop: async () => {
      transport.close();
      await gateway.dispose();
      await Promise.all([server.dispose(), outside.stop(), dns.stop()]);
    },
  };
}

/** A world and Juliet's client in it; a story may replace her client when its server has died. */
export interface Stage {
  readonly world: World;
  juliet: TestClient;
}

/** Sets the stage for the stories of a `describe`, and strikes it after them. */
export function setStage(kind: ServerKind, settings: GatewayOptions['settings'] = {}): Stage {
  let world: World | undefined;
  let juliet: TestClient | undefined;
  explainFailures(() => world);
  beforeAll(async () => {
    world = await startWorld(kind, settings);
    juliet = await connectClient(world.server, 'juliet');
  });
  afterAll(async () => {
    await juliet?.close();
    await world?.stop();
  });
  return {
    get world() {
      if (world === undefined) throw new Error('the stage is not set');
      return world;
    },
    get juliet() {
      if (juliet === undefined) throw new Error('the stage is not set');
      return juliet;
    },
    set juliet(client) {
      juliet = client;
    },
  };
}

/** Prints the logs of the gateway and the XMPP server for each story that fails. Call it inside `describe`. */
export function explainFailures(parts: () => { gateway: GatewayProcess; server: XmppServer } | undefined): void {
  beforeEach((context) => {
    context.onTestFailed(() => {
      const { gateway, server } = parts() ?? {};
      console.log(`--- gateway ---\n${tail(gateway?.log())}\n--- ${server?.name} ---\n${tail(server?.log())}`);
    });
  });
}

function tail(log = ''): string {
  return log.split('\n').slice(-60).join('\n');
}

/** A plain mail, as a simple program would write it. */
export function mailText(head: Readonly<Record<string, string>>, body: string): string {
  const lines = Object.entries({ Date: new Date().toUTCString(), ...head }).map(([name, value]) => `${name}: ${value}`);
  return `${lines.join('\r\n')}\r\n\r\n${body.replace(/\r?\n/g, '\r\n')}\r\n`;
}
