/**
 * Decides: may this sender write to this recipient, by which edge does each recipient go, and what is its sender told.
 * Knows `Message`, `Store` and the contracts of the edges, no protocol.
 */
import { setImmediate } from 'node:timers/promises';
import { bareJid, formatAddress, type Address, type Jid, type MailAddress } from '../address.js';
import type { Clock } from '../clock.js';
import type { Accepted, Arrival, Intake, MailAdmission, Person, Route } from '../edge.js';
import { Failure } from '../failure.js';
import { newMessageId, type Delivery, type Message, type MessageId, type OutletName, type Report } from '../message.js';
import { SparingLog, type Log } from '../log.js';
import type { Kept, NewDelivery, NewMessage } from '../store/new-message.js';
import { StoreError } from '../store/store-error.js';
import type { Store } from '../store/store.js';
import { acceptAndQueue, type OutletQueue } from './accept.js';
import type { Aliases } from './aliases.js';
import { Acquaintance } from './acquaintance.js';
import { ConsentLines } from './consent-lines.js';
import { Copies } from './copies.js';
import type { Consent, Sorted } from './consent.js';
import type { Forwarding } from './forward.js';
import { gathering } from './gather.js';
import { IncidentLog } from './incident-log.js';
import { Limits, type LimitName, type LimitRates, type Refusals } from './limits.js';
import { LoopGuard } from './loop.js';
import { FULL, type Offline } from './offline.js';
import { admitChat, admitMail, admitPeople, type AccessRules, type StoredRoute } from './policy.js';
import type { Preferences } from './preferences.js';
import { ReplyToAll, type Plan } from './reply-to-all.js';
import type { Lifetimes, ReportFacts } from './report.js';
import { SenderReports } from './sender-reports.js';
import { BURST } from './settings.js';
import { sourceKey } from './source-key.js';
import { UnknownUsers } from './unknown-users.js';
import type { Welcome } from './welcome.js';

export interface BridgeParts {
  readonly store: Store;
  readonly rules: AccessRules;
  readonly lifetimes: Lifetimes;
  readonly preferences: Preferences;
  readonly forwarding: Pick<Forwarding, 'answerOf' | 'wanted' | 'copy'>;
  readonly consent: Consent;
  readonly aliases: Aliases;
  readonly welcome: Welcome;
  /** How long what gathers may wait for more, in all; ms. */
  readonly burstLongest: number;
  readonly limits: LimitRates;
  readonly clock: Clock;
  /** Goes on evenly, ms; `performance.now` when absent. */
  readonly running?: () => number;
  readonly log: Log;
  readonly queueOf: (outlet: OutletName) => OutletQueue;
  /** What is done for those who are away. */
  readonly away: () => {
    readonly offline: Pick<Offline, 'atAccept' | 'refusal'>;
    /** @see Homecoming; here: something is held, and that is committed. @param user bare JID */
    readonly homecoming: { held(user: string): void };
  };
  /** An author's name or picture is new. */
  readonly personChanged: (address: MailAddress) => void;
  /** A chat user writes. @param user full or bare JID */
  readonly seen?: (user: Jid) => void;
  /** Somebody was refused because a limit is reached. */
  readonly limitHit: (limit: LimitName) => void;
}

/** How long what waits goes on waiting for somebody who types: clients say so once, when it begins. */
const TYPING_MS = 60_000;

const TOO_LATE = Failure.permanent('not-supported', 'This message was sent as a mail already and cannot be recalled.');

export class Bridge implements Intake {
  private readonly unknown: UnknownUsers;
  private readonly loops: LoopGuard;
  private readonly acquaintance: Acquaintance;
  private readonly replyToAll: ReplyToAll;
  private readonly limits: Limits;
  private readonly consentLines: ConsentLines;
  private readonly copies: Copies;
  private readonly incidents: IncidentLog;
  private readonly reports: SenderReports;
  private readonly trouble: SparingLog;

  constructor(private readonly parts: BridgeParts) {
    this.trouble = new SparingLog(parts.log);
    this.acquaintance = new Acquaintance(parts, this.trouble);
    this.unknown = new UnknownUsers(parts.clock);
    this.loops = new LoopGuard(parts.clock);
    this.replyToAll = new ReplyToAll(parts);
    this.limits = new Limits({ ...parts, rates: parts.limits, running: parts.running ?? (() => performance.now()), trouble: this.trouble, hit: parts.limitHit });
    this.consentLines = new ConsentLines(parts);
    this.incidents = new IncidentLog({ ...parts, limits: this.limits, trouble: this.trouble });
    this.reports = new SenderReports({ ...parts, unknown: this.unknown, incidents: this.incidents, trouble: this.trouble });
    this.copies = new Copies({ ...parts, loops: this.loops, limits: this.limits, trouble: this.trouble, incidents: this.incidents });
  }

  /** Before anything is handed in. Rejects as the store does. */
  async load(): Promise<void> {
    await this.parts.consent.load();
    await this.parts.aliases.load();
    await Promise.all([this.replyToAll.load(), this.limits.load()]);
  }

  admitChat(from: Jid, to: MailAddress): Route | Failure {
    return admitChat(from, to, this.parts.rules);
  }

  admitPeople(from: Jid, to: readonly MailAddress[]): readonly Route[] | Failure {
    return admitPeople(from, to, this.parts.rules);
  }

  admitMail(recipient: MailAddress, arrival: Arrival): MailAdmission | Promise<MailAdmission> {
    const limited = this.limits.recipient(arrival);
    if (limited !== undefined) return limited;
    const answer = this.mailRoutes(recipient, arrival);
    if (answer instanceof Promise) return answer.then((routes) => this.limits.named(arrival, routes));
    return this.limits.named(arrival, answer);
  }

  private mailRoutes(recipient: MailAddress, { from }: Arrival): MailAdmission | Promise<MailAdmission> {
    const routes = this.parts.aliases.admit(recipient) ?? this.parts.aliases.plainly(admitMail(recipient, this.parts.rules));
    if (routes instanceof Failure) return routes;
    const [only, ...others] = routes;
    if (only === undefined || only.outlet === 'bounce' || others.length > 0) return routes;
    const unknown = this.unknown.answerFor(only.recipient);
    if (unknown !== undefined || only.recipient.kind !== 'jid' || only.operators === true) return unknown ?? routes;
    const full = this.parts.away().offline.refusal(only.recipient);
    const later = this.parts.consent.refusal(only.recipient, from)?.then((failure) => failure ?? full) ?? full;
    return later?.then((failure) => failure ?? routes) ?? routes;
  }

  async typing(from: Jid, to: MailAddress, state: 'composing' | 'paused' | 'gone'): Promise<void> {
    const { store, clock, preferences, queueOf } = this.parts;
    // What the same client wrote just before is on its way to the store.
    await setImmediate();
    const quiet = preferences.get(BURST, from);
    const wait = { composing: Math.max(TYPING_MS, quiet), paused: quiet, gone: 0 }[state];
    const now = clock();
    const held = await store.hold('smtp', bareJid(from), to, now + wait, now);
    if (held && state !== 'composing') queueOf('smtp').wake();
  }

  /** A delivery is about to be handed over, or was: an answer to it may come. */
  passed(delivery: Delivery): void {
    this.loops.passed(delivery);
  }

  async accept(given: Message, routes: readonly Route[]): Promise<readonly Accepted[]> {
    const kept = routes.filter((route): route is StoredRoute => route.outlet !== 'bounce');
    if (given.source === 'xmpp' && given.sender.kind === 'jid') this.parts.seen?.(given.sender);
    const closed = this.parts.aliases.refusal(given);
    if (closed !== undefined) return kept.map(({ recipient }) => ({ recipient, result: closed }));
    let message = given;
    try {
      if (given.source === 'mail') message = await this.parts.forwarding.answerOf(given, kept);
      const sorted = this.parts.consent.sort(message, kept, this.parts.aliases.isInvited(given));
      const accepted = sorted === undefined ? await this.take(message, kept) : await this.takeSorted(message, await sorted);
      void this.parts.welcome.wrote(message, accepted);
      return accepted;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.trouble.error({ message: message.id, reason: error.reason, err: error }, 'message not stored');
      const failure = Failure.temporary(error.reason, 'The message cannot be stored at the moment.', { cause: error });
      return kept.map((route) => ({ recipient: route.recipient, result: failure }));
    }
  }

  private async takeSorted(message: Message, { routes, marked, refused }: Sorted): Promise<readonly Accepted[]> {
    for (const { recipient, result } of refused) if (result instanceof Failure && message.source === 'xmpp') this.refused(formatAddress(message.sender), formatAddress(recipient), result);
    const taken = routes.length === 0 ? [] : await this.take(message, routes);
    await this.parts.consent.stored(message, routes);
    if (marked.length === 0) return [...taken, ...refused];
    const id = routes.length === 0 ? message.id : newMessageId(this.parts.clock());
    return [...taken, ...(await this.take({ ...message, id, stranger: true }, marked)), ...refused];
  }

  private async take(given: Message, kept: readonly StoredRoute[]): Promise<readonly Accepted[]> {
    const [only] = kept;
    const message = only === undefined || kept.length > 1 ? given : this.loops.admit(given, only.recipient);
    if (message instanceof Failure) return kept.map(({ recipient }) => this.loop(given, recipient, message));
    const order = this.consentLines.order(message, kept);
    if (order !== undefined) return this.carryOut(await order);
    const goesOut = this.takeOut(message, kept);
    // Beside it: the next line must not overtake this one.
    const wrote = this.consentLines.wrote(message, kept);
    return wrote === undefined ? goesOut : (await Promise.all([goesOut, wrote]))[0];
  }

  private async takeOut(message: Message, kept: readonly StoredRoute[]): Promise<readonly Accepted[]> {
    const [only] = kept;
    return this.carryOut(only === undefined || kept.length > 1 ? { message, routes: kept } : await this.replyToAll.plan(message, only));
  }

  private async carryOut({ message, routes, notice }: Plan): Promise<readonly Accepted[]> {
    const asked = message === undefined ? [] : this.limits.admit(message, routes);
    const refusals = asked instanceof Promise ? await asked : asked;
    const [admitted, refused] = shared(routes, refusals);
    if (message?.source === 'xmpp' && refused[0] !== undefined) this.refused(formatAddress(message.sender), formatAddress(refused[0].recipient), refused[0].result);
    if (admitted.length === 0) return refused;
    const deliveries = message === undefined ? [] : admitted.map((route) => this.delivery(message, route));
    const results = message === undefined ? [] : await acceptAndQueue({ message, deliveries }, this.parts);
    for (const [i, { hold, recipient }] of deliveries.entries()) if (hold !== undefined && results[i] === 'stored') this.parts.away().homecoming.held(formatAddress(recipient.kind === 'jid' ? bareJid(recipient) : recipient));
    // A repeat was told of before.
    if (notice !== undefined && !results.includes('repeat')) await acceptAndQueue(notice, this.parts);
    return [...admitted.map((route, i) => ({ recipient: route.recipient, result: resultOf(results[i]) })), ...refused];
  }

  copied(from: Jid, to: MailAddress, message: Message): Promise<void> {
    return this.copies.take(from, to, message);
  }

  met(author: MailAddress, person: Person): Promise<void> {
    return this.acquaintance.met(author, person);
  }

  reported(id: MessageId, recipient: Address | undefined, state: Report['state'], failure?: Failure, tag?: string): Promise<void> {
    return this.reports.reported(id, recipient, state, failure, tag);
  }

  untold(message: Message, recipient: Address, failure: Failure): Promise<void> {
    return this.reports.untold(message, recipient, failure);
  }

  refused(from: string, to: string, failure: Failure): void {
    this.incidents.refused(from, to, failure);
  }

  /** The report that a delivery's end gives rise to, for the queue to commit with the end itself. */
  reportFor(facts: ReportFacts): NewMessage | undefined {
    return this.reports.reportFor(facts);
  }

  private loop({ sender }: Message, recipient: Address, failure: Failure): Accepted {
    this.refused(formatAddress(sender), formatAddress(recipient), failure);
    return { recipient, result: failure };
  }

  private delivery(message: Message, route: StoredRoute): NewDelivery {
    const { warn, expire } = this.parts.lifetimes;
    const { preferences, burstLongest: longest } = this.parts;
    const waits = route.outlet === 'smtp' && message.sender.kind === 'jid' ? gathering(message, { quiet: preferences.get(BURST, message.sender), longest }) : {};
    const key = sourceKey(message, route.recipient);
    // Not `acceptedAt`: the clock may have been set while the message was read.
    const now = this.parts.clock();
    return {
      outlet: route.outlet,
      recipient: route.recipient,
      dueAt: now,
      warnAt: now + warn,
      expiresAt: now + expire,
      ...waits,
      ...this.parts.away().offline.atAccept(message, route.recipient),
      ...(route.hold !== undefined && { hold: route.hold }),
      ...(key !== undefined && { sourceKey: key }),
    };
  }
}

/** Whom it may go to, and why not to the others. */
function shared(routes: readonly StoredRoute[], refusals: Refusals): [admitted: readonly StoredRoute[], refused: readonly { recipient: Address; result: Failure }[]] {
  if (refusals.length === 0) return [routes, []];
  const refused = routes.flatMap(({ recipient }, i) => {
    const result = refusals[i];
    return result === undefined ? [] : [{ recipient, result }];
  });
  return [routes.filter((_, i) => refusals[i] === undefined), refused];
}

function resultOf(kept: Kept = 'stored'): Accepted['result'] {
  if (kept === 'full') return FULL;
  return kept === 'too-late' ? TOO_LATE : kept;
}
