/** A real third-party client: slixmpp from Debian (`python3-slixmpp`), driven by `slixmpp_client.py`. */
import { fileURLToPath } from 'node:url';
import { tmpdir } from 'node:os';
import { ServerProcess } from './process.js';
import { waitUntil } from './wait.js';
import type { UserName, XmppServer } from './xmpp-server.js';

const SCRIPT = fileURLToPath(new URL('slixmpp_client.py', import.meta.url));
const LOGIN_DEADLINE_MS = 30_000;
const ANSWER_DEADLINE_MS = 30_000;

export interface SlixmppMessage {
  readonly event: 'message';
  readonly from: string;
  readonly type: string;
  readonly id: string;
  readonly body: string;
  readonly subject: string;
  readonly thread: string;
  /** The stanza error's condition. */
  readonly error: string | null;
  /** The id that an XEP-0184 receipt is for. */
  readonly receipt: string | null;
  readonly xml: string;
}

/** What is found by vcard-temp, and by XEP-0084. */
export interface SlixmppPortrait {
  readonly event: 'portrait';
  readonly from: string;
  readonly name: string;
  /** In base64, as the next. */
  readonly photo: string;
  readonly avatar: string;
  readonly id: string;
}

/** How a command ended; `fields` is what its form held before. */
export interface SlixmppCommand {
  readonly event: 'command';
  readonly node: string;
  readonly status: string | null;
  readonly note: string | null;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly error: string | null;
}

export interface SlixmppRegistration {
  readonly event: 'registration';
  readonly done: 'read' | 'registered' | 'removed';
  readonly registered: boolean;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly error: string | null;
}

export type SlixmppEvent =
  | SlixmppCommand
  | SlixmppRegistration
  | SlixmppMessage
  | { readonly event: 'presence'; readonly from: string; readonly type: string }
  | SlixmppPortrait
  | { readonly event: 'ready'; readonly jid: string }
  | { readonly event: 'failed'; readonly why: string };

export interface SlixmppSend {
  readonly to: string;
  readonly body: string;
  readonly id?: string;
  /** Asks for an XEP-0184 receipt. */
  readonly receipt?: boolean;
  readonly thread?: string;
  readonly subject?: string;
}

export interface SlixmppClient {
  readonly jid: string;
  message(message: SlixmppSend): void;
  subscribe(to: string): void;
  /** Without fields the form is only looked at. */
  command(to: string, node: string, fields?: Readonly<Record<string, string>>): Promise<SlixmppCommand>;
  registration(to: string): Promise<SlixmppRegistration>;
  register(to: string, fields: Readonly<Record<string, string>>): Promise<SlixmppRegistration>;
  unregister(to: string): Promise<SlixmppRegistration>;
  portrait(of: string, deadlineMs: number): Promise<SlixmppPortrait>;
  /** The first message, received already or to come, that fits. */
  waitForMessage(predicate: (message: SlixmppMessage) => boolean, deadlineMs: number): Promise<SlixmppMessage>;
  events(): SlixmppEvent[];
  close(): Promise<void>;
}

/** Logs in as one of the server's users and announces itself. */
export async function startSlixmpp(server: XmppServer, user: UserName): Promise<SlixmppClient> {
  const client = new ServerProcess({ file: '/usr/bin/python3', args: [SCRIPT], cwd: tmpdir() });
  const events = (): SlixmppEvent[] => parseEvents(client.output());
  client.write(JSON.stringify({ ...server.users[user], host: server.host, port: server.c2sPort }));
  const outcome = () => events().find((event) => event.event === 'ready' || event.event === 'failed');
  await client.waitFor('slixmpp has logged in or failed', () => outcome() !== undefined, LOGIN_DEADLINE_MS);
  const first = outcome();
  if (first?.event !== 'ready') {
    await client.kill();
    throw new Error(`slixmpp could not log in\n${client.output()}\n${server.log()}`);
  }
  /** The next event of this kind after the request. */
  const ask = async <E extends SlixmppCommand | SlixmppRegistration>(event: E['event'], request: object): Promise<E> => {
    const isOne = (one: SlixmppEvent): one is E => one.event === event;
    const before = events().filter(isOne).length;
    client.write(JSON.stringify(request));
    return waitUntil(`an answer at slixmpp to ${JSON.stringify(request)}`, () => events().filter(isOne)[before], ANSWER_DEADLINE_MS);
  };
  return {
    jid: first.jid,
    command: (to, node, fields) => ask<SlixmppCommand>('command', { do: 'command', to, node, ...(fields && { fields }) }),
    registration: (to) => ask<SlixmppRegistration>('registration', { do: 'registration', to }),
    register: (to, fields) => ask<SlixmppRegistration>('registration', { do: 'register', to, fields }),
    unregister: (to) => ask<SlixmppRegistration>('registration', { do: 'unregister', to }),
    events,
    message: (message) => client.write(JSON.stringify({ do: 'message', ...message })),
    subscribe: (to) => client.write(JSON.stringify({ do: 'subscribe', to })),
    portrait: (of, deadlineMs) => {
      client.write(JSON.stringify({ do: 'portrait', to: of }));
      const fits = (event: SlixmppEvent): event is SlixmppPortrait => event.event === 'portrait' && event.from === of;
      return waitUntil('a portrait at slixmpp', () => events().find(fits), deadlineMs);
    },
    waitForMessage: (predicate, deadlineMs) => {
      const fits = (event: SlixmppEvent): event is SlixmppMessage => event.event === 'message' && predicate(event);
      return waitUntil('a message at slixmpp that fits', () => events().find(fits), deadlineMs).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${client.output()}`, { cause: error });
      });
    },
    close: () => client.end(),
  };
}

/** The complete lines of the output that are events; the rest are warnings of Python's. */
function parseEvents(output: string): SlixmppEvent[] {
  const lines = output.slice(0, output.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line.startsWith('{"event"')).map((line) => JSON.parse(line) as SlixmppEvent);
}
