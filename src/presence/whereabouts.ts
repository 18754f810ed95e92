/** Which chat users are known to be online, by each of their clients (RFC 6121 §4). In memory: after a start, and after a lost link, nothing is known. */
import { bareJid, formatBareJid, parseJid, type Jid } from '../address.js';
import type { Clock } from '../clock.js';
import { isFailure } from '../failure.js';

/** One client of a user that is available. */
export interface Client {
  readonly resource: string;
  /** -128 to 127; a negative one takes no messages (RFC 6121 §4.7.2.3). */
  readonly priority: number;
  /** Absent: simply available. */
  readonly show?: 'away' | 'chat' | 'dnd' | 'xa';
  /** Foreign text. */
  readonly status?: string;
  /** What it says of its abilities. */
  readonly caps?: ClientCaps;
  /** XEP-0319: since when it is not used, ms since the epoch. */
  readonly idleSince?: number;
  /** His server shows it to one of ours that is subscribed to the user. Absent: it told some of ours itself (RFC 6121 §4.6), or we are told of all. */
  readonly seen?: true;
  /** When it last said so, ms since the epoch. */
  readonly at: number;
}

/** XEP-0115 §4; foreign text. */
export interface ClientCaps {
  readonly node: string;
  readonly hash: string;
  readonly ver: string;
}

/** `online`: a client with a priority of 0 or more is available. `unknown`: nobody has told us of this user. */
export type Standing = 'online' | 'offline' | 'unknown';

type Listener = (user: Jid) => void;
/** `changed`: anything about one of his clients, or that nobody tells of him any more. */
type Event = 'online' | 'offline' | 'changed';

/** Users and clients of one user that are kept; whoever comes then stays unknown, or unseen. */
const MOST_USERS = 500_000;
const MOST_CLIENTS = 50;
/** UTF-16 units of a status. */
const LONGEST_STATUS = 256;

export class Whereabouts {
  /** By bare JID; empty for a user who is known to be offline. */
  private readonly users = new Map<string, ReadonlyMap<string, Client>>();
  private readonly listeners: Record<Event, Listener[]> = { online: [], offline: [], changed: [] };
  private readonly lossListeners: (() => void)[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly mostUsers = MOST_USERS,
  ) {}

  /**
   * What a client tells only some of ours does not count beside what is seen of it.
   * @param from full JID, vouched for by the XMPP server
   * @param said when it said so, where that is only told again
   */
  available(from: Jid, { status, ...client }: Omit<Client, 'resource' | 'at'>, said?: number): void {
    this.change(from, (clients) => {
      const known = clients.get(from.resource);
      if (known === undefined ? clients.size >= MOST_CLIENTS : known.seen === true && client.seen !== true) return;
      const words = status === undefined ? {} : { status: status.slice(0, LONGEST_STATUS) };
      const next = { ...client, ...words, resource: from.resource, at: said ?? this.clock() };
      clients.set(from.resource, known !== undefined && said !== undefined && isRepeated(known, next) ? { ...next, at: known.at } : next);
    });
  }

  /** His server does not show this client to any of ours any more. @param from full JID */
  hidden(from: Jid): void {
    this.change(from, (clients) => {
      const known = clients.get(from.resource);
      if (known === undefined) return;
      const { seen: _, ...client } = known;
      clients.set(from.resource, client);
    });
  }

  /** @param from full JID; a bare one: none of the user's clients is available (RFC 6121 §4.3.2) */
  unavailable(from: Jid): void {
    this.change(from, (clients) => (from.resource === '' ? clients.clear() : clients.delete(from.resource)));
  }

  /**
   * A client is gone of which only it told us itself: nobody will tell when the user is back, who is unknown without another client.
   * @param from full JID
   */
  left(from: Jid): void {
    const clients = this.users.get(key(from));
    if (clients === undefined || !clients.has(from.resource)) return;
    if (clients.size === 1) this.forget(from);
    else this.unavailable(from);
  }

  /** Nobody tells us of this user any more. */
  forget(user: Jid): void {
    this.users.delete(key(user));
    this.tell('changed', user);
  }

  /** The link is lost: who goes now goes unseen. */
  lost(): void {
    for (const listener of this.lossListeners) listener();
    this.users.clear();
  }

  /** @param user full or bare JID */
  standing(user: Jid): Standing {
    const clients = this.users.get(key(user));
    return clients === undefined ? 'unknown' : standingOf(clients);
  }

  /** The user's available clients, highest priority first, of the same the one that spoke last. */
  clients(user: Jid): readonly Client[] {
    return [...(this.users.get(key(user))?.values() ?? [])].sort((one, other) => other.priority - one.priority || other.at - one.at);
  }

  /** @param from full JID */
  has(from: Jid): boolean {
    return this.users.get(key(from))?.has(from.resource) === true;
  }

  /** Of the clock that the clients' `at` is read from. */
  get now(): number {
    return this.clock();
  }

  /** Every user who has a client, by bare JID. */
  *everybody(): IterableIterator<readonly [Jid, readonly Client[]]> {
    for (const [name, clients] of this.users) {
      const user = parseJid(name);
      if (clients.size > 0 && !isFailure(user)) yield [user, [...clients.values()]];
    }
  }

  /** The bare JIDs of all who are online; may be walked while they come and go. */
  *online(): Iterable<string> {
    for (const [user, clients] of this.users) if (standingOf(clients) === 'online') yield user;
  }

  /** How many users are known, and how many of them are online. */
  counts(): { readonly known: number; readonly online: number } {
    let online = 0;
    for (const clients of this.users.values()) if (standingOf(clients) === 'online') online++;
    return { known: this.users.size, online };
  }

  /** Called with the bare JID: at `online` and `offline` each time a user's standing turns to it, also from `unknown`. */
  on(event: Event, listener: Listener): void {
    this.listeners[event].push(listener);
  }

  /** Called when the link is lost, while what was known can still be asked for. */
  onLoss(listener: () => void): void {
    this.lossListeners.push(listener);
  }

  private tell(event: Event, user: Jid): void {
    for (const listener of this.listeners[event]) listener(bareJid(user));
  }

  private change(from: Jid, edit: (clients: Map<string, Client>) => unknown): void {
    const before = this.standing(from);
    if (before === 'unknown' && this.users.size >= this.mostUsers) return;
    const clients = new Map(this.users.get(key(from)));
    edit(clients);
    this.users.set(key(from), clients);
    const after = standingOf(clients);
    if (after !== before) this.tell(after, from);
    this.tell('changed', from);
  }
}

function isRepeated(known: Client, next: Client): boolean {
  const words = ({ priority, show, status, caps, idleSince, seen }: Client): string => JSON.stringify([priority, show, status, caps, idleSince, seen]);
  return words(known) === words(next);
}

function standingOf(clients: ReadonlyMap<string, Client>): 'online' | 'offline' {
  for (const { priority } of clients.values()) if (priority >= 0) return 'online';
  return 'offline';
}

function key(user: Jid): string {
  return formatBareJid(user);
}
