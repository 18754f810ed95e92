/** Who may reach which chat user: what each has decided, and what becomes of a message by that. */
import { bareJid, formatAddress, formatBareJid, mailOfContact, parseJid, parseMailAddress, type Address, type Jid, type MailAddress } from '../address.js';
import { addressKey, entriesOver } from '../addressees.js';
import type { Clock } from '../clock.js';
import type { Accepted } from '../edge.js';
import { Failure, isFailure } from '../failure.js';
import type { Message } from '../message.js';
import type { AskResult, Correspondent, DecidedBy } from '../store/correspondents.js';
import type { Store } from '../store/store.js';
import type { AccessRules, StoredRoute } from './policy.js';
import type { Preferences } from './preferences.js';
import type { ServerBlocks } from './server-blocks.js';
import { STRANGERS } from './settings.js';
import { closestOf, contactsOf, entryOf, namesOf, REFUSALS, relationOf, shownEntry, verdictOf, type Policy, type Relation, type Verdict } from './strangers.js';
import type { Waiting } from './waiting.js';

interface Parts {
  readonly store: Pick<Store, 'correspondents' | 'holds'>;
  readonly rules: AccessRules;
  readonly preferences: Preferences;
  readonly waiting: Waiting;
  readonly serverBlocks: ServerBlocks;
  /** For how long a question stands, and what waits for its answer; ms. */
  readonly lifetime: number;
  readonly clock: Clock;
}

/** What one user may have decided, of each kind. */
const MOST = { accepted: 5_000, blocked: 2_000 } as const;
const ASK_LIMITS = { strangers: 100, mails: 20, bytes: 50 * 1024 * 1024 } as const;

const TOO_MANY: Readonly<Record<Exclude<AskResult, 'question' | 'waits'>, Failure>> = {
  'too-many-mails': Failure.temporary('mailbox-full', 'The recipient has not yet agreed to take mail from you; no more of it can wait.'),
  'too-many-strangers': Failure.temporary('mailbox-full', 'The recipient takes no mail from people he does not know at the moment.'),
};

/** A message sorted by recipient. */
export interface Sorted {
  /** Some may be held. */
  readonly routes: readonly StoredRoute[];
  /** Those for whom it is to be marked as a stranger's. */
  readonly marked: readonly StoredRoute[];
  readonly refused: readonly Accepted[];
}

/** Whom a decision is about: an address, a contact or a domain as a user writes it, or an entry as it is kept. */
type Whom = string | { readonly entry: string };

type ChatRoute = StoredRoute & { readonly recipient: Jid };
type Fate = 'take' | 'mark' | 'hold' | Failure;

export class Consent {
  /** Bare JIDs of those who have blocked anybody: nobody else's entries are looked for. */
  private readonly blockers = new Set<string>();

  constructor(private readonly parts: Parts) {}

  /** Before anything is handed in. Rejects as the store does. */
  async load(): Promise<void> {
    await this.parts.waiting.load();
    await this.reload();
    await this.goOn();
  }

  /** The store may hold what another process has put there. Rejects as the store does. */
  async reload(): Promise<void> {
    // None is taken out: somebody may be blocking just now.
    for (const user of await this.parts.store.correspondents.usersWith('blocked')) this.blockers.add(user);
    await this.parts.waiting.endAll((sender) => this.parts.rules.isBlocked(sender));
  }

  /** What an envelope sender, undefined for nobody, is answered at RCPT: undefined for welcome. Rejects as the store does. */
  refusal(user: Jid, from: MailAddress | undefined): Promise<Failure | undefined> | undefined {
    const { rules } = this.parts;
    if (rules.isBlocked(user) || (from !== undefined && rules.isBlocked(from))) return Promise.resolve(REFUSALS['refuse-for-all']);
    if (from === undefined || !this.hasBlocked(user)) return undefined;
    return this.relation(user, from).then((relation) => (relation === 'blocked' ? REFUSALS['refuse-blocked'] : undefined));
  }

  /**
   * Undefined when nobody is to be asked or refused. Rejects as the store does.
   * @param isInvited it came by an address that the user keeps for its author, who is no stranger by that
   */
  sort(message: Message, routes: readonly StoredRoute[], isInvited = false): Promise<Sorted> | undefined {
    if (message.source === 'gateway' || !routes.some((route) => this.isGuarded(message, route))) return undefined;
    return this.sortAll(message, routes, isInvited);
  }

  private async sortAll(message: Message, routes: readonly StoredRoute[], isInvited: boolean): Promise<Sorted> {
    const sorted = { routes: [] as StoredRoute[], marked: [] as StoredRoute[], refused: [] as Accepted[] };
    for (const route of routes) {
      const fate = this.isGuarded(message, route) ? await this.fate(message, route.recipient, isInvited) : 'take';
      if (isFailure(fate)) sorted.refused.push({ recipient: route.recipient, result: fate });
      else if (fate === 'mark') sorted.marked.push(route);
      else sorted.routes.push(fate === 'hold' ? { ...route, hold: 'consent' } : route);
    }
    return sorted;
  }

  /** The operators' mailboxes take all mail (RFC 5321 §4.5.1). */
  private isGuarded(message: Message, route: StoredRoute): route is ChatRoute {
    const { outlet, recipient, operators } = route;
    if (outlet !== 'xmpp' || recipient.kind !== 'jid' || operators === true) return false;
    return this.hasBlocked(recipient) || this.parts.rules.isBlocked(message.sender) || this.policy(message, recipient) !== 'everybody';
  }

  private hasBlocked(user: Jid): boolean {
    return this.blockers.has(formatBareJid(user));
  }

  /** The XMPP server knows its users: none of them is a stranger, in chat or by a mail from a bound mailbox. */
  private policy({ sender }: Message, user: Jid): Policy {
    return sender.kind === 'jid' ? 'everybody' : this.parts.preferences.get(STRANGERS, user);
  }

  private async fate(message: Message, user: Jid, isInvited: boolean): Promise<Fate> {
    if (this.parts.rules.isBlocked(message.sender)) return REFUSALS['refuse-for-all'];
    const relation = await this.relation(user, message.sender);
    const verdict = verdictOf(this.policy(message, user), isInvited && relation !== 'blocked' ? 'known' : relation, message);
    if (verdict !== 'ask') return verdict === 'take' || verdict === 'mark' ? verdict : refusalOf(verdict);
    if (message.sender.kind !== 'mail') throw new Error('only a mail has a stranger for an author');
    const asked = { user: formatBareJid(user), mail: addressKey(message.sender), sender: formatAddress(message.sender), bytes: sizeOf(message), at: this.parts.clock() };
    const result = await this.parts.store.correspondents.ask(asked, { ...ASK_LIMITS, lifetime: this.parts.lifetime });
    if (result === 'too-many-mails' || result === 'too-many-strangers') return TOO_MANY[result];
    if (result === 'question') await this.parts.waiting.ask(bareJid(user), message.sender, message.subject);
    return 'hold';
  }

  private async relation(user: Jid, sender: Message['sender']): Promise<Relation> {
    const { store, rules } = this.parts;
    if (rules.isBlocked(sender)) return 'blocked';
    const contacts = sender.kind === 'mail' ? contactsOf(sender, rules.gateway) : [];
    const query = { user: bareJid(user), names: namesOf(sender, rules.gateway), contacts };
    const standing = await store.correspondents.standing(query);
    const noticed = standing.entries.some(({ state, by }) => state === 'blocked' && by === 'server');
    if (!noticed || sender.kind !== 'mail' || (await this.parts.serverBlocks.ask(user, sender)) !== false) return relationOf(standing);
    await store.correspondents.undecide(formatBareJid(user), addressKey(sender));
    return relationOf(await store.correspondents.standing(query));
  }

  /** A message came back from a chat user. Rejects as the store does. @returns whether its sender is blocked there, by the user's server */
  cameBack(recipient: Address, sender: Address, failure: Failure): Promise<boolean> {
    return this.parts.serverBlocks.cameBack(recipient, sender, failure, this);
  }

  /** A held message was stored: the answer may have come before it. */
  stored({ sender }: Message, routes: readonly StoredRoute[]): Promise<void> | undefined {
    const late = routes.filter(({ hold, recipient }) => hold === 'consent' && recipient.kind === 'jid' && sender.kind === 'mail' && !this.parts.waiting.has(recipient, addressKey(sender)));
    return late.length === 0 ? undefined : this.answerAgain(sender, late);
  }

  /** What was decided when the process ended, and not done. What nobody has decided waits on. */
  private async goOn(): Promise<void> {
    for (const { user: name, sender: text } of await this.parts.store.holds.senders()) {
      const [user, sender] = [parseJid(name), parseMailAddress(text)];
      if (isFailure(user) || isFailure(sender) || this.parts.waiting.has(user, addressKey(sender))) continue;
      const relation = await this.relation(user, sender);
      if (relation === 'known' || relation === 'blocked') await this.parts.waiting.end(user, [text], relation === 'known' ? 'accepted' : 'blocked');
    }
  }

  private async answerAgain(sender: Message['sender'], routes: readonly StoredRoute[]): Promise<void> {
    for (const { recipient } of routes) {
      if (recipient.kind !== 'jid') continue;
      const relation = await this.relation(recipient, sender);
      await this.parts.waiting.end(recipient, [formatAddress(sender)], relation === 'blocked' ? 'blocked' : 'accepted');
    }
  }

  /** Is the user's answer to a question about this address awaited? */
  isAsked(user: Jid, mail: MailAddress): boolean {
    return this.parts.waiting.has(user, addressKey(mail));
  }

  /** The same, of a contact. */
  isAskedContact(user: Jid, contact: Jid): boolean {
    const mail = mailOfContact(contact, this.parts.rules.gateway);
    return !isFailure(mail) && this.isAsked(user, mail);
  }

  /**
   * What waits from there ends, and its senders are told.
   * @returns the entry; permanent `bad-address` or `too-many`
   */
  block(user: Jid, whom: Whom, by: DecidedBy = 'user'): Promise<string | Failure> {
    return this.decide(user, whom, 'blocked', by);
  }

  /** As `block`; what waits from there comes. */
  accept(user: Jid, whom: Whom): Promise<string | Failure> {
    return this.decide(user, whom, 'accepted', 'user');
  }

  private async decide(user: Jid, whom: Whom, state: 'accepted' | 'blocked', by: DecidedBy): Promise<string | Failure> {
    const { store, waiting, clock } = this.parts;
    const mail = this.entry(whom);
    if (isFailure(mail)) return mail;
    const name = formatBareJid(user);
    // Before the store has it: what comes meanwhile looks there.
    if (state === 'blocked') this.blockers.add(name);
    const { before, answered } = await store.correspondents.decide({ user: name, mail, state, by, at: clock() }, MOST[state]);
    if (before === 'full') return Failure.permanent('too-many', `You have ${MOST[state]} such entries; take one away first.`);
    for (const one of answered) waiting.forget(user, one.mail);
    // The entry's own too: a process that ended between the two left it waiting.
    const senders = new Set([...answered.flatMap((one) => one.senders), ...(mail.startsWith('@') ? [] : [shownEntry(mail)])]);
    await waiting.end(bareJid(user), [...senders], state);
    return mail;
  }

  /**
   * The user is about to be forgotten, and answers no question: what waits for one comes where mail of everybody does (once he is forgotten),
   * and goes back to its senders where it would not come unasked. Rejects as the store does. @param stays he may still be written to
   */
  async leave(user: Jid, stays: boolean): Promise<void> {
    const policy = this.parts.preferences.fallback(STRANGERS);
    if (!stays || policy === 'ask' || policy === 'contacts') await this.parts.waiting.refuseAll(bareJid(user));
  }

  /** The store has forgotten the user. */
  forget(user: Jid): void {
    this.blockers.delete(formatBareJid(user));
    this.parts.waiting.forgetAll(bareJid(user));
  }

  /** @returns the entry; permanent `no-such-recipient` when it is not blocked, `not-allowed` when it stays so by a wider entry */
  async unblock(user: Jid, whom: Whom): Promise<string | Failure> {
    const mail = this.entry(whom);
    if (isFailure(mail)) return mail;
    const name = formatBareJid(user);
    const all = await this.parts.store.correspondents.correspondentsOf(name);
    const isOne = all.some((entry) => entry.mail === mail && entry.state === 'blocked');
    if (isOne) await this.parts.store.correspondents.undecide(name, mail);
    const over = entriesOver(mail);
    const closest = closestOf(all.filter((entry) => entry.mail !== mail && over.includes(entry.mail)));
    if (closest?.state === 'blocked') return Failure.permanent('not-allowed', `${shownEntry(mail)} is still blocked, by ${closest.mail}. To take it again, unblock that.`);
    return isOne ? mail : Failure.permanent('no-such-recipient', `${shownEntry(mail)} is not blocked.`);
  }

  private entry(whom: Whom): string | Failure {
    return typeof whom === 'string' ? entryOf(whom, this.parts.rules.gateway) : whom.entry;
  }

  /** By address. */
  async blocked(user: Jid): Promise<readonly Correspondent[]> {
    const all = await this.parts.store.correspondents.correspondentsOf(formatBareJid(user));
    return all.filter(({ state }) => state === 'blocked');
  }
}

function refusalOf(verdict: Exclude<Verdict, 'take' | 'mark' | 'ask'>): Failure {
  return REFUSALS[verdict];
}

/** As far as it is known: the text, and the files as they are when decoded. */
function sizeOf({ text, attachments }: Message): number {
  return attachments.reduce((sum, { size }) => sum + Math.max(0, size), Buffer.byteLength(text));
}
