/** The stage of a story: a world, Juliet's client in it, and what a failing story prints. */
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { connectClient, type TestClient } from '../servers/client.js';
import type { MailProtocol } from '../servers/smtp-sink.js';
import type { XmppServer, XmppServerOptions } from '../servers/xmpp-server.js';
import type { GatewayOptions, GatewayProcess } from './gateway-process.js';
import { startWorld, type ServerKind, type World } from './world.js';

/** A world and Juliet's client in it; a story may replace her client when its server has died. */
export interface Stage {
  readonly world: World;
  juliet: TestClient;
}

/** Sets the stage for the stories of a `describe`, and strikes it after them. */
export function setStage(kind: ServerKind, settings: GatewayOptions['settings'] = {}, relay: MailProtocol = 'smtp', xmpp: XmppServerOptions = {}): Stage {
  let world: World | undefined;
  let juliet: TestClient | undefined;
  explainFailures(() => world);
  beforeAll(async () => {
    world = await startWorld(kind, { settings, relay, xmpp });
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
