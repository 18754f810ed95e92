/** Mail that waits until its recipient has said whether he wants it: the question, and what the answer does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { contactOf, formatAddress, formatBareJid, formatJid, formatMailAddress, parseJid, parseMailAddress, type Jid, type MailAddress } from '../address.js';
import { addressKey } from '../addressees.js';
import type { Clock } from '../clock.js';
import { isFailure, type Failure } from '../failure.js';
import type { OutletName } from '../message.js';
import type { ClaimedLane } from '../store/lanes.js';
import type { NewMessage } from '../store/new-message.js';
import type { Store } from '../store/store.js';
import { firstWords } from '../words.js';
import { notice } from './notice.js';
import type { AccessRules } from './policy.js';
import { reportFor } from './report.js';
import { REFUSALS } from './strangers.js';

interface Parts {
  readonly store: Pick<Store, 'correspondents' | 'holds' | 'settle'>;
  readonly rules: AccessRules;
  /** Of a question, and of the report on what is not wanted; ms. */
  readonly lifetime: number;
  readonly clock: Clock;
  /** Stores a message of the gateway's own, and has it tried. */
  readonly send: (one: NewMessage) => Promise<unknown>;
  readonly wake: (outlet: OutletName) => void;
}

/** UTF-16 units of a stranger's subject that the question shows. */
const SUBJECT = 80;
/** How many of what is not wanted are ended in one commit. */
const AT_ONCE = 50;
/** A lane that is claimed is so for a moment. */
const BUSY_MS = 50;
const BUSY_TRIES = 100;

export class Waiting {
  /** By bare JID of the user: who is asked about, by address in lower case. */
  private readonly open = new Map<string, Set<string>>();

  constructor(private readonly parts: Parts) {}

  /** Before anything is handed in. Rejects as the store does. */
  async load(): Promise<void> {
    for (const { user, mail } of await this.parts.store.correspondents.asked()) this.note(user, mail);
  }

  /** @param user full or bare JID. @param mail in lower case */
  has(user: Jid, mail: string): boolean {
    return this.open.get(formatBareJid(user))?.has(mail) ?? false;
  }

  forget(user: Jid, mail: string): void {
    const name = formatBareJid(user);
    const asked = this.open.get(name);
    asked?.delete(mail);
    if (asked?.size === 0) this.open.delete(name);
  }

  /** Asks, in the chat of that contact: there it is answered most easily. Rejects as the store does. */
  async ask(user: Jid, about: MailAddress, subject: string | undefined): Promise<void> {
    const { rules, clock, lifetime, send } = this.parts;
    const contact = contactOf(about, rules.gateway);
    const facts = { gateway: rules.gateway, now: clock(), lifetime, ...(!isFailure(contact) && { from: contact }) };
    this.note(formatJid(user), addressKey(about));
    await send(notice(user, question(about, subject), facts));
  }

  /** What waits from these addresses comes, or ends with a word to its senders. Rejects as the store does. */
  async end(user: Jid, senders: readonly string[], state: 'accepted' | 'blocked'): Promise<void> {
    const { store, clock, wake } = this.parts;
    for (const text of senders) {
      const sender = parseMailAddress(text);
      if (isFailure(sender)) continue;
      if (state === 'blocked') await this.drop(sender, user);
      else if (await store.holds.releaseConsent(sender, user, clock())) wake('xmpp');
    }
  }

  /** Nobody is to answer any more about these: what waits from there ends. Rejects as the store does. */
  async endAll(isOver: (sender: MailAddress) => boolean): Promise<void> {
    if (this.open.size === 0) return;
    const { correspondents } = this.parts.store;
    for (const { user: name, mail, senders } of await correspondents.asked()) {
      const user = parseJid(name);
      const over = senders.map(parseMailAddress).some((sender) => !isFailure(sender) && isOver(sender));
      if (isFailure(user) || !over) continue;
      this.forget(user, mail);
      await this.end(user, senders, 'blocked');
      await correspondents.undecide(name, mail);
    }
  }

  /** All that waits for this user's answers ends with a word to its senders. Rejects as the store does. @param user bare JID */
  refuseAll(user: Jid): Promise<void> {
    return this.dropAll(() => this.parts.store.holds.claimAsked(user, AT_ONCE, this.parts.clock()), REFUSALS['refuse-stranger']);
  }

  /** The store has forgotten the user: nobody is asked about. @param user bare JID */
  forgetAll(user: Jid): void {
    this.open.delete(formatJid(user));
  }

  private drop(sender: MailAddress, user: Jid): Promise<void> {
    return this.dropAll(() => this.parts.store.holds.claimConsent(sender, user, AT_ONCE, this.parts.clock()), REFUSALS['refuse-blocked']);
  }

  private async dropAll(claim: () => Promise<ClaimedLane | 'busy' | undefined>, failure: Failure): Promise<void> {
    for (let tries = 0; tries < BUSY_TRIES; ) {
      const claimed = await claim();
      if (claimed === undefined) return;
      if (claimed !== 'busy') await this.refuse(claimed, failure);
      else await sleep(BUSY_MS, (tries += 1));
    }
  }

  private async refuse({ lane, deliveries }: ClaimedLane, failure: Failure): Promise<void> {
    const { store, rules, clock, lifetime, wake } = this.parts;
    const now = clock();
    const facts = { now, lifetime, domain: rules.gateway.domain };
    const reports = deliveries.flatMap(({ seq, message, recipient }) => {
      const report = reportFor({ message, recipient, state: 'failed', failure }, facts);
      return report === undefined ? [] : [{ ...report, seq }];
    });
    const ended = deliveries.map(({ seq }) => ({ seq, state: 'failed' as const, failure: failure.toRecord() }));
    const incidents = deliveries.map(({ message, recipient }) => ({ at: now, what: 'dropped' as const, from: formatAddress(message.sender), to: formatAddress(recipient), message: message.id, failure: failure.toRecord() }));
    await store.settle({ lane, ended, deferred: [], dueAt: now, at: now, reports, incidents });
    if (reports.length > 0) wake('smtp');
  }

  private note(user: string, mail: string): void {
    this.open.set(user, (this.open.get(user) ?? new Set()).add(mail));
  }
}

/** Nothing of the mail but its subject, in one short line. */
function question(about: MailAddress, subject: string | undefined): string {
  const words = firstWords(subject ?? '').slice(0, SUBJECT).replace(/[\ud800-\udbff]$/, '');
  const what = words === '' ? '' : `\nSubject: ${words}`;
  return `${formatMailAddress(about)} wants to write to you.${what}\nAnswer "accept" or "block". Anything else that you write here is sent to that address, and accepts it too.`;
}
