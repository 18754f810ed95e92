/** Everything about who is there: presence of contacts and of users, subscriptions both ways, privileges, and new contacts. Puts the parts together. */
import { bareJid, contactOf, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import type { Introduction, Subscriptions, WatchedUsers } from '../edge.js';
import { isFailure, type Failure } from '../failure.js';
import type { Log } from '../log.js';
import type { Whereabouts } from '../presence/whereabouts.js';
import { Aside } from './aside.js';
import { Availability } from './availability.js';
import { Capabilities } from './capabilities.js';
import { Following } from './following.js';
import { Introductions } from './introductions.js';
import type { IqCaller } from './iq.js';
import { Looks } from './looks.js';
import type { Portraits } from './portraits.js';
import { Presence } from './presence.js';
import type { Profiles } from './profile.js';
import { Privileges } from './privileges.js';
import { RollCall } from './roll-call.js';
import { Rosters, type Standing } from './roster.js';
import { ServerFaces } from './server-faces.js';
import { Watching } from './watching.js';
import type { Element, StanzaError } from './xml.js';

export interface AttendancePorts {
  readonly gateway: GatewayNames;
  readonly subscriptions: Subscriptions;
  readonly watched: WatchedUsers;
  readonly whereabouts: Whereabouts;
  readonly portraits: Portraits;
  readonly iq: IqCaller;
  readonly profiles: Pick<Profiles, 'renewed'>;
  /** For what waits for answers about a chat user. */
  readonly peers: Aside;
  readonly log: Log;
  /** ms between roll calls. */
  readonly rollCallEvery: number;
  /** ms between looks at one user whose presence must be known. */
  readonly lookEvery: number;
  /** True while the link is up. */
  readonly connected: () => boolean;
  /** Is this chat user, full or bare JID, one of the gateway's? */
  readonly serves: (user: Jid) => boolean;
  /** May this chat user register? */
  readonly mayRegister: (user: Jid) => boolean;
  /** Why the gateway takes nothing new, while it does not. */
  readonly busy: () => string | undefined;
  send(stanza: Element): Failure | undefined;
  /** Resolves when the way out has room. */
  room(): Promise<void>;
  /** Resolves when the server has answered for all that was sent before, or the link is lost. */
  pong(): Promise<unknown>;
  /** Why this user may not have this contact, if so. */
  refusal(user: Jid, mail: MailAddress): StanzaError | undefined;
}

/** Rosters that are written at once so that users are seen, and that wait for it. */
const SHARES = 20;
const MOST_SHARES = 20_000;

export class Attendance {
  private readonly privileges: Privileges;
  private readonly watching: Watching;
  private readonly presence: Presence;
  private readonly rollCall: RollCall;
  private readonly introductions: Introductions;
  /** Whose coming and going must be known. */
  readonly following: Following;
  /** What users' clients can do. */
  readonly capabilities: Capabilities;
  /** How users look. */
  readonly faces: ServerFaces;

  constructor(private readonly ports: AttendancePorts) {
    const { gateway, iq, log, whereabouts, serves, rollCallEvery, lookEvery } = ports;
    const { domain } = gateway;
    const shared = {
      ...ports,
      get connected() {
        return ports.connected();
      },
    };
    this.privileges = new Privileges((server) => server.domain === gateway.home || serves(server));
    this.faces = new ServerFaces(iq, ports.profiles, domain);
    this.capabilities = new Capabilities(iq, domain);
    const rosters = new Rosters({ iq, privileges: this.privileges, domain, log });
    const sharing = { shares: new Aside(SHARES, MOST_SHARES), canShare: (user: Jid) => rosters.can(user), share: (user: Jid, ours: Jid) => rosters.share(user, ours) };
    this.watching = new Watching(Object.assign(shared, { ...sharing, unseen: (user: Jid) => this.unseen(user), confirmed: (user: Jid) => this.confirmed(user) }));
    const looks = new Looks(Object.assign(shared, { watching: this.watching, isManaged: (user: Jid) => this.privileges.seesPresence(user), every: lookEvery }));
    this.following = new Following(Object.assign(shared, { watching: this.watching, looks, domain, here: (user: Jid) => this.presence.here(user) }));
    this.rollCall = new RollCall({ iq, whereabouts, domain, every: rollCallEvery, needed: (user) => this.privileges.seesPresence(user) && !this.watching.seen(user) });
    const availability = new Availability({ faces: this.faces, looks, whereabouts, serves, sees: (ours, user) => this.sees(ours, user), seen: (user) => this.seen(user), came: (user) => this.following.came(user) });
    this.presence = new Presence(Object.assign(shared, { availability, watching: this.watching, hears: (user: Jid) => this.following.has(user) }));
    const refuses = (user: Jid): Promise<boolean> => this.watching.refuses(user);
    this.introductions = new Introductions(Object.assign(shared, { rosters, capabilities: this.capabilities, refuses, written: (user: Jid, contact: Jid, standing: Standing) => this.written(user, contact, standing) }));
  }

  /** Takes a presence stanza; never rejects. */
  take(presence: Element): Promise<void> {
    return this.presence.take(presence);
  }

  /** Takes a message that tells what we may do, or how a user looks; false for any other. */
  takeMessage(message: Element): boolean {
    return this.privileges.take(message) || this.faces.takeEvent(message);
  }

  /** The link is up. Rejects as the store does. */
  async online(): Promise<void> {
    this.rollCall.start();
    await this.announce(undefined);
    await this.watching.online();
    this.faces.online();
    await this.following.online();
  }

  lost(): void {
    this.rollCall.stop();
    this.privileges.lost();
    this.ports.whereabouts.lost();
    this.watching.lost();
    this.following.lost();
  }

  /** As `Presence.announce`. */
  announce(type: 'unavailable' | undefined): Promise<void> {
    return this.presence.announce(type);
  }

  /** What is known of the address has changed: those who have it as a contact are told. Never rejects. */
  async personChanged(address: MailAddress): Promise<void> {
    const { portraits, gateway, connected, log } = this.ports;
    portraits.forget(address);
    const contact = contactOf(address, gateway);
    if (isFailure(contact) || !connected()) return;
    try {
      await this.presence.changed(contact);
    } catch (err) {
      log.error({ err }, 'the subscribers of a contact could not be read: they are not told how it looks now');
    }
  }

  /** What `busy` says is another: who sees the gateway is told. Never rejects. */
  async busyChanged(): Promise<void> {
    const { connected, log } = this.ports;
    if (!connected()) return;
    try {
      await this.presence.busyChanged();
    } catch (err) {
      log.error({ err }, 'who sees the gateway could not be read: they are not told that it is busy, or is no more');
    }
  }

  /** The gateway subscribes to the presence of a user who has registered (XEP-0100 §4.1). Never rejects. @param user full or bare JID */
  watch(user: Jid): Promise<void> {
    return this.watching.watch(bareJid(user));
  }

  /** As `Watching.left`. */
  left(user: Jid): Promise<void> {
    return this.watching.left(user);
  }

  /** Puts a contact into the user's roster, or suggests it to the user's client. False: not now. Never rejects. */
  introduce(introduction: Introduction): Promise<boolean> {
    return this.introductions.make(introduction);
  }

  private async written(user: Jid, contact: Jid, standing: Standing): Promise<void> {
    await this.presence.shared({ user, contact });
    if (standing === 'both') await this.watching.wrote(user, contact);
  }

  private sees(ours: Jid, user: Jid): boolean {
    const managed = ours.local === '' && this.privileges.seesPresence(user);
    return managed || this.watching.sees(ours, user);
  }

  private seen(user: Jid): boolean {
    return this.privileges.seesPresence(user) || this.watching.seen(user);
  }

  /** Of who comes later, his coming is told. */
  private confirmed(user: Jid): void {
    if (this.ports.whereabouts.clients(user).length > 0) this.following.came(user);
  }

  private unseen(user: Jid): void {
    // Also where all presence is told us: the server of one who takes out a contact says to it that his clients are gone (RFC 6121 §2.5.2).
    this.ports.whereabouts.forget(user);
  }
}
