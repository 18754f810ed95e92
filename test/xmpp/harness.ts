/** What the tests of the XMPP edge share: an edge on a real server, with the middle and the store held in memory. */
import pino from 'pino';
import { Writable } from 'node:stream';
import { formatMailAddress, type GatewayNames, type Jid, type MailAddress } from '../../src/address.js';
import type { Accepted, BlockList, Commands, Departure, Form, Intake, People, Person, Registration, Route, Subscription, Subscriptions, Values, WatchedUser, WatchedUsers } from '../../src/edge.js';
import { Failure } from '../../src/failure.js';
import type { Log } from '../../src/log.js';
import type { Message } from '../../src/message.js';
import { Whereabouts } from '../../src/presence/whereabouts.js';
import { XmppEdge } from '../../src/xmpp/edge.js';
import type { XmppOptions } from '../../src/xmpp/options.js';
import { waitUntil } from '../servers/wait.js';
import type { XmppServer } from '../servers/xmpp-server.js';

/** Records what the edge hands in; `answer` decides what becomes of it. */
export class RecordingIntake implements Intake {
  readonly accepted: Message[] = [];
  readonly copies: Message[] = [];
  readonly reports: { id: string; recipient: unknown; state: string; failure: Failure | undefined }[] = [];
  readonly refusals: { from: string; to: string; failure: Failure }[] = [];
  readonly chatStates: { from: Jid; to: MailAddress; state: string }[] = [];
  answer: (message: Message, route: Route) => Accepted['result'] | Promise<Accepted['result']> = () => 'stored';

  admitChat(_from: Jid, to: MailAddress): Route | Failure {
    if (to.domain === 'forbidden.example') return Failure.permanent('not-allowed', 'Nobody writes there.');
    return { outlet: 'smtp', recipient: to };
  }

  admitMail(): Promise<Failure> {
    return Promise.resolve(Failure.permanent('not-supported', 'No mail here.'));
  }

  typing(from: Jid, to: MailAddress, state: string): Promise<void> {
    this.chatStates.push({ from, to, state });
    return Promise.resolve();
  }

  async accept(message: Message, routes: readonly Route[]): Promise<readonly Accepted[]> {
    this.accepted.push(message);
    return Promise.all(
      routes.flatMap((route) =>
        route.outlet === 'bounce'
          ? []
          : [Promise.resolve(this.answer(message, route)).then((result) => ({ recipient: route.recipient, result }))],
      ),
    );
  }

  reported(id: string, recipient: unknown, state: string, failure?: Failure): Promise<void> {
    this.reports.push({ id, recipient, state, failure });
    return Promise.resolve();
  }

  admitPeople(_from: Jid, to: readonly MailAddress[]): readonly Route[] {
    return to.map((recipient) => ({ outlet: 'smtp', recipient }));
  }

  copied(_from: Jid, _to: MailAddress, message: Message): Promise<void> {
    this.copies.push(message);
    return Promise.resolve();
  }

  met(): Promise<void> {
    return Promise.resolve();
  }

  untold(): Promise<void> {
    return Promise.resolve();
  }

  refused(from: string, to: string, failure: Failure): void {
    this.refusals.push({ from, to, failure });
  }
}

/** Subscriptions that outlive an edge within a test. */
export class MemorySubscriptions implements Subscriptions {
  readonly rows = new Map<string, Subscription>();

  async *subscriptions(): AsyncIterable<Subscription> {
    await Promise.resolve();
    yield* this.rows.values();
  }

  subscribersOf(contact: Jid): Promise<readonly Jid[]> {
    return Promise.resolve([...this.rows.values()].flatMap((row) => (row.contact.local === contact.local ? [row.user] : [])));
  }

  addSubscription(subscription: Subscription): Promise<void> {
    this.rows.set(keyOf(subscription), subscription);
    return Promise.resolve();
  }

  removeSubscription(subscription: Subscription): Promise<void> {
    this.rows.delete(keyOf(subscription));
    return Promise.resolve();
  }
}

/** Whose presence was asked for; outlives an edge within a test. */
export class MemoryWatched implements WatchedUsers {
  readonly rows = new Map<string, WatchedUser>();

  watchedUsers(): Promise<readonly WatchedUser[]> {
    return Promise.resolve([...this.rows.values()]);
  }

  watch(watched: WatchedUser): Promise<void> {
    this.rows.set(watched.user, watched);
    return Promise.resolve();
  }

  unwatch({ user, by }: WatchedUser): Promise<void> {
    if (this.rows.get(user)?.by === by) this.rows.delete(user);
    return Promise.resolve();
  }
}

/** What was learned of mail addresses. */
export class MemoryPeople implements People {
  readonly known = new Map<string, Person>();

  person(address: MailAddress): Promise<Person | undefined> {
    return Promise.resolve(this.known.get(formatMailAddress(address)));
  }
}

function keyOf({ user, contact }: Subscription): string {
  return `${user.local}@${user.domain} ${contact.local}@${contact.domain}`;
}

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A log that keeps its lines. */
export function recordingLog(): { log: Log; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as LogLine);
      done();
    },
  });
  return { log: pino({ level: 'debug' }, sink), lines };
}

export interface Running {
  readonly edge: XmppEdge;
  readonly gateway: GatewayNames;
  readonly intake: RecordingIntake;
  readonly commands: RecordingCommands;
  readonly registration: RecordingRegistration;
  readonly subscriptions: MemorySubscriptions;
  readonly people: MemoryPeople;
  readonly watched: MemoryWatched;
  readonly whereabouts: Whereabouts;
  readonly lines: LogLine[];
}

/** Echoes what is said to the gateway; has no forms. */
export class RecordingCommands implements Commands {
  readonly said: { from: Jid; text: string }[] = [];
  answer = (text: string): string => `you said: ${text}`;

  say(from: Jid, text: string): Promise<string> {
    this.said.push({ from, text });
    return Promise.resolve(this.answer(text));
  }

  list(): readonly [] {
    return [];
  }

  form(): Promise<Failure> {
    return Promise.resolve(Failure.permanent('no-such-recipient', 'There is no such command.'));
  }

  run(): Promise<Failure> {
    return this.form();
  }
}

/** Takes everybody but Romeo; `colour` is what can be set. */
export class RecordingRegistration implements Registration {
  readonly users = new Map<string, string>();
  /** Of an earlier process. */
  departures: readonly Departure[] = [];

  mayRegister(user: Jid): boolean {
    return user.local !== 'romeo';
  }

  isRegistered({ local }: Jid): boolean {
    return this.users.has(local);
  }

  form(user: Jid): Form | Failure {
    if (!this.mayRegister(user)) return Failure.permanent('not-allowed', 'Not you.');
    const values = { colour: this.users.get(user.local) ?? 'red' };
    return { title: 'Registration', instructions: 'Choose.', formType: 'jabber:iq:register', fields: [{ name: 'colour', label: 'Colour', kind: 'text' }], values };
  }

  register({ local }: Jid, { colour = 'red' }: Values): Promise<'new' | 'changed' | Failure> {
    if (colour === '') return Promise.resolve(Failure.permanent('bad-content', 'A colour is needed.'));
    const known = this.users.has(local);
    this.users.set(local, colour);
    return Promise.resolve(known ? 'changed' : 'new');
  }

  remove({ local, domain }: Jid): Promise<readonly Jid[] | Failure> {
    const contacts = [{ kind: 'jid', local: 'ann%shop.example', domain: `mail.${domain}`, resource: '' }] as const;
    return Promise.resolve(this.users.delete(local) ? contacts : Failure.permanent('no-such-recipient', 'You are not registered.'));
  }

  leaving(): Promise<readonly Departure[]> {
    return Promise.resolve(this.departures);
  }

  parted(departure: Departure): Promise<void> {
    this.departures = this.departures.filter(({ user }) => user.local !== departure.user.local);
    return Promise.resolve();
  }
}

const NOBODY_BLOCKED: BlockList = {
  block: () => Promise.resolve(undefined),
  unblock: () => Promise.resolve(undefined),
  unblockAll: () => Promise.resolve(undefined),
  blocked: () => Promise.resolve([]),
};

export type EdgeChanges = Partial<XmppOptions> & { port?: number; subscriptions?: MemorySubscriptions; watched?: MemoryWatched; served?: Commands; registration?: RecordingRegistration; serves?: (user: Jid) => boolean };

/** An edge for this server; it is started and not waited for. Retries are fast. */
export function startEdge(server: XmppServer, changes: EdgeChanges = {}): Running {
  const { port = server.componentPort, subscriptions = new MemorySubscriptions(), watched = new MemoryWatched(), registration = new RecordingRegistration(), served, serves = ({ domain }) => domain === server.domain, ...options } = changes;
  const { log, lines } = recordingLog();
  const gateway: GatewayNames = { domain: server.component, home: server.domain, separator: '%' };
  const intake = new RecordingIntake();
  const people = new MemoryPeople();
  const commands = new RecordingCommands();
  const whereabouts = new Whereabouts(Date.now);
  const edge = new XmppEdge(
    { service: `xmpp://127.0.0.1:${port}`, secret: server.secret, retryFirst: 50, retryLongest: 500, ...options },
    { intake, commands: served ?? commands, registration, subscriptions, people, watched, blockList: NOBODY_BLOCKED, whereabouts, serves, log, clock: Date.now, gateway, version: '1.2.3' },
  );
  edge.start();
  return { edge, gateway, intake, commands, registration, subscriptions, people, watched, whereabouts, lines };
}

/** Waits until the edge is connected. */
export async function online(running: Running, deadlineMs = 10_000): Promise<Running> {
  await waitUntil('the edge is connected', () => running.edge.ready, deadlineMs).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${running.lines.map((line) => JSON.stringify(line)).join('\n')}`);
  });
  return running;
}
