/**
 * What senders are told of the end of what they wrote: once for each message and recipient, also when a late word (an error stanza, a
 * DSN that came back) says more than the delivery itself.
 */
import { formatAddress, parseAddress, type Address } from '../address.js';
import type { Clock } from '../clock.js';
import { Failure } from '../failure.js';
import type { Log, SparingLog } from '../log.js';
import type { Message, MessageId, OutletName, Report } from '../message.js';
import { recipientTag } from '../recipient-tag.js';
import type { Incident } from '../store/incidents.js';
import type { NewMessage } from '../store/new-message.js';
import type { QueueEntry } from '../store/queue-entries.js';
import type { Store } from '../store/store.js';
import { acceptAndQueue, type OutletQueue } from './accept.js';
import type { Consent } from './consent.js';
import { toldLines } from './gather.js';
import type { IncidentLog } from './incident-log.js';
import { REFUSED } from './offline.js';
import type { AccessRules } from './policy.js';
import { reportFor, type Lifetimes, type ReportFacts, type ReportRules } from './report.js';
import type { UnknownUsers } from './unknown-users.js';

interface Parts {
  readonly store: Store;
  readonly rules: AccessRules;
  readonly lifetimes: Lifetimes;
  readonly consent: Pick<Consent, 'cameBack'>;
  readonly unknown: UnknownUsers;
  readonly incidents: IncidentLog;
  readonly clock: Clock;
  readonly log: Log;
  readonly trouble: SparingLog;
  readonly queueOf: (outlet: OutletName) => OutletQueue;
}

export class SenderReports {
  constructor(private readonly parts: Parts) {}

  /** As `Intake.reported`. */
  async reported(id: MessageId, recipient: Address | undefined, state: Report['state'], failure?: Failure, tag?: string): Promise<void> {
    const known = await this.parts.store.message(id);
    const delivery = known && named(known.deliveries, recipient, tag);
    if (known === undefined || delivery === undefined) {
      this.parts.log.info({ message: id, state }, 'report on a message that is not kept');
      return;
    }
    const to = parseAddress(delivery.outlet === 'smtp' ? 'mail' : 'jid', delivery.recipient);
    if (to instanceof Failure) throw new Error(`stored recipient is no address: ${delivery.recipient}`);
    const lines = delivery.outlet === 'smtp' ? toldLines(await this.parts.store.burstOf(delivery.seq)) : [{ message: known.message, entry: delivery }];
    for (const { message, entry } of lines) await this.tell(entry, { message, recipient: to, state, ...(failure && { failure }) });
  }

  /** As `Intake.untold`. */
  async untold(message: Message, recipient: Address, failure: Failure): Promise<void> {
    const report = reportFor({ message, recipient, state: 'failed', failure }, this.reportRules());
    if (report !== undefined) await acceptAndQueue(report, this.parts);
  }

  /** The report that a delivery's end gives rise to, for the queue to commit with the end itself. */
  reportFor(facts: ReportFacts): NewMessage | undefined {
    if (facts.failure !== undefined) this.noteFailure(facts, facts.failure);
    return reportFor(facts, this.reportRules());
  }

  /** The user may be unknown, or blocks this one sender; that shows a moment later. */
  private noteFailure({ recipient, message }: ReportFacts, failure: Failure): void {
    if (failure === REFUSED) return;
    this.parts.unknown.note(recipient, failure);
    this.parts.consent.cameBack(recipient, message.sender, failure).then(
      (isBlocked) => {
        if (isBlocked) this.parts.unknown.forget(recipient);
      },
      (error: unknown) => this.parts.trouble.error({ message: message.id, err: error }, 'a block at the server is not kept'),
    );
  }

  private reportRules(): ReportRules {
    const { clock, lifetimes, rules } = this.parts;
    return { now: clock(), lifetime: lifetimes.expire, domain: rules.gateway.domain };
  }

  private async tell(delivery: QueueEntry, facts: ReportFacts): Promise<void> {
    const report = this.reportFor(facts);
    const reports = report === undefined ? [] : [report];
    if (facts.state === 'delayed') {
      if (delivery.state === 'failed' || delivery.state === 'delivered') return;
      await this.parts.store.accept(reports.map((one) => onceFor(delivery, one)));
    } else if (!(await this.parts.store.amend(delivery.seq, facts.state, facts.failure?.toRecord(), reports))) {
      return;
    }
    if (facts.state === 'failed' && facts.failure !== undefined) this.parts.incidents.record(bounce(delivery, facts.failure));
    for (const { deliveries } of reports) for (const { outlet } of deliveries) this.parts.queueOf(outlet).wake();
  }
}

/** A relay says every few hours that a mail is delayed; its sender is told once. */
function onceFor({ seq }: QueueEntry, { message, deliveries }: NewMessage): NewMessage {
  return { message, deliveries: deliveries.map((delivery) => ({ ...delivery, sourceKey: `delayed ${seq}` })) };
}

function bounce({ sender, recipient, message }: QueueEntry, failure: Failure): Omit<Incident, 'at'> {
  return { what: 'bounced', from: sender, to: recipient, message, failure: failure.toRecord() };
}

/**
 * The delivery a report speaks of. A chat user speaks for himself only: a message's id is known to whoever got it by mail. A
 * forwarded mail bounces from an address we never wrote to, hence the one that the return address tells, or the only one.
 */
function named(deliveries: readonly QueueEntry[], recipient: Address | undefined, tag: string | undefined): QueueEntry | undefined {
  if (recipient?.kind === 'jid') return deliveries.find((delivery) => delivery.outlet === 'xmpp' && bareOf(delivery.recipient) === bareOf(formatAddress(recipient)));
  const tagged = tag && deliveries.find((delivery) => delivery.outlet === 'smtp' && recipientTag(delivery.recipient) === tag);
  if (tagged) return tagged;
  const address = recipient && formatAddress(recipient);
  return deliveries.find((delivery) => delivery.recipient === address) ?? (deliveries.length === 1 ? deliveries[0] : undefined);
}

/** Reports go to the client that asked for them, whose user answers as well. */
function bareOf(jid: string): string {
  return jid.replace(/\/.*$/s, '');
}
