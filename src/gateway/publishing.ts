/** Presence on the web, put together: what users permit, where they are, and the paths of the public listener that tell it. */
import { formatBareJid, formatMailAddress, parseJid, type Jid, type MailAddress } from '../address.js';
import { presenceCommands } from '../bridge/command/presence.js';
import type { Command } from '../bridge/command.js';
import type { Preferences } from '../bridge/preferences.js';
import type { Clock } from '../clock.js';
import { Drawing } from '../drawing.js';
import { Failure, isFailure } from '../failure.js';
import type { Log } from '../log.js';
import { MachineFonts } from '../machine-fonts.js';
import { Board } from '../presence/board.js';
import { Faces } from '../presence/faces.js';
import { ApiKeys } from '../presence/keys.js';
import type { Publication } from '../presence/publication.js';
import { Publications } from '../presence/publications.js';
import { Publisher } from '../presence/publisher.js';
import type { Contact } from '../presence/view.js';
import type { Client, Whereabouts } from '../presence/whereabouts.js';
import type { SqliteStore } from '../store/sqlite.js';
import type { Part } from '../web/answer.js';
import { openFiles } from '../web/open-files.js';
import { Api } from '../web/presence/api.js';
import { Badges } from '../web/presence/badges.js';
import { Door } from '../web/presence/door.js';
import { Hub } from '../web/presence/hub.js';
import { streamLimits } from '../web/presence/stream-places.js';
import { StreamPart } from '../web/presence/stream.js';
import { People } from '../web/presence/people.js';
import { Lookup } from '../web/presence/lookup.js';
import { WIDGET_PATHS, WidgetPart } from '../web/presence/widget-part.js';
import type { Attendance } from '../xmpp/attendance.js';

export interface PublishingParts {
  readonly store: SqliteStore;
  readonly whereabouts: Whereabouts;
  readonly preferences: Preferences;
  /** The gateway's domain. */
  readonly domain: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Undefined without a web listener. */
  readonly publicUrl: string | undefined;
  /** From one address, without an API key. */
  readonly requestsPerMinute: number;
  /** Whose mail address it is, as far as that may be told. Rejects as the store does. */
  readonly ownerOf: (mail: MailAddress) => Promise<Jid | undefined>;
  /** Is this one of the gateway's users, whom the operators have not blocked? */
  readonly serves: (user: Jid) => boolean;
  /** The address that he writes by, never one that he gave to somebody alone; a failure where he has none. */
  readonly writesBy: (user: Jid) => MailAddress | Failure;
  /** Tells who is where, and what with. */
  readonly attendance: () => Pick<Attendance, 'following' | 'capabilities' | 'faces'>;
}

export class Publishing {
  readonly publisher: Publisher;
  private readonly publications: Publications;
  private readonly keys: ApiKeys;
  private readonly board: Board;
  private readonly faces: Faces;
  private started = false;
  private hub: Hub | undefined;
  private readonly drawing = new Drawing();
  readonly commands: readonly Command[];
  /** Of the public listener, by the first segment of their paths. */
  readonly web: ReadonlyMap<string, Part>;

  constructor(private readonly parts: PublishingParts) {
    const { whereabouts, store, clock, log, attendance } = parts;
    const consents = (this.publications = new Publications(store.publications));
    const identities = async (user: Jid, client: Client): Promise<readonly string[]> => (await attendance().capabilities.of(user, client)).kinds;
    const states = (this.board = new Board({ whereabouts, identities, store: store.presenceStates, clock, log }));
    consents.onChange((before, after) => this.consentChanged(before, after));
    const faces = (this.faces = new Faces({ source: () => attendance().faces, running: () => performance.now() }));
    this.publisher = new Publisher({ consents, states, faces, serves: (user) => parts.serves(jidOf(user)), contactOf: (user) => this.contactOf(jidOf(user)) });
    this.commands = this.commandsOf(parts);
    this.keys = new ApiKeys({ store: store.apiKeys, clock: parts.clock, log: parts.log });
    this.web = parts.publicUrl === undefined ? new Map() : this.webOf(parts.publicUrl);
  }

  /** After `reload`, and before there is a link. Rejects as the store does. */
  async start(): Promise<void> {
    await this.board.start(this.publications.publishing());
    const { following, faces } = this.parts.attendance();
    for (const user of this.publications.publishing()) {
      following.add(jidOf(user));
      this.faces.add(user);
    }
    this.parts.whereabouts.on('online', (user) => this.faces.came(user));
    faces.onTold((user, told) => this.faces.told(user, told));
    faces.onUp(() => this.faces.online());
    this.keys.start();
    this.started = true;
    this.hub?.start();
  }

  /** Reads what is kept, also again when another process has changed it. Rejects as the store does. */
  async reload(): Promise<void> {
    await this.publications.load();
    await this.keys.load();
  }

  /** As `Publications.forgetting`. @param user bare JID */
  forgetting<T>(user: Jid, forget: () => Promise<T>): Promise<T> {
    return this.publications.forgetting(formatBareJid(user), forget);
  }

  /** Ends what goes on. */
  async stop(): Promise<void> {
    this.hub?.close();
    this.drawing.close();
    await Promise.all([this.keys.stop(), this.board.stop()]);
  }

  /** Who publishes from now on must be seen. */
  private consentChanged(before: Publication | undefined, after: Publication | undefined): void {
    const was = isPublished(before);
    const is = isPublished(after);
    const user = (after ?? before)?.user;
    if (was === is || user === undefined || !this.started) return;
    const { following } = this.parts.attendance();
    this.board[is ? 'published' : 'withdrawn'](user);
    this.faces[is ? 'add' : 'remove'](user);
    if (is) void following.follow(jidOf(user));
    else following.unfollow(jidOf(user));
  }

  private webOf(publicUrl: string): ReadonlyMap<string, Part> {
    const { publisher, keys } = this;
    const running = (): number => performance.now();
    const door = new Door({ holder: (secret) => keys.holder(secret), rate: this.parts.requestsPerMinute, publicUrl, running });
    const lookup = new Lookup({ publisher, door, publicUrl, log: this.parts.log, ownerOf: this.parts.ownerOf });
    const hub = (this.hub = new Hub({ publisher, publicUrl, isGood: (key) => keys.isGood(key), watched: (name) => this.watched(name), limits: streamLimits(openFiles()) }));
    const scripts = new WidgetPart();
    const people = new People({ publisher, door, publicUrl, clock: this.parts.clock });
    const badges = new Badges({ publisher, door, drawing: this.drawing, fonts: new MachineFonts() });
    return new Map<string, Part>([['v1', new Api({ publisher, door, publicUrl, running, more: new Map<string, Part>([['stream', new StreamPart({ hub, publisher, door })], ['lookup', lookup]]) })], ['u', people], ['badge', badges], ...WIDGET_PATHS.map((name) => [name, scripts] as const)]);
  }

  private watched(name: string): void {
    const publication = this.publications.byId(name) ?? this.publications.ofUser(name);
    if (publication !== undefined) this.parts.attendance().following.watch(jidOf(publication.user));
  }

  private commandsOf({ publicUrl, preferences, domain, attendance, store }: PublishingParts): readonly Command[] {
    return presenceCommands({
      ...{ publications: this.publications, publicUrl, preferences, gateway: domain },
      hasKey: async (name) => (await store.apiKeys.apiKeys()).some((key) => key.name === name),
      contactOf: (user) => this.contactOf(user),
      isSeen: (user) => attendance().following.isSeen(user),
    });
  }

  private contactOf(user: Jid): Contact {
    const mail = this.parts.writesBy(user);
    return { jid: formatBareJid(user), ...(!isFailure(mail) && { mail: formatMailAddress(mail) }) };
  }
}

function isPublished(publication: Publication | undefined): boolean {
  return publication !== undefined && publication.audience !== 'nobody';
}

/** Of a name that we have written ourselves. */
function jidOf(user: string): Jid {
  const jid = parseJid(user);
  if (isFailure(jid)) throw new Error('a kept JID is none');
  return jid;
}
