/**
 * The XMPP edge: the component link, what comes in over it, and the outlet for deliveries to chat users. Here the parts
 * are put together; what each decides is in its own file.
 */
import { sameDomain, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import type { Clock } from '../clock.js';
import type { BlockList, Commands, Intake, Outcome, Outlet, People, Registration, Subscriptions, WatchedUsers } from '../edge.js';
import { isFailure } from '../failure.js';
import type { Whereabouts } from '../presence/whereabouts.js';
import type { Log } from '../log.js';
import type { Delivery } from '../message.js';
import type { ToStanzaOptions } from '../translate/to-stanza.js';
import { AdHoc } from './adhoc.js';
import { Aside } from './aside.js';
import { Attendance } from './attendance.js';
import { NameProbe } from './name-probe.js';
import { BlockProbe } from './block-probe.js';
import { Deliveries } from './deliveries.js';
import { Gate } from './gate.js';
import { handlersFor } from './handlers.js';
import { hasRead } from './has-read.js';
import { Handover } from './handover.js';
import { IqCaller } from './iq.js';
import { Link, type LinkState } from './link.js';
import { Messages } from './messages.js';
import { MAX_BUFFERED, WINDOW_SIZE, withDefaults, type XmppOptions } from './options.js';
import { CardMails } from './card-mail.js';
import { RegistrationDesk } from './registration.js';
import { Portraits } from './portraits.js';
import { Profiles } from './profile.js';
import { pong } from './pong.js';
import { Requests } from './requests.js';
import { Throttle } from './throttle.js';
import { UploadService } from './upload-service.js';
import { Uploads, type MailFiles } from './uploads.js';
import type { Element } from './xml.js';

export interface XmppDeps {
  readonly intake: Intake;
  readonly commands: Commands;
  readonly registration: Registration;
  readonly subscriptions: Subscriptions;
  readonly watched: WatchedUsers;
  readonly people: People;
  readonly blockList: BlockList;
  /** Why the gateway takes nothing new, while it does not; one line. Absent: it always does. */
  readonly busy?: () => string | undefined;
  /** Is told who is where. */
  readonly whereabouts: Whereabouts;
  /** Is this chat user, full or bare JID, one of the gateway's? */
  readonly serves: (user: Jid) => boolean;
  readonly log: Log;
  readonly clock: Clock;
  readonly gateway: GatewayNames;
  /** The product's version, for XEP-0092. */
  readonly version: string;
  /** How a chat user gets at the whole original of a mail whose text was cut. */
  readonly originalHint?: ToStanzaOptions['originalHint'];
  readonly seenBy?: ToStanzaOptions['seenBy'];
  /** Absent: files are named in the text. */
  readonly files?: MailFiles;
}

/** Shares of the time to stop: for closing the stream, and for storing what came in until then. */
const CLOSING_SHARE = 0.2;

/** Questions about chat users, whose answers are asked of their server: at once, and waiting for that. */
const PEERS = 100;
const MOST_PEERS = 1_000;

export class XmppEdge implements Outlet {
  readonly name = 'xmpp';
  readonly keepsOrder = true;
  readonly concurrency: number;

  private readonly link: Link;
  private readonly gate: Gate;
  private readonly iq: IqCaller;
  private readonly handover: Handover;
  /** Who is there. */
  readonly attendance: Attendance;
  /** Who comes and who goes. */
  readonly desk: RegistrationDesk;
  /** What users are called. */
  readonly profiles: Profiles;
  /** The mail addresses that users publish. */
  readonly cardMails: CardMails;
  /** Whom users block at their own server. */
  readonly blockProbe: BlockProbe;
  /** Which names the home server has users of. */
  readonly nameProbe: NameProbe;
  readonly uploadService: UploadService;
  private readonly portraits: Portraits;
  private readonly messages: Messages;
  private readonly throttle: Throttle;
  /** For what waits for answers about a chat user. */
  private readonly peers = new Aside(PEERS, MOST_PEERS);
  private readonly requests: Requests;
  private readonly deliveries: Deliveries;
  private readonly uploads: Uploads | undefined;
  private readonly settings: Required<XmppOptions>;
  private readonly listeners: (() => void)[] = [];
  private stanzasIn = 0;
  private stopping = false;

  constructor(
    options: XmppOptions,
    private readonly deps: XmppDeps,
  ) {
    const settings = (this.settings = withDefaults(options));
    const { gateway, log, clock } = deps;
    this.concurrency = settings.window;
    this.link = this.makeLink();
    const limits = { domain: gateway.domain, maxStanza: settings.maxStanza, maxBuffered: MAX_BUFFERED };
    this.gate = new Gate(limits, this.link, () => this.room());
    const send = (stanzas: Element | readonly Element[]) => this.gate.send(stanzas);
    this.iq = new IqCaller(send);
    this.handover = this.makeHandover();
    this.blockProbe = new BlockProbe({ domain: gateway.domain, send, pong: (server) => this.iq[sameDomain(server, gateway.home) ? 'ping' : 'pingAcross'](gateway.domain, server, settings.pongDeadline) });
    this.nameProbe = new NameProbe({ gateway, send, iq: this.iq });
    this.throttle = new Throttle(settings.maxAccepting, this.link, () => this.gate.full);
    this.profiles = new Profiles(this.iq, gateway.domain, clock);
    this.cardMails = new CardMails(this.iq, gateway.domain, clock);
    this.uploadService = new UploadService(this.iq, gateway, clock);
    this.uploads = deps.files === undefined ? undefined : new Uploads(deps.files, this.uploadService, log);
    this.messages = new Messages({ gateway, intake: deps.intake, commands: deps.commands, log, clock, send, handover: this.handover, maxStanza: settings.maxStanza });
    const admits = (user: Jid, mail: MailAddress): boolean => !isFailure(deps.intake.admitChat(user, mail));
    this.portraits = new Portraits({ gateway, people: deps.people, admits, nameOf: (user) => this.profiles.nameOf(user) });
    this.attendance = this.makeAttendance();
    this.desk = new RegistrationDesk({ registration: deps.registration, attendance: this.attendance, subscriptions: deps.subscriptions, domain: gateway.domain, log, send, room: () => this.gate.room(), pong: () => this.pong() });
    const handlers = handlersFor({ gateway, portraits: this.portraits, version: deps.version, startedAt: clock(), clock, adhoc: new AdHoc(deps.commands, deps.serves, clock), desk: this.desk, blockList: deps.blockList });
    this.requests = new Requests({ gateway, gate: this.gate, throttle: this.throttle, peers: this.peers, handlers, log });
    const { originalHint, seenBy } = deps;
    this.deliveries = new Deliveries({ gateway, clock, handover: this.handover, uploads: this.uploads, maxStanza: settings.maxStanza, window: settings.window, originalHint, seenBy, ready: () => this.ready });
  }

  private makeLink(): Link {
    const { settings, deps } = this;
    const { service, secret, connectDeadline } = settings;
    const retry = { first: settings.retryFirst, longest: settings.retryLongest, slow: settings.retrySlow };
    const keepAlive = { idle: settings.keepAliveIdle, deadline: settings.keepAliveDeadline };
    return new Link({ service, secret, connectDeadline, domain: deps.gateway.domain, retry, keepAlive }, deps, {
      online: () => this.online(),
      offline: () => this.offline(),
      drain: () => this.gate.drained(),
      stanza: (stanza) => this.take(stanza),
      ping: () => void this.iq.ping(deps.gateway.domain, deps.gateway.home, settings.keepAliveDeadline),
    });
  }

  private makeHandover(): Handover {
    const { gate, link, settings } = this;
    return new Handover(
      { window: settings.window, windowSize: WINDOW_SIZE },
      {
        get connected() {
          return link.connected;
        },
        get full() {
          return gate.full;
        },
        send: (stanzas) => gate.send(stanzas),
        ping: () => this.pong(),
      },
    );
  }

  private makeAttendance(): Attendance {
    const { gate, link, deps, portraits, iq, profiles } = this;
    const { gateway, subscriptions, watched, whereabouts, serves, log } = deps;
    return new Attendance({
      ...{ gateway, subscriptions, watched, whereabouts, serves, log, portraits, iq, profiles, peers: this.peers, rollCallEvery: this.settings.rollCallEvery, lookEvery: this.settings.lookEvery },
      connected: () => link.connected,
      mayRegister: (user) => deps.registration.mayRegister(user),
      busy: () => deps.busy?.(),
      send: (stanza) => gate.send(stanza),
      room: () => gate.room(),
      pong: () => this.pong(),
      refusal: (user, mail) => this.messages.refusal(user, mail),
    });
  }

  /** Starts connecting, for ever, and returns at once. */
  start(): void {
    this.link.start();
  }

  get ready(): boolean {
    return this.link.connected && !this.stopping;
  }

  onReady(listener: () => void): void {
    this.listeners.push(listener);
  }

  deliver(delivery: Delivery): Promise<Outcome> {
    return this.deliveries.deliver(delivery);
  }

  /** Has a client of this user read what was sent to the bare JID before? False when none answers within 20 s. @param user full or bare JID */
  hasRead(user: Jid): Promise<boolean> {
    const { whereabouts, gateway } = this.deps;
    return hasRead(user, { iq: this.iq, whereabouts, domain: gateway.domain, deadline: this.settings.readDeadline });
  }

  /** For health checks. */
  state(): LinkState {
    return this.link.state();
  }

  /** Totals since the start. */
  counters(): Readonly<Record<string, number>> {
    const { stanzas, bytes, refused } = this.gate.counts;
    return {
      stanzasIn: this.stanzasIn,
      requestsIn: this.requests.count,
      stanzasOut: stanzas,
      bytesOut: bytes,
      refusedOut: refused,
      ...this.uploads?.counts,
      linkLosses: this.link.losses,
      handedOver: this.handover.counts['handed-over'],
      deferred: this.handover.counts.deferred,
      failed: this.handover.counts.failed,
      released: this.handover.counts.released,
    };
  }

  /**
   * Takes no more deliveries, tells subscribers that their contacts are gone, waits for what is under way, and closes the
   * stream; all within `deadlineMs`. What is not confirmed by then is released.
   */
  async stop(deadlineMs: number): Promise<void> {
    this.stopping = true;
    this.uploads?.stop();
    await within(this.finish(), deadlineMs * (1 - 2 * CLOSING_SHARE));
    await this.link.stop(deadlineMs * CLOSING_SHARE);
    await within(this.throttle.idle(), deadlineMs * CLOSING_SHARE);
  }

  private async finish(): Promise<void> {
    if (!this.link.connected) return;
    await this.attend(this.attendance.announce('unavailable'));
    await this.pong();
    await Promise.all([this.throttle.idle(), this.peers.idle()]);
  }

  private online(): void {
    if (this.stopping) return;
    this.uploadService.online();
    void this.attend(this.attendance.online());
    void this.desk.online();
    for (const listener of this.listeners) listener();
  }

  private async attend(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (err) {
      this.deps.log.error({ err }, 'the subscriptions could not be read: presence is not announced');
    }
  }

  private offline(): void {
    this.handover.lost();
    this.iq.lost();
    this.gate.lost();
    this.attendance.lost();
  }

  private pong(): Promise<boolean> {
    const { iq, link, settings, deps } = this;
    return pong({ iq, link, gateway: deps.gateway, clock: deps.clock, deadline: settings.pongDeadline });
  }

  private room(): void {
    this.handover.pump();
    this.throttle.check();
  }

  private take(stanza: Element): void {
    this.stanzasIn++;
    if (stanza.name === 'iq') this.takeIq(stanza);
    else if (!this.blockProbe.answered(stanza) && !this.nameProbe.answered(stanza)) void this.throttle.run(this.work(stanza));
    if (this.gate.full) this.throttle.check();
  }

  private takeIq(iq: Element): void {
    if (!this.iq.answered(iq)) this.requests.take(iq);
  }

  private async work(stanza: Element): Promise<void> {
    try {
      if (stanza.name === 'presence') await this.attendance.take(stanza);
      else if (!this.attendance.takeMessage(stanza)) await this.messages.take(stanza);
    } catch (err) {
      this.deps.log.error({ err, stanza: stanza.name, from: stanza.attrs.from }, 'a stanza could not be handled');
    }
  }
}

/** Resolves when the work is done, or after `ms`. */
function within(work: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(resolve, ms);
    work.finally(() => clearTimeout(late)).then(resolve, reject);
  });
}
