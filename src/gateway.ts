/** The only place where the parts meet: configuration in; a gateway that can be started, reloaded and stopped out. */
import { Readable } from 'node:stream';
import type { Jid } from './address.js';
import { acceptAndQueue } from './bridge/accept.js';
import { Accounts } from './bridge/accounts.js';
import { BlockList } from './bridge/block-list.js';
import { Bridge } from './bridge/bridge.js';
import { blockingCommands } from './bridge/command/blocking.js';
import { registerCommands } from './bridge/command/register.js';
import { dismiss, userCommands } from './bridge/command/users.js';
import { createCommands } from './bridge/commands.js';
import type { Consent } from './bridge/consent.js';
import { Contacts } from './bridge/contacts.js';
import { acceptingContacts, createConsent } from './bridge/create-consent.js';
import { Forwarding } from './bridge/forward.js';
import { GuardedIntake, type MaintenanceState } from './bridge/maintenance.js';
import { ownerOf } from './bridge/mail-owner.js';
import { Mailboxes } from './bridge/mailboxes.js';
import { Numbers } from './bridge/numbers.js';
import { OwnAddresses, type OwnAddressParts } from './bridge/own-addresses.js';
import { isAllowed, type AccessRules } from './bridge/policy.js';
import { Preferences } from './bridge/preferences.js';
import type { ReportFacts } from './bridge/report.js';
import { SIGNATURE, TEXT } from './bridge/texts.js';
import { Registrations, type RegistrationParts } from './bridge/registration.js';
import { Welcome } from './bridge/welcome.js';
import { SteadyClock, type Clock } from './clock.js';
import { packageVersion } from './commands/version.js';
import { accessRules, fetchOptions, gatewayNames, lifetimes, limitRates, linkOptions, preferenceDefaults, queuePolicy, smtpInOptions, smsRules, smtpOutOptions, storeOptions, xmppOptions } from './config/edges.js';
import type { Config } from './config/keys.js';
import type { Intake, Outcome, Outlet } from './edge.js';
import { Failure, isFailure } from './failure.js';
import { FileFetcher } from './files/fetcher.js';
import { askDns } from './files/resolve.js';
import { fetchedBeside, Spool } from './files/spool.js';
import { Keeper } from './keeper.js';
import { Nightly, type NightlyParts } from './nightly.js';
import { Operators } from './operators.js';
import { outletWith } from './outlet.js';
import { backupBeside } from './store/backup-beside.js';
import { SparingLog, type Log } from './log.js';
import type { Delivery, Message, OutletName } from './message.js';
import { Whereabouts } from './presence/whereabouts.js';
import { createAway, type Away, type AwayParts } from './queue/away.js';
import { Queue } from './queue/queue.js';
import { Publishing } from './publishing.js';
import { createScreening, type Screening } from './screening.js';
import { SmtpInlet } from './smtp-in/server.js';
import { SmtpOutlet, type SmtpOutOptions } from './smtp-out/edge.js';
import { openSqliteStore, type SqliteStore } from './store/sqlite.js';
import type { NewMessage } from './store/new-message.js';
import { TimeWatch } from './time-watch.js';
import { fileBytes } from './translate/file-bytes.js';
import { readMail } from './translate/read-mail.js';
import { wholeText } from './translate/whole-text.js';
import { startAdminListener, type AdminListener } from './web/admin.js';
import type { Health, PartHealth } from './web/health.js';
import { Links } from './web/links.js';
import { createMetrics, type Metrics } from './web/metrics.js';
import { startPublicListener, type PublicListener } from './web/public.js';
import { Front } from './web/front.js';
import { Site, type FilePlace } from './web/site.js';
import { XmppEdge } from './xmpp/edge.js';
import type { MailFiles } from './xmpp/uploads.js';


/** Opens the store and puts the parts together; nothing listens or connects before `start`. */
export async function createGateway(config: Config, log: Log): Promise<Gateway | Failure> {
  const smtpOut = smtpOutOptions(config);
  if (isFailure(smtpOut)) return smtpOut;
  const store = await openSqliteStore(config.store.url.path, storeOptions(config), log);
  if (isFailure(store)) return store;
  const links = await linksOf(config, store);
  if (!isFailure(links)) return new Gateway(config, log, store, smtpOut, links, await preferencesOf(config, store), await accountsOf(config, store));
  await store.close();
  return links;
}

async function preferencesOf(config: Config, store: SqliteStore): Promise<Preferences> {
  return new Preferences(await store.preferences(), store, preferenceDefaults(config));
}

async function accountsOf({ access }: Config, store: SqliteStore): Promise<Accounts> {
  return new Accounts(await store.accounts.accounts(), store.accounts, access.register);
}

/** Undefined when there is no listener that would serve them. */
async function linksOf(config: Config, store: SqliteStore): Promise<Links | Failure | undefined> {
  const options = linkOptions(config);
  if (options === undefined) return undefined;
  try {
    return new Links({ ...options, key: await store.secret('links') });
  } catch (cause) {
    return Failure.permanent('storage', 'The store could not make or read the key that signs links.', { cause });
  }
}

function nightlyOf({ backup: { dir: directory, at, keep }, store }: Config, clock: Clock, log: Log): Nightly | undefined {
  const make: NightlyParts['make'] = (file, signal) => backupBeside({ store: store.url.path, file }, signal);
  return directory === undefined ? undefined : new Nightly({ directory, at, keep, make, clock, log });
}

/** What ends with a user who is forgotten. */
function leavingOf(consent: Consent, own: OwnAddresses, contacts: Contacts, alone: RegistrationParts['leaving']['alone'], wake: (outlet: OutletName) => void): RegistrationParts['leaving'] {
  return {
    begins: (user, stays) => consent.leave(user, stays),
    alone,
    ended: (user) => {
      for (const one of [own, consent, contacts]) one.forget(user);
      wake('xmpp');
    },
  };
}

/** Nothing where no SMS can be sent. */
function phonesOf(config: Config, numbers: Numbers): Pick<OwnAddressParts, 'phones'> {
  const sms = smsRules(config);
  return sms === undefined ? {} : { phones: { numbers, sms } };
}

export class Gateway {
  private readonly metricsKept: Metrics = createMetrics();
  private readonly bridge: Bridge;
  private readonly whereabouts: Whereabouts;
  private readonly contacts: Contacts;
  private readonly xmpp: XmppEdge;
  private readonly files: FileFetcher;
  private readonly relay: SmtpOutlet;
  private readonly inlet: SmtpInlet;
  private readonly screening: Screening;
  private readonly queues: Readonly<Record<OutletName, Queue>>;
  private readonly operators: Operators;
  private readonly keeper: Keeper;
  private readonly away: Away;
  private readonly nightly: Nightly | undefined;
  private readonly timeWatch: TimeWatch;
  private readonly clock: Clock;
  private readonly own: OwnAddresses;
  private readonly publishing: Publishing;
  readonly mailboxes: Mailboxes;
  private readonly numbers: Numbers;
  private admin: AdminListener | undefined;
  private pages: PublicListener | undefined;
  private live = true;
  /** Resolves when only a fresh process can help. */
  readonly broken: Promise<Failure>;

  constructor(
    private readonly config: Config,
    private readonly log: Log,
    private readonly store: SqliteStore,
    smtpOut: SmtpOutOptions,
    private readonly links: Links | undefined,
    preferences: Preferences,
    accounts: Accounts,
  ) {
    const gateway = gatewayNames(config);
    const numbers = (this.numbers = new Numbers({ store: store.bindings, gateway, running: () => performance.now() }));
    const rules = accessRules(config, { isRegistered: (user) => accounts.admits(user), isBlocked: (address) => this.operators.blocks.covers(address), numbers, addressee: (address) => own.aliases.addressee(address) });
    const queueOf = (outlet: OutletName): Queue => this.queues[outlet];
    const steady = new SteadyClock();
    const clock = (this.clock = steady.now);
    this.whereabouts = new Whereabouts(clock);
    this.contacts = new Contacts({ store, preferences, gateway, clock, log: new SparingLog(log), introduce: (one) => this.xmpp.introduce(one) });
    this.whereabouts.on('online', (user) => void this.contacts.online(user));
    this.timeWatch = new TimeWatch(steady, store, log);
    this.keeper = new Keeper(store, clock, log, config.store.url.path);
    this.nightly = nightlyOf(config, clock, log);
    this.broken = store.broken.finally(() => (this.live = false));
    this.mailboxes = new Mailboxes({ bindings: store.bindings, gateway, isBlocked: rules.isBlocked, published: (user) => this.xmpp.mailOf(user) });
    const send = (one: NewMessage): Promise<unknown> => acceptAndQueue(one, { store, clock, queueOf });
    const own = (this.own = new OwnAddresses({ store, rules, preferences, clock, send, own: { log, rule: config.access.own_addresses, inUse: (names) => this.xmpp.inUse(names) }, ...phonesOf(config, numbers) }));
    const welcome = new Welcome({ accounts, store, clock, log, gateway, queueOf, lifetime: lifetimes(config).expire });
    const wake = (outlet: OutletName): void => queueOf(outlet).wake();
    const consent = createConsent({ store, rules, preferences, lifetime: lifetimes(config).expire, clock, send, wake, probe: (user: Jid, contact: Jid) => this.xmpp.isBlocked(user, contact) });
    const alone: RegistrationParts['leaving']['alone'] = (user, forget) => preferences.forgetting(user, () => this.publishing.forgetting(user, forget));
    const registration = new Registrations({ accounts, rules, preferences, clock, leaving: leavingOf(consent, own, this.contacts, alone, wake) });
    const desk = { registration, entered: (user: Jid) => this.xmpp.desk.entered(user), left: (user: Jid, contacts: readonly Jid[]) => this.xmpp.desk.left(user, contacts) };
    const times = { lifetimes: lifetimes(config), burstLongest: config.smtp_out.burst_longest };
    const forwarding = new Forwarding({ mailboxes: this.mailboxes, store, rules, preferences, ...times, clock, send });
    this.bridge = new Bridge({
      ...{ store, consent, forwarding, rules, preferences, welcome },
      aliases: own.aliases,
      ...times,
      clock,
      log,
      queueOf,
      limits: limitRates(config),
      limitHit: (limit) => this.metricsKept.limitHit(limit),
      away: () => this.away,
      seen: (user) => own.book.seen(user),
      personChanged: (address) => void this.xmpp.personChanged(address),
    });
    this.operators = new Operators({ store, preferences, whereabouts: this.whereabouts, rules, consent, clock, log, lifetime: lifetimes(config).expire, wake, dismiss: (user) => dismiss(user, desk), reload: () => this.publishing.reload() });
    const intake = new GuardedIntake(this.bridge, this.operators.maintenance);
    const publicUrl = config.web.listen && config.web.public_url;
    this.publishing = this.makePublishing({ rules, preferences, own, publicUrl });
    const more = [...own.commands, ...this.publishing.commands, ...blockingCommands(consent), ...registerCommands(desk), ...userCommands(accounts, desk), ...this.operators.commands];
    this.xmpp = new XmppEdge(xmppOptions(config), {
      intake,
      commands: createCommands({ rules, preferences, store, render: renderWhole, more }),
      registration,
      subscriptions: acceptingContacts(store, consent),
      blockList: new BlockList({ consent, store, rules, clock }),
      watched: store.watched,
      people: store,
      whereabouts: this.whereabouts,
      serves: (user) => isAllowed(user, rules),
      log,
      clock,
      gateway,
      version: packageVersion(),
      originalHint: (message) => this.originalHint(message),
      seenBy: (user, cameBy) => numbers.usable(user, cameBy),
      files: this.mailFiles(),
    });
    this.files = this.makeFetcher();
    this.relay = new SmtpOutlet(smtpOut, { gateway, log, clock, nameOf: (user) => this.xmpp.nameOf(user), writesBy: (user, cameBy) => own.writesBy(user, cameBy), signatureOf: (user) => preferences.get(SIGNATURE, user), files: this.files, original: (id) => store.content(id) });
    this.screening = createScreening(config, { store, log, clock });
    this.inlet = this.makeInlet(intake, preferences);
    const common = { store, clock, log, reportFor: (facts: ReportFacts) => this.bridge.reportFor(facts), wake };
    const toChat = this.counted(this.xmpp);
    this.away = this.makeAway({ ...common, outlet: toChat, gateway, preferences, forwarding });
    const queue = (outlet: Outlet): Queue => new Queue({ ...common, outlet, policy: queuePolicy(config), ...(outlet === toChat && this.away.forQueue) });
    this.queues = { xmpp: queue(toChat), smtp: queue(this.counted(this.relay)) };
  }

  private makePublishing({ rules, preferences, own, publicUrl }: { readonly rules: AccessRules; readonly preferences: Preferences; readonly own: OwnAddresses; readonly publicUrl: string | undefined }): Publishing {
    const { config, store, whereabouts, clock, log, mailboxes } = this;
    const { gateway } = rules;
    return new Publishing({
      ...{ store, whereabouts, preferences, domain: gateway.domain, clock, log, publicUrl },
      requestsPerMinute: config.web.requests_per_minute,
      ownerOf: (mail) => ownerOf(mail, { mailboxes, aliases: own.aliases, gateway }),
      serves: (user) => isAllowed(user, rules) && !rules.isBlocked(user),
      writesBy: (user) => own.identities.writesBy(user) ?? own.aliases.plainOf(user),
      attendance: () => this.xmpp.attendance,
    });
  }

  private makeInlet(intake: Intake, preferences: Preferences): SmtpInlet {
    const { config, store, log, clock } = this;
    return new SmtpInlet(smtpInOptions(config), { intake, content: store, gateway: gatewayNames(config), shownTo: (user) => preferences.get(TEXT, user), ...this.screening, log, clock });
  }

  private originalHint(message: Message): string {
    return this.links?.pageOf(message) ?? `write "original ${message.id}" to ${this.config.xmpp.domain}`;
  }

  private makeFetcher(): FileFetcher {
    const { trusted, dns } = fetchOptions(this.config);
    const fetchedFrom = async (): Promise<readonly string[]> => [...trusted, ...[await this.xmpp.uploadHost()].flatMap((host) => host ?? [])];
    return new FileFetcher({ userAgent: `Stanzapost/${packageVersion()}`, trusted: fetchedFrom, ask: askDns(dns) }, new Spool(fetchedBeside(this.config.store.url.path)));
  }

  private makeAway(parts: Pick<AwayParts, 'store' | 'clock' | 'log' | 'reportFor' | 'wake' | 'outlet' | 'gateway' | 'preferences' | 'forwarding'>): Away {
    const { config } = this;
    return createAway({
      ...parts,
      retry: queuePolicy(config).retry,
      rate: config.offline.rate,
      quota: config.offline.quota,
      lifetime: lifetimes(config).expire,
      whereabouts: this.whereabouts,
      hasRead: (user) => this.xmpp.hasRead(user),
      verifiedMailboxOf: (user) => this.mailboxes.verifiedOf(user),
    });
  }

  /** Listens and connects. The XMPP server and the relay may come later; a port that cannot be had is a Failure. */
  async start(): Promise<void | Failure> {
    const spooled = await this.files.start();
    if (isFailure(spooled)) return spooled;
    this.keeper.start();
    this.timeWatch.start();
    await this.nightly?.start();
    try {
      await this.numbers.load();
      await this.operators.start();
      await this.publishing.start();
      await this.bridge.load();
      await this.away.homecoming.load();
    } catch (cause) {
      return Failure.permanent('storage', 'The store cannot be read.', { cause });
    }
    try {
      await this.inlet.start();
    } catch (cause) {
      return Failure.permanent('not-allowed', `Mail cannot be taken in: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
    this.away.homecoming.start();
    this.xmpp.start();
    for (const queue of Object.values(this.queues)) queue.start();
    this.operators.begin();
    this.own.book.start();
    this.xmpp.onReady(() => void this.own.book.check());
    const pages = await this.startPages();
    if (isFailure(pages)) return pages;
    const address = this.config.web.admin_listen;
    if (address === 'off') return undefined;
    const admin = await startAdminListener(address, { health: () => this.health(), metrics: () => this.metrics() }, this.log);
    if (isFailure(admin)) return admin;
    this.admin = admin;
  }

  /** Where the edge gets at the files of a mail. */
  private mailFiles(): MailFiles {
    return {
      upload: this.config.files.upload,
      bytes: (original, where) => fileIn(this.store.content(original), where),
      link: (message, file) => this.links?.fileOf(message, file),
    };
  }

  /** What is behind links; nothing without an address for it. */
  private async startPages(): Promise<void | Failure> {
    const { listen, public_url: publicUrl } = this.config.web;
    const { links, store, clock, log } = this;
    if (listen === undefined || publicUrl === undefined || links === undefined) return undefined;
    const site = new Site({ links, content: (id) => store.content(id), fileIn, publicUrl, clock, log });
    const pages = await startPublicListener(listen, new Front({ publicUrl, parts: this.publishing.web, mails: site }), log);
    if (isFailure(pages)) return pages;
    this.pages = pages;
  }

  /** Takes nothing new, finishes what is under way, and closes; what is unsettled at the deadline stays in the queue. */
  async stop(deadlineMs: number): Promise<void> {
    const share = deadlineMs / 4;
    await this.inlet.stop(share);
    await this.operators.stop();
    await this.publishing.stop();
    await this.own.book.stop();
    await Promise.all([...Object.values(this.queues), this.away.homecoming].map((part) => part.stop(share)));
    await this.xmpp.stop(share);
    this.files.close();
    await this.relay.close();
    await this.admin?.close();
    await this.pages?.close();
    await this.nightly?.stop();
    await this.keeper.stop();
    await this.timeWatch.stop();
    await this.store.close();
  }

  /** Reads the certificate again; the log level is the caller's. */
  reload(): void {
    this.inlet.reloadCertificate();
  }

  health(): Health {
    const link = this.xmpp.state();
    const rspamd = this.screening.health();
    const parts = {
      xmpp: { ok: link.connected, text: link.connected ? 'connected' : (link.lastError ?? 'connecting') },
      relay: { ok: this.relay.ready, text: this.relay.ready ? 'no fault seen' : 'cannot be reached' },
      store: this.keeper.health(),
      ...(rspamd && { rspamd }),
      ...(this.nightly && { backup: this.nightly.health() }),
      ...(this.operators.maintenance.state.on && { maintenance: inMaintenance(this.operators.maintenance.state) }),
    };
    return { live: this.live, ready: this.live && Object.values(parts).every(({ ok }) => ok), parts };
  }

  async metrics(): Promise<string> {
    this.metricsKept.queue(await this.keeper.counts());
    this.metricsKept.users(this.whereabouts.counts());
    if (this.nightly !== undefined) this.metricsKept.newestBackup(this.nightly.newest);
    this.metricsKept.xmppLink(this.xmpp.state().connected);
    this.metricsKept.smtpConnections(this.inlet.connections);
    return this.metricsKept.text();
  }

  /** The outlet, with each try counted. */
  private counted(outlet: Outlet): Outlet {
    return outletWith(outlet, {
      deliver: async (delivery) => {
        this.bridge.passed(delivery);
        const outcome = await outlet.deliver(delivery);
        this.ended(outlet, delivery, outcome);
        return outcome;
      },
      ...(outlet.deliverBurst && { deliverBurst: (burst: readonly Delivery[]) => this.countedBurst(outlet, burst) }),
    });
  }

  private async countedBurst(outlet: Outlet, burst: readonly Delivery[]): Promise<readonly Outcome[]> {
    for (const delivery of burst) this.bridge.passed(delivery);
    const outcomes = (await outlet.deliverBurst?.(burst)) ?? [];
    burst.forEach((delivery, i) => {
      const outcome = outcomes[i];
      if (outcome !== undefined) this.ended(outlet, delivery, outcome);
    });
    return outcomes;
  }

  private ended(outlet: Outlet, delivery: Delivery, { state }: Outcome): void {
    this.bridge.passed(delivery);
    if (state === 'handed-over') void this.contacts.arrived(delivery);
    this.metricsKept.delivery(outlet.name, state);
  }
}

function inMaintenance({ text }: MaintenanceState): PartHealth {
  return { ok: false, text: `nothing new is taken: ${text}`, mend: '`stanzapost maintenance off` when it is over' };
}

function fileIn(mail: AsyncIterable<Uint8Array>, { part, inside }: FilePlace): AsyncIterable<Uint8Array> {
  return fileBytes(mail, part, inside);
}

async function renderWhole(mail: AsyncIterable<Uint8Array>): Promise<string> {
  const parsed = await readMail(Readable.from(mail));
  return isFailure(parsed) ? parsed.text : wholeText(parsed);
}
