/** Chat users who log in, read what waited for them, and leave; some hundreds at a time, until each has been there. */
import { setTimeout as delay } from 'node:timers/promises';
import xml from '@xmpp/xml';
import { connectClient, type TestClient } from '../test/servers/client.js';
import type { Account, XmppServer } from '../test/servers/xmpp-server.js';

const STEP_MS = 20;
/** Who waits says again that he is there: a gateway that was killed has not heard it. */
const AGAIN_MS = 3_000;
/** Who has not got all by then has lost something. */
const PATIENCE_MS = 120_000;

export interface CrowdPlan {
  readonly server: XmppServer;
  /** JIDs, each with how many messages wait for it. */
  readonly members: readonly (readonly [jid: string, waiting: number])[];
  readonly atOnce: number;
  readonly take: (stanza: xml.Element) => void;
  /** Called when another one has left, with how many have. */
  readonly left?: (count: number) => void;
}

/** Resolves when everybody has left. */
export async function visit(plan: CrowdPlan): Promise<void> {
  let next = 0;
  let gone = 0;
  const one = async (): Promise<void> => {
    for (let member = plan.members[next++]; member !== undefined; member = plan.members[next++]) {
      await stay({ jid: member[0], password: 'crowd' }, member[1], plan);
      plan.left?.(++gone);
    }
  };
  await Promise.all(Array.from({ length: plan.atOnce }, one));
}

/** Until everything is read, and a ping behind the last of it is answered. */
async function stay(account: Account, each: number, { server, take }: CrowdPlan): Promise<void> {
  const client = await comeIn(server, account);
  const seen = new Set<string>();
  const end = Date.now() + PATIENCE_MS;
  let told = 0;
  for (let done = false; !done && Date.now() < end; await delay(STEP_MS)) {
    done = drain(client, seen, take, each) || done;
    if (Date.now() - told > AGAIN_MS) {
      client.send(xml('presence', { to: server.component }));
      told = Date.now();
    }
  }
  await client.close();
}

/** A server to which hundreds connect at once keeps some of them waiting (ejabberd's backlog is 5): who was not let in tries again. */
async function comeIn(server: XmppServer, account: Account): Promise<TestClient> {
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    try {
      return await connectClient(server, account, { live: true });
    } catch (error) {
      if (Date.now() > end) throw error;
      await delay(STEP_MS);
    }
  }
}

/** @returns whether a ping came when all of it was there */
function drain(client: TestClient, seen: Set<string>, take: CrowdPlan['take'], each: number): boolean {
  let done = false;
  for (const stanza of client.received.splice(0)) {
    if (stanza.is('message')) seen.add(String(stanza.attrs.id));
    take(stanza);
    done ||= seen.size >= each && stanza.getChild('ping', 'urn:xmpp:ping') !== undefined;
  }
  return done;
}
