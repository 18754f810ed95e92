/** A chat user who is always there: logs in again whenever the stream has ended, and passes on each stanza once. */
import { setTimeout as delay } from 'node:timers/promises';
import type xml from '@xmpp/xml';
import { connectClient, type ClientOptions, type TestClient } from '../test/servers/client.js';
import { waitUntil } from '../test/servers/wait.js';
import type { UserName, XmppServer } from '../test/servers/xmpp-server.js';

const STEP_MS = 5;
const DEADLINE_MS = 30_000;

export class Reader {
  #client: TestClient | undefined;
  #going = true;
  readonly #ended: Promise<void>;

  /** @param take called with each stanza that comes */
  constructor(
    private readonly server: XmppServer,
    private readonly user: UserName,
    private readonly take: (stanza: xml.Element) => void,
    private readonly options: ClientOptions = {},
  ) {
    this.#ended = this.#read();
  }

  get connected(): boolean {
    return this.#client?.open === true;
  }

  online(): Promise<unknown> {
    return waitUntil(`${this.user} is online`, () => this.connected, DEADLINE_MS);
  }

  /** False when there is no stream to write to. */
  send(stanza: xml.Element): boolean {
    if (this.#client?.open !== true) return false;
    this.#client.send(stanza);
    return true;
  }

  async stop(): Promise<void> {
    this.#going = false;
    await this.#ended;
  }

  async #read(): Promise<void> {
    while (this.#going) {
      const client = await this.#connect();
      while (client?.open === true && this.#going) {
        this.#drain(client);
        await delay(STEP_MS);
      }
      if (client === undefined) continue;
      await client.close();
      this.#drain(client);
    }
  }

  /** Undefined while the server is away. */
  async #connect(): Promise<TestClient | undefined> {
    try {
      return (this.#client = await connectClient(this.server, this.user, this.options));
    } catch {
      this.#client = undefined;
      await delay(STEP_MS * 4);
      return undefined;
    }
  }

  #drain(client: TestClient): void {
    for (const stanza of client.received.splice(0)) this.take(stanza);
  }
}
