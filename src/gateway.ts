/**
 * The only place where the parts meet: configuration in; a gateway that can be started, reloaded and stopped out. What belongs together
 * is put together in src/gateway.
 */
import { acceptAndQueue } from './bridge/accept.js';
import { Accounts } from './bridge/accounts.js';
import { Bridge } from './bridge/bridge.js';
import { dismiss } from './bridge/command/users.js';
import { createCommands } from './bridge/commands.js';
import { Forwarding } from './bridge/forward.js';
import { GuardedIntake } from './bridge/maintenance.js';
import { ownerOf } from './bridge/mail-owner.js';
import { Preferences } from './bridge/preferences.js';
import { SIGNATURE, TEXT } from './bridge/texts.js';
import { SteadyClock, type Clock } from './clock.js';
import { packageVersion } from './commands/version.js';
import { fetchOptions, gatewayNames, lifetimes, limitRates, preferenceDefaults, smtpInOptions, smtpOutOptions, storeOptions, xmppOptions } from './config/edges.js';
import type { Config } from './config/keys.js';
import type { Intake } from './edge.js';
import { Failure, isFailure } from './failure.js';
import { FileFetcher } from './files/fetcher.js';
import { askDns } from './files/resolve.js';
import { fetchedBeside, Spool } from './files/spool.js';
import { Condition } from './gateway/condition.js';
import { Delivering } from './gateway/delivering.js';
import { linksOf, MailPages, renderWhole } from './gateway/mail-pages.js';
import { Users } from './gateway/users.js';
import { Keeper } from './keeper.js';
import type { Log } from './log.js';
import type { OutletName } from './message.js';
import { Nightly, type NightlyParts } from './nightly.js';
import { Operators } from './gateway/operators.js';
import { Whereabouts } from './presence/whereabouts.js';
import { Publishing } from './gateway/publishing.js';
import type { Queue } from './queue/queue.js';
import { createScreening } from './gateway/screening.js';
import { SmtpInlet } from './smtp-in/server.js';
import { SmtpOutlet, type SmtpOutOptions } from './smtp-out/edge.js';
import { backupBeside } from './store/backup-beside.js';
import type { NewMessage } from './store/new-message.js';
import { openSqliteStore, type SqliteStore } from './store/sqlite.js';
import { TimeWatch } from './time-watch.js';
import type { Links } from './web/links.js';
import { createMetrics } from './web/metrics.js';
import { XmppEdge } from './xmpp/edge.js';

interface GatewayParts {
  readonly config: Config;
  readonly log: Log;
  readonly store: SqliteStore;
  readonly smtpOut: SmtpOutOptions;
  /** Undefined when there is no listener that would serve them. */
  readonly links: Links | undefined;
  readonly preferences: Preferences;
  readonly accounts: Accounts;
}

/** Opens the store and puts the parts together; nothing listens or connects before `start`. */
export async function createGateway(config: Config, log: Log): Promise<Gateway | Failure> {
  const smtpOut = smtpOutOptions(config);
  if (isFailure(smtpOut)) return smtpOut;
  const store = await openSqliteStore(config.store.url.path, storeOptions(config), log);
  if (isFailure(store)) return store;
  const links = await linksOf(config, store);
  if (!isFailure(links)) return new Gateway({ config, log, store, smtpOut, links, preferences: await preferencesOf(config, store), accounts: await accountsOf(config, store) });
  await store.close();
  return links;
}

async function preferencesOf(config: Config, store: SqliteStore): Promise<Preferences> {
  return new Preferences(await store.preferences(), store, preferenceDefaults(config));
}

async function accountsOf({ access }: Config, store: SqliteStore): Promise<Accounts> {
  return new Accounts(await store.accounts.accounts(), store.accounts, access.register);
}

function nightlyOf({ backup: { dir: directory, at, keep }, store }: Config, clock: Clock, log: Log): Nightly | undefined {
  const make: NightlyParts['make'] = (file, signal) => backupBeside({ store: store.url.path, file }, signal);
  return directory === undefined ? undefined : new Nightly({ directory, at, keep, make, clock, log });
}

export class Gateway {
  private readonly clock: Clock;
  private readonly whereabouts: Whereabouts;
  private readonly users: Users;
  private readonly pages: MailPages;
  private readonly publishing: Publishing;
  private readonly operators: Operators;
  private readonly bridge: Bridge;
  private readonly xmpp: XmppEdge;
  private readonly files: FileFetcher;
  private readonly relay: SmtpOutlet;
  private readonly inlet: SmtpInlet;
  private readonly delivering: Delivering;
  private readonly keeper: Keeper;
  private readonly nightly: Nightly | undefined;
  private readonly timeWatch: TimeWatch;
  private readonly condition: Condition;
  /** Resolves when only a fresh process can help. */
  readonly broken: Promise<Failure>;

  constructor(private readonly parts: GatewayParts) {
    const { config, log, store, smtpOut, preferences, accounts } = parts;
    const gateway = gatewayNames(config);
    const metrics = createMetrics();
    const steady = new SteadyClock();
    const clock = (this.clock = steady.now);
    const whereabouts = (this.whereabouts = new Whereabouts(clock));
    const base = { store, clock, log };
    const queueOf = (outlet: OutletName): Queue => this.delivering.queues[outlet];
    const wake = (outlet: OutletName): void => queueOf(outlet).wake();
    const send = (one: NewMessage): Promise<unknown> => acceptAndQueue(one, { store, clock, queueOf });
    this.broken = store.broken;
    this.timeWatch = new TimeWatch(steady, store, log);
    this.keeper = new Keeper(store, clock, log, config.store.url.path);
    this.nightly = nightlyOf(config, clock, log);
    this.pages = new MailPages({ ...base, config, links: parts.links });
    const users = (this.users = new Users({
      ...{ ...base, config, preferences, accounts, whereabouts, send, queueOf },
      isBlocked: (address) => this.operators.blocks.covers(address),
      forgetting: (user, forget) => preferences.forgetting(user, () => this.publishing.forgetting(user, forget)),
      xmpp: () => this.xmpp,
    }));
    const { rules, consent, own } = users;
    const times = { lifetimes: lifetimes(config), burstLongest: config.smtp_out.burst_longest };
    const forwarding = new Forwarding({ mailboxes: users.mailboxes, store, rules, preferences, ...times, clock, send });
    this.bridge = new Bridge({
      ...{ ...base, ...times, consent, forwarding, rules, preferences, queueOf },
      welcome: users.welcome,
      aliases: own.aliases,
      limits: limitRates(config),
      limitHit: (limit) => metrics.limitHit(limit),
      away: () => this.delivering.away,
      seen: (user) => own.book.seen(user),
      personChanged: (address) => void this.xmpp.attendance.personChanged(address),
    });
    this.operators = new Operators({ ...base, preferences, whereabouts, rules, consent, lifetime: lifetimes(config).expire, wake, released: () => this.delivering.released(), dismiss: (user) => dismiss(user, users.desk), maintained: () => void this.xmpp.attendance.busyChanged(), reload: () => this.publishing.reload() });
    const intake = new GuardedIntake(this.bridge, this.operators.maintenance);
    this.publishing = this.makePublishing();
    this.xmpp = this.makeXmpp(intake);
    this.files = this.makeFetcher();
    this.relay = new SmtpOutlet(smtpOut, { gateway, log, clock, nameOf: (user) => this.xmpp.profiles.nameOf(user), writesBy: (user, cameBy) => own.writesBy(user, cameBy), signatureOf: (user) => preferences.get(SIGNATURE, user), files: this.files, original: (id) => store.content(id) });
    const screening = createScreening(config, base);
    this.inlet = new SmtpInlet(smtpInOptions(config), { intake, content: store, gateway, shownTo: (user) => preferences.get(TEXT, user), ...screening, log, clock });
    this.delivering = new Delivering({
      ...{ ...base, config, gateway, preferences, forwarding, whereabouts, wake },
      outlets: { xmpp: this.xmpp, smtp: this.relay },
      isHeld: () => this.operators.hold.since !== undefined,
      reportFor: (facts) => this.bridge.reportFor(facts),
      hasRead: (user) => this.xmpp.hasRead(user),
      verifiedMailboxOf: (user) => users.mailboxes.verifiedOf(user),
      begins: (delivery) => this.bridge.passed(delivery),
      ended: (outlet, delivery, state) => {
        this.bridge.passed(delivery);
        if (state === 'handed-over') void users.contacts.arrived(delivery);
        metrics.delivery(outlet, state);
      },
    });
    this.condition = new Condition({ metrics, xmpp: this.xmpp, relay: this.relay, inlet: this.inlet, screening, keeper: this.keeper, nightly: this.nightly, whereabouts, maintenance: () => this.operators.maintenance.state, heldSince: () => this.operators.hold.since, broken: this.broken, log });
  }

  private makePublishing(): Publishing {
    const { whereabouts, users, clock } = this;
    const { config, store, preferences, log } = this.parts;
    const { rules, own, mailboxes } = users;
    const { gateway } = rules;
    return new Publishing({
      ...{ store, whereabouts, preferences, domain: gateway.domain, clock, log },
      publicUrl: config.web.listen && config.web.public_url,
      requestsPerMinute: config.web.requests_per_minute,
      ownerOf: (mail) => ownerOf(mail, { mailboxes, aliases: own.aliases, gateway }),
      serves: (user) => users.isServed(user) && !rules.isBlocked(user),
      writesBy: (user) => own.identities.writesBy(user) ?? own.aliases.plainOf(user),
      attendance: () => this.xmpp.attendance,
    });
  }

  private makeXmpp(intake: Intake): XmppEdge {
    const { whereabouts, users, clock } = this;
    const { config, store, preferences, log } = this.parts;
    const { rules, own, desk, subscriptions, blockList } = users;
    const more = [...own.commands, ...this.publishing.commands, ...users.commands, ...this.operators.commands];
    return new XmppEdge(xmppOptions(config), {
      ...{ intake, subscriptions, blockList, whereabouts, log, clock },
      commands: createCommands({ rules, preferences, store, render: renderWhole, more }),
      registration: desk.registration,
      watched: store.watched,
      people: store,
      serves: (user) => users.isServed(user),
      gateway: rules.gateway,
      busy: () => this.operators.maintenance.refusal()?.text,
      version: packageVersion(),
      originalHint: (message) => this.pages.originalHint(message),
      seenBy: (user, cameBy) => users.numbers.usable(user, cameBy),
      files: this.pages.files,
    });
  }

  private makeFetcher(): FileFetcher {
    const { config } = this.parts;
    const { trusted, dns } = fetchOptions(config);
    const fetchedFrom = async (): Promise<readonly string[]> => [...trusted, ...[await this.xmpp.uploadService.host()].flatMap((host) => host ?? [])];
    return new FileFetcher({ userAgent: `Stanzapost/${packageVersion()}`, trusted: fetchedFrom, ask: askDns(dns) }, new Spool(fetchedBeside(config.store.url.path)));
  }

  /** Listens and connects. The XMPP server and the relay may come later; a port that cannot be had is a Failure. */
  async start(): Promise<void | Failure> {
    const spooled = await this.files.start();
    if (isFailure(spooled)) return spooled;
    this.keeper.start();
    this.timeWatch.start();
    await this.nightly?.start();
    const { own, numbers } = this.users;
    try {
      await numbers.load();
      await this.operators.start();
      await this.publishing.start();
      await this.bridge.load();
      await this.delivering.load();
    } catch (cause) {
      return Failure.permanent('storage', 'The store cannot be read.', { cause });
    }
    try {
      await this.inlet.start();
    } catch (cause) {
      return Failure.permanent('not-allowed', `Mail cannot be taken in: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
    this.xmpp.start();
    this.delivering.start();
    this.operators.begin();
    own.book.start();
    this.xmpp.onReady(() => void own.book.check());
    const pages = await this.pages.start(this.publishing.web);
    if (isFailure(pages)) return pages;
    const address = this.parts.config.web.admin_listen;
    return address === 'off' ? undefined : this.condition.listen(address);
  }

  /** Takes nothing new, finishes what is under way, and closes; what is unsettled at the deadline stays in the queue. */
  async stop(deadlineMs: number): Promise<void> {
    const share = deadlineMs / 4;
    await this.inlet.stop(share);
    await this.operators.stop();
    await this.publishing.stop();
    await this.users.own.book.stop();
    await this.delivering.stop(share);
    await this.xmpp.stop(share);
    this.files.close();
    await this.relay.close();
    await this.condition.close();
    await this.pages.close();
    await this.nightly?.stop();
    await this.keeper.stop();
    await this.timeWatch.stop();
    await this.parts.store.close();
  }

  /** Reads the certificate again; the log level is the caller's. */
  reload(): void {
    this.inlet.reloadCertificate();
  }
}
