/**
 * Further mail addresses of chat users: disposable ones, and the one by which a user is known. All of them are in memory, so that
 * RCPT is answered at once; each user has a few, and the gateway so many in all.
 */
import { randomInt } from 'node:crypto';
import { bareJid, formatBareJid, formatJid, formatMailAddress, mailOfUser, parseJid, unescapeLocalpart, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import type { Clock } from '../clock.js';
import type { MailAdmission } from '../edge.js';
import { Failure, isFailure } from '../failure.js';
import type { Message } from '../message.js';
import type { Alias, AliasStore } from '../store/aliases.js';
import { mayWrite } from './alias-sender.js';
import { isAllowed, type AccessRules, type Addressed } from './policy.js';

export interface AliasParts {
  readonly store: AliasStore;
  readonly rules: AccessRules;
  readonly clock: Clock;
}

const MOST_PER_USER = 50;
const MOST = 200_000;
/** Characters that nobody takes for others; a guess hits one in 600 million. */
const RANDOM = 'abcdefghjkmnpqrstuvwxyz23456789';
const RANDOM_LENGTH = 6;
const LONGEST_WORD = 12;
const LONGEST_NOTE = 100;
/** Of the user's own name: the rest must fit into 64 octets. */
const LONGEST_NAME = 40;

const GONE = Failure.permanent('no-such-recipient', 'This address is no longer in use.');
const OFF = Failure.permanent('recipient-unavailable', 'This address is switched off.');
const NOT_YOU = Failure.permanent('not-allowed', 'This address takes mail from others only.');
const NOBODY = Failure.permanent('no-such-recipient', 'No such user here.');
/** Of a name that somebody asks for. */
export const TAKEN = Failure.permanent('not-allowed', 'This name is in use, or looks like one that is. Choose another.');
const FULL = Failure.permanent('too-many', `You have ${MOST_PER_USER} addresses already. Remove one first.`);
const ALL_FULL = Failure.temporary('too-many', 'The gateway keeps no more addresses. Please tell its operator.');

export class Aliases {
  private readonly byLocal = new Map<string, Alias>();
  private readonly byUser = new Map<string, Set<string>>();

  constructor(private readonly parts: AliasParts) {}

  get gateway(): GatewayNames {
    return this.parts.rules.gateway;
  }

  /** Before anything is handed in. Rejects as the store does. */
  async load(): Promise<void> {
    for (const alias of await this.parts.store.allAliases()) this.hold(alias);
  }

  /** What RCPT is answered; undefined for what is no alias. */
  admit(recipient: MailAddress): MailAdmission | undefined {
    const alias = this.find(recipient);
    if (alias === undefined) return undefined;
    if (alias.gone === true) return GONE;
    const user = parseJid(alias.user);
    if (isFailure(user) || !isAllowed(user, this.parts.rules)) return NOBODY;
    if (alias.off === true) return OFF;
    if (this.isExpired(alias)) return GONE;
    return [{ outlet: 'xmpp', recipient: user, cameBy: this.addressOf(alias), ...(alias.kind === 'own' && { ordinary: true }) }];
  }

  /** Why the author of a mail may not write to the alias that it came by. An envelope does not tell: many write in others' names. */
  refusal({ cameBy, ...message }: Message): Failure | undefined {
    const alias = cameBy && this.find(cameBy);
    return alias === undefined || mayWrite(alias.allowed, message) ? undefined : NOT_YOU;
  }

  /** Is its author one of those whom the user has named for the address that it came by? */
  isInvited({ cameBy, ...message }: Message): boolean {
    const alias = cameBy && this.find(cameBy);
    return alias?.allowed !== undefined && mayWrite(alias.allowed, message);
  }

  /**
   * Where somebody is reached who stands among the addressees of a message, by an alias or an own address: as in `AccessRules`. A restricted one
   * takes nothing from chat users: for whom it is, he knows by their mail address.
   */
  addressee(address: MailAddress): Addressed | undefined {
    const alias = this.find(address);
    const user = alias && parseJid(alias.user);
    if (alias === undefined || user === undefined || isFailure(user)) return undefined;
    return { user, isOpen: alias.gone !== true && alias.off !== true && alias.allowed === undefined && !this.isExpired(alias), isContested: alias.contested === true };
  }

  /** The address, if this user may write by it now. @param user full or bare JID. @param local in any case */
  usable(user: Jid, local: string): MailAddress | undefined {
    const alias = this.byLocal.get(local.toLowerCase());
    const isGood = alias !== undefined && alias.user === formatBareJid(user) && alias.kind !== 'wanted' && alias.gone !== true && alias.off !== true && !this.isExpired(alias);
    return isGood ? this.addressOf(alias) : undefined;
  }

  /** The user's addresses, oldest first. @param user bare JID */
  listOf(user: Jid): readonly Alias[] {
    return this.allOf(formatJid(user)).filter(({ gone }) => gone !== true);
  }

  /** Of all users, those that they are known by, in use or not, and those that are asked for. */
  known(): readonly Alias[] {
    return [...this.byLocal.values()].filter(({ kind }) => kind !== 'alias');
  }

  /** By its local part. */
  named(local: string): Alias | undefined {
    return this.byLocal.get(local);
  }

  /** The one that he is known by now. @param user full or bare JID */
  ownOf(user: Jid): Alias | undefined {
    return this.listOf(bareJid(user)).find(({ kind }) => kind === 'own');
  }

  /**
   * The address of his JID, or `name%home@gateway` of a user of the home domain whose name is, or was, somebody else's own address or alias.
   * @param user full or bare JID
   */
  plainOf(user: Jid): MailAddress | Failure {
    const { gateway } = this.parts.rules;
    const plain = mailOfUser(bareJid(user), gateway);
    const held = isFailure(plain) ? undefined : this.find(plain);
    if (isFailure(plain) || held === undefined || held.user === formatBareJid(user)) return plain;
    return { ...plain, local: `${plain.local}%${gateway.home}` };
  }

  /** A mail to the address of his JID: where he has others, his answer goes by it. */
  plainly(routes: MailAdmission): MailAdmission {
    const [only, ...others] = isFailure(routes) ? [] : routes;
    if (only === undefined || others.length > 0 || only.outlet === 'bounce' || only.operators === true || only.recipient.kind !== 'jid') return routes;
    const plain = this.plainOf(only.recipient);
    const isOnly = this.ownOf(only.recipient) === undefined && !isFailure(plain) && !plain.local.includes('%');
    return isOnly || isFailure(plain) ? routes : [{ ...only, cameBy: plain, ordinary: true }];
  }

  /** One of the user's, as it was typed: with or without the domain. @param user bare JID */
  own(user: Jid, typed: string): Alias | Failure {
    const [local = '', domain = this.parts.rules.gateway.domain] = typed.trim().toLowerCase().split('@');
    const alias = domain === this.parts.rules.gateway.domain ? this.byLocal.get(local) : undefined;
    return alias !== undefined && alias.user === formatJid(user) && alias.kind !== 'wanted' && alias.gone !== true ? alias : Failure.permanent('no-such-recipient', 'You have no such address. Write "alias" to see yours.');
  }

  /** Rejects as the store does. @param user bare JID. @param note any text: one line of it is kept */
  async make(user: Jid, note: string): Promise<Alias | Failure> {
    const line = [...note.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()].slice(0, LONGEST_NOTE).join('');
    const local = this.fresh(user, line);
    return this.add({ local, user: formatJid(user), kind: 'alias', note: line, madeAt: this.parts.clock() });
  }

  /** Keeps a new one. Rejects as the store does. @returns a permanent `not-allowed` when another was quicker */
  async add(alias: Alias): Promise<Alias | Failure> {
    const held = this.byLocal.get(alias.local);
    if ((this.byUser.get(alias.user)?.size ?? 0) >= MOST_PER_USER && !(await this.makeRoom(alias.user))) return FULL;
    if (this.byLocal.get(alias.local) !== held) return TAKEN;
    if (this.byLocal.size >= MOST) return ALL_FULL;
    await this.keep(alias);
    return alias;
  }

  /** In memory first, so that two changes at once do not undo each other. Rejects as the store does. */
  async keep(alias: Alias): Promise<void> {
    const before = this.byLocal.get(alias.local);
    this.hold(alias);
    try {
      await this.parts.store.putAlias(alias);
    } catch (error) {
      if (this.byLocal.get(alias.local) === alias) {
        if (before === undefined) this.drop(alias);
        else this.hold(before);
      }
      throw error;
    }
  }

  /** It takes no mail from now on, and is given to nobody else. Rejects as the store does. */
  remove(alias: Alias): Promise<void> {
    return this.keep(goneFrom(alias));
  }

  /** As if it had never been: anybody may have it. What has changed since stays. Rejects as the store does. */
  async erase(alias: Alias): Promise<void> {
    if (this.byLocal.get(alias.local) !== alias) return;
    await this.parts.store.removeAlias(alias.local);
    if (this.byLocal.get(alias.local) === alias) this.drop(alias);
  }

  /** The store has forgotten the user: none of his addresses takes mail. @param user bare JID */
  forget(user: Jid): void {
    for (const alias of this.listOf(user)) {
      if (alias.kind === 'wanted') this.drop(alias);
      else this.hold(goneFrom(alias));
    }
  }

  /** Of what the user gave up, the oldest makes room: chance alone would make the same once more. Another's is never taken away. */
  private async makeRoom(user: string): Promise<boolean> {
    const oldest = this.allOf(user).find(({ gone, kind }) => gone === true && kind === 'alias');
    if (oldest === undefined) return false;
    await this.parts.store.removeAlias(oldest.local);
    this.drop(oldest);
    return true;
  }

  isExpired({ expiresAt }: Alias): boolean {
    return expiresAt !== undefined && expiresAt <= this.parts.clock();
  }

  format(alias: Alias): string {
    return formatMailAddress(this.addressOf(alias));
  }

  /** Oldest first. */
  private allOf(user: string): readonly Alias[] {
    return [...(this.byUser.get(user) ?? [])].flatMap((local) => this.byLocal.get(local) ?? []).sort((one, other) => one.madeAt - other.madeAt);
  }

  private addressOf({ local }: Alias): MailAddress {
    return { kind: 'mail', local, domain: this.parts.rules.gateway.domain };
  }

  private find({ local, domain }: MailAddress): Alias | undefined {
    const alias = domain === this.parts.rules.gateway.domain ? this.byLocal.get(local.toLowerCase()) : undefined;
    return alias?.kind === 'wanted' ? undefined : alias;
  }

  /** Who had asked for it before has no part in it. */
  private hold(alias: Alias): void {
    const before = this.byLocal.get(alias.local);
    if (before !== undefined && before.user !== alias.user) this.drop(before);
    this.byLocal.set(alias.local, alias);
    const locals = this.byUser.get(alias.user) ?? new Set();
    this.byUser.set(alias.user, locals.add(alias.local));
  }

  private drop({ local, user }: Alias): void {
    this.byLocal.delete(local);
    const locals = this.byUser.get(user);
    locals?.delete(local);
    if (locals?.size === 0) this.byUser.delete(user);
  }

  private fresh(user: Jid, note: string): string {
    const name = plain(unescapeLocalpart(user.local)).slice(0, LONGEST_NAME) || 'user';
    const word = plain(note.split(' ')[0] ?? '').replaceAll('.', '').slice(0, LONGEST_WORD);
    for (;;) {
      const random = Array.from({ length: RANDOM_LENGTH }, () => RANDOM[randomInt(RANDOM.length)]).join('');
      const local = `${name}+${word}${random}`;
      if (!this.byLocal.has(local)) return local;
    }
  }
}

/** What the user said of it is not kept. */
function goneFrom({ local, user, kind, madeAt, contested }: Alias): Alias {
  return { local, user, kind, note: '', madeAt, gone: true, ...(contested === true && { contested }) };
}

/** What every form on the web takes before and behind a plus. */
function plain(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9._-]/g, '').replace(/\.{2,}/g, '.').replace(/^\.|\.$/g, '');
}
