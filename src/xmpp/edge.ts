/**
 * The XMPP edge: the component link, what comes in over it, and the outlet for deliveries to chat users. Here the parts
 * are put together; what each decides is in its own file.
 */
import { contactOf, sameDomain, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import type { Clock } from '../clock.js';
import type { BlockList, Commands, Intake, Introduction, Outcome, Outlet, People, Registration, Subscriptions, WatchedUsers } from '../edge.js';
import { isFailure } from '../failure.js';
import type { Whereabouts } from '../presence/whereabouts.js';
import type { Log } from '../log.js';
import type { Delivery } from '../message.js';
import type { PlacedFile } from '../translate/stanza-shared.js';
import { toStanzas, type ToStanzaOptions } from '../translate/to-stanza.js';
import { AdHoc } from './adhoc.js';
import { Aside } from './aside.js';
import { Attendance } from './attendance.js';
import { NameProbe } from './name-probe.js';
import { BlockProbe } from './block-probe.js';
import { Gate } from './gate.js';
import { handlersFor } from './handlers.js';
import { hasRead } from './has-read.js';
import { Handover } from './handover.js';
import { InOrder } from './in-order.js';
import { IqCaller } from './iq.js';
import { Link, type LinkState } from './link.js';
import { Messages } from './messages.js';
import { DEFAULTS, MAX_BUFFERED, WINDOW_SIZE, type XmppOptions } from './options.js';
import { CardMails } from './card-mail.js';
import { RegistrationDesk } from './registration.js';
import { Portraits } from './portraits.js';
import { Profiles } from './profile.js';
import { isAboutPeer, respond, type Handlers, type Response } from './responder.js';
import { Throttle } from './throttle.js';
import { UploadService } from './upload-service.js';
import { Uploads, type MailFiles } from './uploads.js';
import { errorReply, type Element, type StanzaError } from './xml.js';

export interface XmppDeps {
  readonly intake: Intake;
  readonly commands: Commands;
  readonly registration: Registration;
  readonly subscriptions: Subscriptions;
  readonly watched: WatchedUsers;
  readonly people: People;
  readonly blockList: BlockList;
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

const TOO_LARGE: StanzaError = { type: 'cancel', condition: 'resource-constraint', text: 'The answer is larger than the XMPP server takes.' };
const BUSY: StanzaError = { type: 'wait', condition: 'internal-server-error' };

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
  private readonly portraits: Portraits;
  private readonly blockProbe: BlockProbe;
  private readonly nameProbe: NameProbe;
  private readonly profiles: Profiles;
  private readonly cardMails: CardMails;
  private readonly messages: Messages;
  private readonly throttle: Throttle;
  /** For what waits for answers about a chat user. */
  private readonly peers = new Aside(PEERS, MOST_PEERS);
  private readonly handlers: Handlers;
  private readonly uploadService: UploadService;
  private readonly uploads: Uploads | undefined;
  private readonly inOrder: InOrder<ReadonlyMap<number, PlacedFile>>;
  private readonly settings: Required<XmppOptions>;
  private readonly listeners: (() => void)[] = [];
  private readonly counts = { stanzasIn: 0, requestsIn: 0 };
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
    this.inOrder = new InOrder(Math.ceil(settings.window / 2));
    this.uploadService = new UploadService(this.iq, gateway, clock);
    this.uploads = deps.files === undefined ? undefined : new Uploads(deps.files, this.uploadService, log);
    this.messages = new Messages({ gateway, intake: deps.intake, commands: deps.commands, log, clock, send, handover: this.handover, maxStanza: settings.maxStanza });
    const admits = (user: Jid, mail: MailAddress): boolean => !isFailure(deps.intake.admitChat(user, mail));
    this.portraits = new Portraits({ gateway, people: deps.people, admits, nameOf: (user) => this.profiles.nameOf(user) });
    this.attendance = this.makeAttendance();
    this.desk = new RegistrationDesk({ registration: deps.registration, attendance: this.attendance, subscriptions: deps.subscriptions, domain: gateway.domain, log, send, room: () => this.gate.room(), pong: () => this.pong() });
    this.handlers = handlersFor({ gateway, portraits: this.portraits, version: deps.version, startedAt: clock(), clock, adhoc: new AdHoc(deps.commands, deps.serves, clock), desk: this.desk, blockList: deps.blockList });
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

  async deliver(delivery: Delivery): Promise<Outcome> {
    if (!this.ready) return { state: 'released' };
    return this.inOrder.run(delivery, this.uploads?.place(delivery.message), (placed) => this.pass(delivery, placed));
  }

  private async pass(delivery: Delivery, placed: ReadonlyMap<number, PlacedFile> | undefined): Promise<Outcome> {
    // What could not be uploaded because the link was lost is uploaded at the next try.
    if (!this.ready) return { state: 'released' };
    const { gateway, clock, originalHint, seenBy } = this.deps;
    const stanzas = toStanzas(delivery, {
      gateway,
      maxBytes: this.settings.maxStanza,
      now: clock(),
      ...(originalHint !== undefined && { originalHint }),
      ...(seenBy !== undefined && { seenBy }),
      ...(placed !== undefined && { placed }),
    });
    if (isFailure(stanzas)) return { state: 'failed', failure: stanzas };
    // A report that no client can make use of has none.
    return stanzas.length === 0 ? { state: 'handed-over' } : this.handover.deliver(stanzas);
  }

  /** The display name of a chat user, or undefined when it has none or does not answer within 3 s. Kept for a day. */
  nameOf(user: Jid): Promise<string | undefined> {
    return this.profiles.nameOf(user);
  }

  /** The mail address that a chat user publishes in its vCard; kept for a day. Never rejects. */
  mailOf(user: Jid): Promise<MailAddress | undefined> {
    return this.cardMails.mailOf(user);
  }

  /** Has a client of this user read what was sent to the bare JID before? False when none answers within 20 s. @param user full or bare JID */
  hasRead(user: Jid): Promise<boolean> {
    const { whereabouts, gateway } = this.deps;
    return hasRead(user, { iq: this.iq, whereabouts, domain: gateway.domain, deadline: this.settings.readDeadline });
  }

  /** The gateway subscribes to the presence of a user who has registered (XEP-0100 §4.1). Never rejects. @param user full or bare JID */
  watch(user: Jid): Promise<void> {
    return this.attendance.watch(user);
  }

  /** Puts a contact into the user's roster, or suggests it to the user's client. False: not now. Never rejects. */
  introduce(introduction: Introduction): Promise<boolean> {
    return this.attendance.introduce(introduction);
  }

  /** What is known of the address has changed: those who have it as a contact are told. Never rejects. */
  async personChanged(address: MailAddress): Promise<void> {
    this.portraits.forget(address);
    const contact = contactOf(address, this.deps.gateway);
    if (isFailure(contact) || !this.link.connected) return;
    try {
      await this.attendance.changed(contact);
    } catch (err) {
      this.deps.log.error({ err }, 'the subscribers of a contact could not be read: they are not told how it looks now');
    }
  }

  /** Does this user's own server block this contact (bare)? Undefined when it cannot be told. Never rejects. */
  isBlocked(user: Jid, contact: Jid): Promise<boolean | undefined> {
    return this.blockProbe.ask(user, contact);
  }

  /** Does the home server have a user of one of these names? @see NameProbe */
  inUse(names: readonly string[]): Promise<'used' | 'unused' | undefined> {
    return this.nameProbe.ask(names);
  }

  /** Where the files of the home server's upload service are got from, as `host:port`; undefined when it does not tell. */
  uploadHost(): Promise<string | undefined> {
    return this.uploadService.host();
  }

  /** For health checks. */
  state(): LinkState {
    return this.link.state();
  }

  /** Totals since the start, for metrics. */
  counters(): Readonly<Record<string, number>> {
    const { stanzas, bytes, refused } = this.gate.counts;
    return {
      ...this.counts,
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

  private room(): void {
    this.handover.pump();
    this.throttle.check();
  }

  /**
   * Resolves true when the server has taken all that was sent before. A link without an answer is given up, unless the
   * answer may lie where we have not read yet: then it is asked again.
   */
  private async pong(): Promise<boolean> {
    const { clock, gateway } = this.deps;
    const asked = clock();
    const answered = await this.iq.ping(gateway.domain, gateway.home, this.settings.pongDeadline);
    if (answered || !this.link.connected) return answered;
    if (this.link.paused || this.link.readingSince > asked) return this.pong();
    this.link.drop('the XMPP server does not confirm what we sent');
    return false;
  }

  private take(stanza: Element): void {
    this.counts.stanzasIn++;
    if (stanza.name === 'iq') this.takeIq(stanza);
    else if (!this.blockProbe.answered(stanza) && !this.nameProbe.answered(stanza)) void this.throttle.run(this.work(stanza));
    if (this.gate.full) this.throttle.check();
  }

  private async work(stanza: Element): Promise<void> {
    try {
      if (stanza.name === 'presence') await this.attendance.take(stanza);
      else if (!this.attendance.takeMessage(stanza)) await this.messages.take(stanza);
    } catch (err) {
      this.deps.log.error({ err, stanza: stanza.name, from: stanza.attrs.from }, 'a stanza could not be handled');
    }
  }

  private async answerTo(iq: Element): Promise<Response | undefined> {
    try {
      return await respond(iq, this.handlers);
    } catch (err) {
      this.deps.log.error({ err, from: iq.attrs.from }, 'a request could not be answered');
      return { iq: errorReply(iq, BUSY) };
    }
  }

  private takeIq(iq: Element): void {
    if (this.iq.answered(iq)) return;
    if (!isAboutPeer(iq, this.deps.gateway)) void this.throttle.run(this.answer(iq));
    else if (!this.peers.run(() => this.answer(iq))) this.gate.send(errorReply(iq, BUSY));
  }

  private async answer(iq: Element): Promise<void> {
    const answer = await this.answerTo(iq);
    if (answer === undefined) return;
    this.counts.requestsIn++;
    const unsent = this.gate.send(answer.iq);
    // Every request is answered (RFC 6120 §8.2.3), also the one whose answer is too large.
    const failure = unsent?.kind === 'permanent' ? this.gate.send(errorReply(iq, TOO_LARGE)) : unsent;
    if (failure !== undefined) this.deps.log.debug({ from: iq.attrs.from, reason: failure.text }, 'a request was not answered');
    await answer.after?.().catch((err: unknown) => this.deps.log.error({ err, from: iq.attrs.from }, 'what follows an answer was not done'));
  }
}

/** Resolves when the work is done, or after `ms`. */
function within(work: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(resolve, ms);
    work.finally(() => clearTimeout(late)).then(resolve, reject);
  });
}

/** An absent or undefined option has its default. */
function withDefaults(options: XmppOptions): Required<XmppOptions> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...(Object.fromEntries(given) as unknown as XmppOptions) };
}
