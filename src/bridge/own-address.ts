/**
 * The mail address by which a chat user is known, in place of the one of his JID: asked for, granted, given up, taken back.
 *
 * The danger is that its name is, or becomes, that of a user of the home domain, whose plain address it then covers. So a name that the server
 * knows is refused; the operators decide, unless they have left it to the server; a name once given is never given to anybody else, because
 * mail for its first owner will go on coming. Where a user of the home domain takes such a name later, the mail stays with the first owner,
 * the newcomer is reached (and writes) by `name%home@gateway`, and the operators are told.
 */
import { bareJid, formatBareJid, formatJid, formatMailAddress, parseJid, sameDomain, type Jid } from '../address.js';
import type { Clock } from '../clock.js';
import { Failure, isFailure } from '../failure.js';
import { SparingLog, type Log } from '../log.js';
import type { Alias } from '../store/aliases.js';
import type { NewMessage } from '../store/new-message.js';
import { StoreError } from '../store/store-error.js';
import { TAKEN, type Aliases } from './aliases.js';
import { Buckets } from '../buckets.js';
import { notice } from './notice.js';
import { looks, mistakable, parseOwnName } from './own-name.js';
import type { AccessRules } from './policy.js';

export type OwnAddressRule = 'no' | 'ask' | 'free';

export interface OwnAddressBookParts {
  readonly aliases: Aliases;
  readonly rules: AccessRules;
  readonly rule: OwnAddressRule;
  readonly clock: Clock;
  readonly log: Log;
  /** Does the home server have a user of one of these names? Undefined when it does not tell. Never rejects. */
  readonly inUse: (names: readonly string[]) => Promise<'used' | 'unused' | undefined>;
  /** Stores and queues. Rejects as the store does. */
  readonly send: (one: NewMessage) => Promise<unknown>;
}

const DAY = 86_400_000;
/** A user has had so many in all, and may go back to each. */
const MOST_NAMES = 3;
/** Ms for which an operator may take his time. */
const WISH_LASTS = 30 * DAY;
const NOTICE_LASTS = 30 * DAY;
const RECHECK_EVERY = 6 * 3_600_000;

const CLOSED = Failure.permanent('not-allowed', 'The operator of this gateway gives no own addresses.');
const PLAIN = Failure.permanent('not-allowed', 'This is your plain address already. Write "identity plain" to write by it.');
const ENOUGH = Failure.permanent('too-many', `You have had ${MOST_NAMES} addresses; you may go back to one of those, and no others are given to you.`);
const OFTEN = Failure.temporary('overloaded', 'You have asked often. Try again tomorrow.');
const NOBODY = Failure.permanent('not-allowed', 'An operator has to grant it, and this gateway names none.');
const NO_WISH = Failure.permanent('no-such-recipient', 'Nobody has asked for this name. Write "address list" to see who wants what.');

export class OwnAddressBook {
  private readonly asked = new Buckets([{ most: 5, per: DAY }]);
  private readonly trouble: SparingLog;
  private timer: NodeJS.Timeout | undefined;
  private checking: Promise<void> | undefined;
  private stopped = false;

  constructor(private readonly parts: OwnAddressBookParts) {
    this.trouble = new SparingLog(parts.log);
  }

  /** The server is asked for the names now and then. */
  start(): void {
    this.timer = setInterval(() => void this.check(), RECHECK_EVERY);
  }

  /** The server is asked for all names that were given. Resolves at the end of the round that runs. Never rejects. */
  check(): Promise<void> {
    this.checking ??= this.recheck().finally(() => (this.checking = undefined));
    return this.checking;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.checking;
  }

  /** What the user has, or has asked for. @param user bare JID */
  tell(user: Jid): string {
    const [own, wish] = [this.of(user), this.wishOf(user)];
    const had = own && `Your own address is ${this.format(own)}.`;
    const asked = wish && `You have asked for ${this.format(wish)}; an operator has to grant it.`;
    return [had, asked].filter((one) => one !== undefined).join(' ') || 'You have no address of your own. Write "address NAME" for one.';
  }

  of(user: Jid): Alias | undefined {
    return this.parts.aliases.ownOf(user);
  }

  /** Rejects as the store does. @param user bare JID. @param typed as the user wrote it */
  async ask(user: Jid, typed: string): Promise<string | Failure> {
    const { aliases, rules, rule, inUse } = this.parts;
    const name = parseOwnName(typed, rules.gateway.domain);
    if (isFailure(name)) return name;
    const held = aliases.named(name);
    // Two are in use where the gateway ended between.
    if (held?.user === formatJid(user) && held.kind === 'own') return this.of(user) === held ? this.tell(user) : this.takeUp(user, held);
    const refused = this.refusal(user, name);
    if (refused !== undefined) return refused;
    const known = await inUse(mistakable(name).filter((one) => !this.isNameOf(user, one)));
    if (known === 'used') return TAKEN;
    // Another may have been quicker.
    const late = this.whyNot(user, name);
    if (late !== undefined) return late;
    return rule === 'free' && known === 'unused' ? this.give(user, name) : this.wish(user, name, known);
  }

  /** Rejects as the store does. @param user bare JID */
  async none(user: Jid): Promise<string> {
    const { aliases } = this.parts;
    const [own, wish] = [this.of(user), this.wishOf(user)];
    if (wish !== undefined) await aliases.erase(wish);
    if (own === undefined) return 'You have no address of your own.';
    await aliases.remove(own);
    return `${this.format(own)} takes no more mail. It stays yours: nobody else gets it, and "address ${own.local}" takes it up again.`;
  }

  /** An operator agrees. Rejects as the store does. @param typed the name */
  async grant(typed: string): Promise<string | Failure> {
    const wish = this.wished(typed);
    if (wish === undefined) return NO_WISH;
    const user = userOf(wish);
    // Since it was asked for, a user of that name may have come.
    if ((await this.parts.inUse([wish.local])) === 'used') return TAKEN;
    if (this.wished(typed) !== wish) return NO_WISH;
    const given = await this.give(user, wish.local);
    if (!isFailure(given)) await this.say(user, given);
    return isFailure(given) ? given : `${wish.user} has ${this.format(wish)} now.`;
  }

  /** An operator does not agree, or takes an address back: the name is free again. Rejects as the store does. */
  async refuse(typed: string): Promise<string | Failure> {
    const { aliases } = this.parts;
    const held = this.held(typed);
    if (held === undefined) return NO_WISH;
    await aliases.erase(held);
    await this.say(userOf(held), held.kind === 'own' ? `An operator has taken the address ${this.format(held)} from you.` : `The address ${this.format(held)} is not given to you.`);
    return held.kind === 'own' ? `${this.format(held)} is nobody's now.` : `${held.user} does not get ${this.format(held)}.`;
  }

  /** For operators: the wishes first. */
  list(): readonly string[] {
    const all = this.parts.aliases.known().filter((one) => !this.hasLapsed(one));
    const state = ({ kind, gone, contested }: Alias): string => (kind === 'wanted' ? 'wants' : gone === true ? 'has given up' : contested === true ? 'has (and a user of the home domain has that name)' : 'has');
    const order = [...all.filter(({ kind }) => kind === 'wanted'), ...all.filter(({ kind }) => kind !== 'wanted')];
    return order.map((one) => `${one.user} ${state(one)} ${this.format(one)}`);
  }

  /** A chat user does something: if he has somebody's own name, the operators hear of it. Never rejects. @param user full or bare JID */
  seen(user: Jid): void {
    if (!sameDomain(user.domain, this.parts.rules.gateway.home)) return;
    const held = this.parts.aliases.named(user.local);
    if (held === undefined || held.kind === 'alias' || held.contested === true || held.user === formatBareJid(user)) return;
    void this.contest(held).catch((err: unknown) => this.failed(err));
  }

  private async recheck(): Promise<void> {
    for (const one of this.parts.aliases.known()) {
      if (this.stopped) return;
      try {
        if (this.hasLapsed(one)) await this.parts.aliases.erase(one);
        else if (one.contested !== true && (await this.parts.inUse([one.local])) === 'used') await this.contest(one);
      } catch (err) {
        this.failed(err);
      }
    }
  }

  private failed(err: unknown): void {
    if (!(err instanceof StoreError)) throw err;
    this.trouble.error({ err }, 'what is known of an own address could not be kept');
  }

  private async contest(given: Alias): Promise<void> {
    const { aliases, rules } = this.parts;
    const one = aliases.named(given.local);
    if (one === undefined || one.contested === true) return;
    if (one.kind === 'wanted') {
      await aliases.erase(one);
      return this.say(userOf(one), `The address ${this.format(one)} is not given to you: the name is in use.`);
    }
    await aliases.keep({ ...one, contested: true });
    const { home, domain } = rules.gateway;
    const stands = one.gone === true ? 'has given up' : 'has';
    const mail = one.gone === true ? 'is refused' : 'stays with the first';
    await this.tellOperators(
      `${one.user} ${stands} the own address ${this.format(one)}, and now there is a user ${one.local}@${home}. Mail to it ${mail}; the new user has ${one.local}%${home}@${domain}. If the name is to be the new user's, write: address refuse ${one.local}`,
    );
  }

  /** Counts how often somebody asks. */
  private refusal(user: Jid, name: string): Failure | undefined {
    const why = this.whyNot(user, name);
    if (why !== undefined) return why;
    return this.asked.takeIf(formatJid(user), 1, performance.now()) > 0 ? OFTEN : undefined;
  }

  private whyNot(user: Jid, name: string): Failure | undefined {
    const { aliases, rules, rule } = this.parts;
    if (rule === 'no') return CLOSED;
    if (this.isNameOf(user, name)) return PLAIN;
    if (this.isTaken(user, name)) return TAKEN;
    const had = aliases.known().filter((one) => one.kind === 'own' && one.user === formatJid(user)).length;
    return had >= MOST_NAMES ? ENOUGH : rule === 'ask' && rules.admins.length === 0 ? NOBODY : undefined;
  }

  /** By somebody whom this gateway knows. */
  private isTaken(user: Jid, name: string): boolean {
    const { aliases, rules } = this.parts;
    const [look, self] = [looks(name), formatJid(user)];
    const home = [...rules.allow, ...rules.admins.map(formatJid)].filter((jid) => jid !== self && sameDomain(jid.slice(jid.lastIndexOf('@') + 1), rules.gateway.home));
    if (home.some((jid) => jid.includes('@') && looks(jid.slice(0, jid.lastIndexOf('@'))) === look)) return true;
    return aliases.known().some((one) => one.user !== self && !this.hasLapsed(one) && looks(one.local) === look);
  }

  private async wish(user: Jid, name: string, known: 'unused' | undefined): Promise<string | Failure> {
    const { aliases, rules, clock } = this.parts;
    if (rules.admins.length === 0) return NOBODY;
    const before = this.wishOf(user);
    if (before?.local === name) return this.tell(user);
    const added = await aliases.add({ local: name, user: formatJid(user), kind: 'wanted', note: '', madeAt: clock(), expiresAt: clock() + WISH_LASTS });
    if (isFailure(added)) return added;
    if (before !== undefined) await aliases.erase(before);
    const told = known === 'unused' ? 'The server knows no user of that name.' : 'Whether the server has a user of that name, it does not tell: look before you grant it.';
    await this.tellOperators(`${added.user} wants the mail address ${this.format(added)}. ${told} Write: address grant ${name}\nor: address refuse ${name}`);
    return this.tell(user);
  }

  private async give(user: Jid, name: string): Promise<string | Failure> {
    const { aliases, clock } = this.parts;
    const own: Alias = { local: name, user: formatJid(user), kind: 'own', note: '', madeAt: clock() };
    const had = aliases.named(name)?.kind === 'wanted' ? await aliases.keep(own) : await aliases.add(own);
    return had instanceof Failure ? had : this.takeUp(user, own);
  }

  /** He has one at a time. */
  private async takeUp(user: Jid, { gone: _, ...own }: Alias): Promise<string | Failure> {
    const { aliases } = this.parts;
    if (own.contested === true) return TAKEN;
    for (const other of aliases.listOf(user)) if (other.kind === 'own' && other.local !== own.local) await aliases.remove(other);
    await aliases.keep(own);
    return `Your own address is ${this.format(own)}. You write by it, unless you set something else with "identity".`;
  }

  private wishOf(user: Jid): Alias | undefined {
    return this.parts.aliases.listOf(user).find((one) => one.kind === 'wanted' && !this.hasLapsed(one));
  }

  private wished(typed: string): Alias | undefined {
    const held = this.held(typed);
    return held?.kind === 'wanted' && !this.hasLapsed(held) ? held : undefined;
  }

  private held(typed: string): Alias | undefined {
    const { aliases, rules } = this.parts;
    const name = parseOwnName(typed, rules.gateway.domain);
    const held = isFailure(name) ? undefined : aliases.named(name);
    return held?.kind === 'alias' ? undefined : held;
  }

  private hasLapsed(one: Alias): boolean {
    return one.kind === 'wanted' && this.parts.aliases.isExpired(one);
  }

  private isNameOf({ local, domain }: Jid, name: string): boolean {
    return local === name && sameDomain(domain, this.parts.rules.gateway.home);
  }

  private format({ local }: Alias): string {
    return formatMailAddress({ kind: 'mail', local, domain: this.parts.rules.gateway.domain });
  }

  private async tellOperators(text: string): Promise<void> {
    for (const admin of this.parts.rules.admins) await this.say(admin, text);
  }

  private async say(to: Jid, text: string): Promise<void> {
    const { rules, clock, send } = this.parts;
    await send(notice(bareJid(to), text, { gateway: rules.gateway, now: clock(), lifetime: NOTICE_LASTS }));
  }
}

function userOf({ user }: Alias): Jid {
  const jid = parseJid(user);
  if (isFailure(jid)) throw new Error(`stored user is no JID: ${user}`);
  return jid;
}
