/** What the rows of the two directions stand on: an XMPP server, DNS, Juliet's client, gateways and lines on domains of their own. */
import type { Socket } from 'node:net';
import { GatewayProcess, type GatewayOptions } from '../test/scenarios/gateway-process.js';
import { connectClient } from '../test/servers/client.js';
import { startDns } from '../test/servers/dns.js';
import { startEjabberd } from '../test/servers/ejabberd.js';
import { startProsody } from '../test/servers/prosody.js';
import type { XmppServer } from '../test/servers/xmpp-server.js';
import { Line, type LineOptions } from './line.js';
import { zones } from './loads/mails.js';
import { pidOf, type Processes } from './processes.js';
import { serverOf, type Context } from './row.js';

const WORKERS_TOO = new URL('profile-workers.mjs', import.meta.url).href;

export interface Stage {
  readonly server: XmppServer;
  readonly dnsPort: number;
  /** Juliet's connection, logged in and available; its bytes are the row's to read. */
  readonly juliet: Socket;
}

/**
 * Sets it; all of it ends with the row.
 * @param extra for the server's configuration, in its own language
 */
export async function setStage(context: Context, components: readonly string[] = [], extra = ''): Promise<Stage> {
  const start = serverOf(context) === 'prosody' ? startProsody : startEjabberd;
  const server = await start({ components, extra });
  context.cleanUp(() => server.dispose());
  const dns = await startDns(zones());
  context.cleanUp(() => dns.stop());
  const client = await connectClient(server, 'juliet', { resource: 'bench' });
  context.cleanUp(() => client.close());
  return { server, dnsPort: dns.port, juliet: client.release() };
}

/** A gateway with the settings of an administrator; ended in order, for the profiles are written then. */
export async function startGateway(context: Context, stage: Pick<Stage, 'server'>, options: Omit<GatewayOptions, 'server'>): Promise<GatewayProcess> {
  const gateway = await prepareGateway(context, stage, options);
  await gateway.start();
  return gateway;
}

/** The same, not started yet. */
export async function prepareGateway(context: Context, { server }: Pick<Stage, 'server'>, options: Omit<GatewayOptions, 'server'>): Promise<GatewayProcess> {
  const profiled = context.profile === null ? [] : ['--import', WORKERS_TOO, '--cpu-prof', `--cpu-prof-dir=${context.profile}`, '--cpu-prof-interval=250'];
  const gateway = await GatewayProcess.prepare({ server, nodeArgs: profiled, ...options, settings: { log: 'level = "info"', ...options.settings } });
  context.cleanUp(async () => {
    await gateway.stop();
    await gateway.dispose();
  });
  return gateway;
}

export async function startLine(context: Context, { server }: Stage, name: string, options: Omit<LineOptions, 'service' | 'secret'>): Promise<Line> {
  const line = await Line.start(name, { service: `xmpp://127.0.0.1:${server.portOf(options.domain)}`, secret: server.secret, ...options });
  context.cleanUp(() => line.stop());
  return line;
}

/** Whose CPU is counted: the gateway's or the line's, the XMPP server's, and ours, who send. */
export function processesOf(stage: Stage, middle: Processes): Processes {
  return { ...middle, [stage.server.name]: pidOf(stage.server, stage.server.name), sender: process.pid };
}
