/** What becomes of a lane after its deliveries were tried: the settlement to commit. Pure but for the functions given. */
import { formatAddress, formatBareJid } from '../address.js';
import type { ReportFacts } from '../bridge/report.js';
import type { Detour } from '../bridge/way.js';
import type { Outcome } from '../edge.js';
import { Failure } from '../failure.js';
import type { Delivery } from '../message.js';
import type { Incident } from '../store/incidents.js';
import type { Overdue, Settlement, SettlementReport } from '../store/lanes.js';
import type { NewMessage } from '../store/new-message.js';

/** The report to a delivery's sender, or undefined when the sender must not be told (the bridge decides). */
export type ReportFor = (facts: ReportFacts) => NewMessage | undefined;

/** No later try will find it whole. */
export const DAMAGED = Failure.permanent('storage', 'The message was damaged on the disk of the gateway. Please send it again.');

/** A delivery and how its try ended. */
export interface Tried {
  readonly delivery: Delivery;
  readonly outcome: Outcome | Detour;
}

export interface SettleRules {
  readonly now: number;
  readonly reportFor: ReportFor;
  /** Ms to wait after this many tries. */
  readonly retryDelay: (attempts: number) => number;
  /** Ms to wait before what was released is due again. */
  readonly releasePause: number;
}

type Ended = Settlement['ended'][number];
type Deferred = Settlement['deferred'][number];

/**
 * A deferral holds the whole lane until the next try of the one that was deferred, so that order is kept (promise 5).
 * What was released or not tried stays as it was.
 */
export function settlementOf(lane: string, tried: readonly Tried[], rules: SettleRules): Settlement {
  const draft = new Draft(rules);
  for (const one of tried) draft.add(one);
  const { held } = draft;
  return { lane, ...draft.content, ...(held !== undefined && { held }), dueAt: rules.now + draft.pause, at: rules.now };
}

/** Collects a settlement's parts from one delivery after the other. */
class Draft {
  pause = 0;
  held: Settlement['held'];
  readonly content = {
    ended: [] as Ended[],
    deferred: [] as Deferred[],
    reports: [] as SettlementReport[],
    incidents: [] as Incident[],
  };

  constructor(private readonly rules: SettleRules) {}

  add({ delivery, outcome }: Tried): void {
    const { seq } = delivery;
    switch (outcome.state) {
      case 'handed-over':
        this.content.ended.push({ seq, state: 'handed-over' });
        return;
      case 'delivered':
        this.content.ended.push({ seq, state: 'delivered' });
        this.report(seq, { message: delivery.message, recipient: delivery.recipient, state: 'delivered' });
        return;
      case 'failed':
        this.fail(delivery, outcome.failure);
        return;
      case 'deferred':
        this.defer(delivery, outcome.failure);
        return;
      case 'held':
        this.held = { user: userOf(delivery), keep: outcome.keep, warn: outcome.warn };
        return;
      case 'forwarded':
        this.content.ended.push({ seq, state: 'handed-over' });
        this.content.reports.push({ ...outcome.as, seq });
        return;
      case 'released':
        this.pause = Math.max(this.pause, this.rules.releasePause);
    }
  }

  private fail(delivery: Delivery, failure: Failure): void {
    const { seq, message, recipient } = delivery;
    this.content.ended.push({ seq, state: 'failed', failure: failure.toRecord() });
    this.content.incidents.push(incident('bounced', delivery, failure, this.rules.now));
    this.report(seq, { message, recipient, state: 'failed', failure });
  }

  private defer(delivery: Delivery, failure: Failure): void {
    this.content.deferred.push({ seq: delivery.seq, failure: failure.toRecord() });
    this.content.incidents.push(incident('deferred', delivery, failure, this.rules.now));
    this.pause = Math.max(this.pause, this.rules.retryDelay(delivery.attempts + 1));
  }

  private report(seq: number, facts: ReportFacts): void {
    const report = this.rules.reportFor(facts);
    if (report !== undefined) this.content.reports.push({ ...report, seq });
  }
}

/** One settlement per lane for what waited too long: expired ends as failed, late is told once; the lane is due as before. */
export function overdueSettlements(overdue: readonly Overdue[], now: number, reportFor: ReportFor, warnings: ReadonlyMap<number, NewMessage> = new Map()): Settlement[] {
  const lanes = new Map<string, Overdue[]>();
  for (const one of overdue) lanes.set(one.lane, [...(lanes.get(one.lane) ?? []), one]);
  return [...lanes].map(([lane, ones]) => {
    const expired = ones.filter((one) => one.what === 'expire');
    return {
      lane,
      ended: expired.map((one) => ({ seq: one.delivery.seq, state: 'failed', failure: expiry(one).toRecord() })),
      deferred: [],
      warned: ones.filter((one) => one.what === 'warn').map((one) => one.delivery.seq),
      dueAt: ones[0]?.dueAt ?? now,
      at: now,
      reports: ones.flatMap((one) => {
        // To be away is no delay: it is not the sender who must hear of it.
        const report = one.what === 'warn' && one.held !== undefined ? warnings.get(one.delivery.seq) : reportFor(overdueFacts(one));
        return report === undefined ? [] : [{ ...report, seq: one.delivery.seq }];
      }),
      incidents: expired.map((one) => incident('expired', one.delivery, expiry(one), now)),
    };
  });
}

function overdueFacts(one: Overdue): ReportFacts {
  const { message, recipient } = one.delivery;
  if (one.what === 'expire') return { message, recipient, state: 'failed', failure: expiry(one) };
  const failure = one.lastFailure && Failure.fromRecord(one.lastFailure);
  return { message, recipient, state: 'delayed', expiresAt: one.expiresAt, ...(failure && { failure }) };
}

/** RFC 3463 X.4.7, with the words of the last failed try. */
function expiry({ lastFailure }: Overdue): Failure {
  const text = 'The time to deliver it has run out.';
  if (lastFailure === undefined) return Failure.permanent('expired', text);
  const { remote } = lastFailure;
  return Failure.permanent('expired', `${text} The last try ended with: ${lastFailure.text}`, remote === undefined ? {} : { remote });
}

function userOf({ recipient }: Delivery): string {
  return recipient.kind === 'jid' ? formatBareJid(recipient) : formatAddress(recipient);
}

function incident(what: Incident['what'], { message, recipient }: Delivery, failure: Failure, at: number): Incident {
  const from = formatAddress(message.sender);
  return { at, what, from, to: formatAddress(recipient), message: message.id, failure: failure.toRecord() };
}
