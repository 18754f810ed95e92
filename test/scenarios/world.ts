/** A whole small world: an XMPP server, the gateway, a mail server outside, and the DNS that speaks for it. */
import { createTransport } from 'nodemailer';
import { startDns } from '../servers/dns.js';
import { startEjabberd } from '../servers/ejabberd.js';
import { startProsody } from '../servers/prosody.js';
import { startMailSink, type MailSink, type MailProtocol } from '../servers/smtp-sink.js';
import type { XmppServer, XmppServerOptions } from '../servers/xmpp-server.js';
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

export function startServer(kind: ServerKind, options: XmppServerOptions = {}): Promise<XmppServer> {
  return kind === 'prosody' ? startProsody(options) : startEjabberd(options);
}

export interface WorldOptions {
  readonly settings?: NonNullable<GatewayOptions['settings']>;
  /** What the mail server outside speaks; by LMTP it says that a mail is delivered. */
  readonly relay?: MailProtocol;
  readonly xmpp?: XmppServerOptions;
  /** Opens what stands between the gateway and the server's component port. @returns the port that the gateway connects to */
  readonly between?: (componentPort: number) => Promise<number>;
  /** Further zones of the DNS. */
  readonly zones?: Readonly<Record<string, string>>;
}

/** Starts all of it; the gateway is ready. */
export async function startWorld(kind: ServerKind, { settings = {}, relay = 'smtp', xmpp = {}, between, zones = {} }: WorldOptions = {}): Promise<World> {
  const [server, outside, dns] = await Promise.all([startServer(kind, xmpp), startMailSink(0, relay), startDns({ ...ZONES, ...zones })]);
  const link = between === undefined ? {} : { xmpp: `service = "xmpp://127.0.0.1:${await between(server.componentPort)}"` };
  const gateway = await GatewayProcess.prepare({ server, relayPort: outside.port, relayProtocol: relay, dnsPort: dns.port, settings: { ...settings, ...link } });
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

/** A plain mail, as a simple program would write it. */
export function mailText(head: Readonly<Record<string, string>>, body: string): string {
  const lines = Object.entries({ Date: new Date().toUTCString(), ...head }).map(([name, value]) => `${name}: ${value}`);
  return `${lines.join('\r\n')}\r\n\r\n${body.replace(/\r?\n/g, '\r\n')}\r\n`;
}
