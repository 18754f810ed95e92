/** Who may reach which chat user: what each has decided, and what becomes of a message by that. */
import { bareJid, formatJid, type Jid, type MailAddress } from '../address.js';
import type { Clock } from '../clock.js';
import type { Accepted } from '../edge.js';
import { Failure, isFailure } from '../failure.js';
import type { Message } from '../message.js';
import type { Correspondent, DecidedBy } from '../store/correspondents.js';
import type { Store } from '../store/store.js';
import type { AccessRules, StoredRoute } from './policy.js';
import { contactsOf, entryOf, namesOf, REFUSALS, relationOf, verdictOf, type Relation } from './strangers.js';

interface Parts {
  readonly store: Pick<Store, 'correspondents'>;
  readonly rules: AccessRules;
  readonly clock: Clock;
}

/** What one user may have decided, of each kind. */
const MOST = { accepted: 5_000, blocked: 2_000 } as const;

/** A message sorted by recipient. */
export interface Sorted {
  readonly routes: readonly StoredRoute[];
  readonly refused: readonly Accepted[];
}

type ChatRoute = StoredRoute & { readonly recipient: Jid };

export class Consent {
  /** Bare JIDs of those who have blocked anybody: nobody else's entries are looked for. */
  private blockers = new Set<string>();

  constructor(private readonly parts: Parts) {}

  /** Before anything is handed in. Rejects as the store does. */
  async load(): Promise<void> {
    this.blockers = new Set(await this.parts.store.correspondents.usersWith('blocked'));
  }

  /** What an envelope sender is answered at RCPT: undefined for welcome. Rejects as the store does. */
  refusal(user: Jid, from: MailAddress | undefined): Promise<Failure | undefined> | undefined {
    if (from === undefined || !this.blockers.has(formatJid(bareJid(user)))) return undefined;
    return this.relation(user, from).then((relation) => (relation === 'blocked' ? REFUSALS['refuse-blocked'] : undefined));
  }

  /** Undefined when nobody is to be asked or refused. Rejects as the store does. */
  sort(message: Message, routes: readonly StoredRoute[]): Promise<Sorted> | undefined {
    if (message.source === 'gateway' || !routes.some((route) => this.isGuarded(route))) return undefined;
    return this.sortAll(message, routes);
  }

  private async sortAll(message: Message, routes: readonly StoredRoute[]): Promise<Sorted> {
    const open: StoredRoute[] = [];
    const refused: Accepted[] = [];
    for (const route of routes) {
      const failure = this.isGuarded(route) ? await this.judge(message, route.recipient) : undefined;
      if (failure === undefined) open.push(route);
      else refused.push({ recipient: route.recipient, result: failure });
    }
    return { routes: open, refused };
  }

  /** The operators' mailboxes take all mail (RFC 5321 §4.5.1). */
  private isGuarded(route: StoredRoute): route is ChatRoute {
    const { outlet, recipient, operators } = route;
    return outlet === 'xmpp' && recipient.kind === 'jid' && operators !== true && this.blockers.has(formatJid(bareJid(recipient)));
  }

  private async judge(message: Message, user: Jid): Promise<Failure | undefined> {
    const verdict = verdictOf('everybody', await this.relation(user, message.sender), message);
    return verdict in REFUSALS ? REFUSALS[verdict as keyof typeof REFUSALS] : undefined;
  }

  private async relation(user: Jid, sender: Message['sender']): Promise<Relation> {
    const { store, rules } = this.parts;
    const contacts = sender.kind === 'mail' ? contactsOf(sender, rules.gateway) : [];
    return relationOf(await store.correspondents.standing({ user: bareJid(user), names: namesOf(sender, rules.gateway), contacts }));
  }

  /** @param typed an address, a contact or a domain, as a user writes it. @returns the entry; permanent `bad-address` or `too-many` */
  block(user: Jid, typed: string, by: DecidedBy = 'user'): Promise<string | Failure> {
    return this.decide(user, typed, 'blocked', by);
  }

  /** As `block`. */
  accept(user: Jid, typed: string): Promise<string | Failure> {
    return this.decide(user, typed, 'accepted', 'user');
  }

  private async decide(user: Jid, typed: string, state: 'accepted' | 'blocked', by: DecidedBy): Promise<string | Failure> {
    const mail = entryOf(typed, this.parts.rules.gateway);
    if (isFailure(mail)) return mail;
    const name = formatJid(bareJid(user));
    // Before the store has it: what comes meanwhile looks there.
    if (state === 'blocked') this.blockers.add(name);
    const before = await this.parts.store.correspondents.decide({ user: name, mail, state, by, at: this.parts.clock() }, MOST[state]);
    return before === 'full' ? Failure.permanent('too-many', `You have ${MOST[state]} such entries; take one away first.`) : mail;
  }

  /** @returns the entry, or permanent `no-such-recipient` when it is not blocked */
  async unblock(user: Jid, typed: string): Promise<string | Failure> {
    const mail = entryOf(typed, this.parts.rules.gateway);
    if (isFailure(mail)) return mail;
    const blocked = await this.blocked(user);
    if (!blocked.some((entry) => entry.mail === mail)) return Failure.permanent('no-such-recipient', `${mail} is not blocked.`);
    await this.parts.store.correspondents.undecide(formatJid(bareJid(user)), mail);
    return mail;
  }

  /** By address. */
  async blocked(user: Jid): Promise<readonly Correspondent[]> {
    const all = await this.parts.store.correspondents.correspondentsOf(formatJid(bareJid(user)));
    return all.filter(({ state }) => state === 'blocked');
  }
}
