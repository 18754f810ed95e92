/**
 * How much is taken from whom, and for whom. A limit that is hit is a temporary failure that says when it will work again, and
 * an incident; nothing of what hit it is kept.
 *
 * - A chat user: messages, and people written to for the first time. A stolen account must not become a spam gun.
 * - A recipient: what comes for one chat user, what comes to him from nobody (bounces for mail that others sent in his name),
 *   and what goes to one mail domain.
 * - A mail author and his domain. Who is not proven to be the author is counted apart, so that nobody uses up what is another's.
 * - A client's address: recipients, and recipients that do not exist. The administrator's own MTAs are not counted.
 *
 * A message to several counts once for each. All of it lives in memory, and a restart forgets it, but for the people written to
 * for the first time: how many those were is kept in the store.
 */
import { formatBareJid, formatMailAddress, type Jid, type MailAddress } from '../address.js';
import type { Clock } from '../clock.js';
import type { Arrival, MailAdmission } from '../edge.js';
import { Failure } from '../failure.js';
import { network } from '../network.js';
import type { SparingLog } from '../log.js';
import type { Message } from '../message.js';
import type { Store } from '../store/store.js';
import { Buckets, type Rate } from '../buckets.js';
import { FirstLetters } from './limit/first-letters.js';
import { timeInWords } from './limit/time-in-words.js';
import type { StoredRoute } from './policy.js';

/** As in `[limits]` of the configuration. */
export const LIMITS = ['chat_messages', 'chat_correspondents', 'chat_inbox', 'chat_bounces', 'mail_domain', 'mail_author', 'mail_author_domain', 'peer_recipients', 'peer_unknown'] as const;
export type LimitName = (typeof LIMITS)[number];
/** None for a limit that is off. */
export type LimitRates = Readonly<Record<LimitName, readonly Rate[]>>;

export interface LimitParts {
  readonly rates: LimitRates;
  readonly store: Pick<Store, 'firstLetters'>;
  readonly clock: Clock;
  /** Goes on evenly, ms. */
  readonly running: () => number;
  readonly trouble: SparingLog;
  /** Somebody was refused. */
  readonly hit: (limit: LimitName) => void;
}

/** What is full, as the one who is refused hears it. */
const WORDS: Readonly<Record<LimitName, string>> = {
  chat_messages: 'You have sent too many messages',
  chat_correspondents: 'You have written to too many new people',
  chat_inbox: 'Too much comes for this user',
  chat_bounces: 'Too many bounces and automatic answers come for this user',
  mail_domain: 'Too much mail goes to that domain',
  mail_author: 'Too much mail comes from this author',
  mail_author_domain: 'Too much mail comes from this domain',
  peer_recipients: 'Too much mail comes from your address',
  peer_unknown: 'Your address has tried too many recipients that do not exist',
};
/** A flood of refusals makes one incident in this time for each who is refused. */
const NOTED_EACH_MS = 60_000;
const MOST_NOTED = 10_000;

type Charge = readonly [limit: LimitName, key: string, count: number];

export class Limits {
  private readonly buckets: ReadonlyMap<LimitName, Buckets>;
  private readonly firstLetters: FirstLetters;
  private readonly noted = new Buckets([{ most: 1, per: NOTED_EACH_MS }], MOST_NOTED);

  constructor(private readonly parts: LimitParts) {
    const set = LIMITS.filter((name) => parts.rates[name].length > 0);
    this.buckets = new Map(set.map((name) => [name, new Buckets(parts.rates[name])]));
    this.firstLetters = new FirstLetters(parts.store.firstLetters);
  }

  /** What was used before the start. Rejects as the store does. */
  async load(): Promise<void> {
    const longest = Math.max(0, ...this.parts.rates.chat_correspondents.map(({ per }) => per));
    const buckets = this.buckets.get('chat_correspondents');
    if (buckets === undefined) return;
    const [now, running] = [this.parts.clock(), this.parts.running()];
    for (const { user, at, count } of await this.parts.store.firstLetters.begunSince(now - longest)) {
      buckets.take(user, count, running - Math.max(0, now - at));
    }
  }

  /**
   * May this be kept? What is let through is counted.
   * @returns why not, by recipient: at once where the store need not be asked; rejects as the store does
   */
  admit(message: Message, routes: readonly StoredRoute[]): Refusals | Promise<Refusals> {
    if (message.source === 'gateway') return NONE;
    return message.sender.kind === 'jid' ? this.chat(message.sender, routes) : this.mail(message, routes);
  }

  /**
   * May a copy of what the home server keeps for this user be mailed? It counts for its author and for the user as a message through the
   * gateway does, and for the domain of the mailbox.
   */
  copy({ sender }: Message, user: Jid, mailbox: MailAddress): Failure | undefined {
    const author = sender.kind === 'jid' ? formatBareJid(sender) : formatMailAddress(sender);
    return this.charge([
      ['chat_messages', author, 1],
      ['chat_inbox', formatBareJid(user), 1],
      ['mail_domain', mailbox.domain, 1],
    ]);
  }

  /** May this client name one more recipient? */
  recipient({ peer, trusted }: Arrival): Failure | undefined {
    if (trusted) return undefined;
    const key = network(peer);
    return this.full([['peer_unknown', key, 1]]) ?? this.charge([['peer_recipients', key, 1]]);
  }

  /** It named one, and this is the answer. */
  named({ peer, trusted }: Arrival, answer: MailAdmission): MailAdmission {
    if (!trusted && answer instanceof Failure && answer.kind === 'permanent' && answer.reason === 'no-such-recipient') this.take([['peer_unknown', network(peer), 1]]);
    return answer;
  }

  /** Is this refusal worth an incident? @param from who was refused */
  isWorthNoting(from: string, { reason }: Failure): boolean {
    if (reason !== 'limited' && reason !== 'greylisted') return true;
    return this.noted.takeIf(from, 1, this.parts.running()) === 0;
  }

  /** All of a chat user's message, or nothing. */
  private chat(sender: Jid, routes: readonly StoredRoute[]): Refusals | Promise<Refusals> {
    const to = routes.flatMap(({ recipient }) => (recipient.kind === 'mail' ? [recipient] : []));
    const unmet = this.buckets.has('chat_correspondents') ? this.firstLetters.unmet(sender, to) : [];
    if (unmet instanceof Promise) return unmet.then((few) => this.chatTo(sender, routes, few));
    return this.chatTo(sender, routes, unmet);
  }

  private chatTo(sender: Jid, routes: readonly StoredRoute[], unmet: readonly MailAddress[]): Refusals {
    const user = formatBareJid(sender);
    const failure = this.charge([
      ['chat_messages', user, routes.length],
      ['chat_correspondents', user, unmet.length],
      ...routes.map(({ recipient }): Charge => (recipient.kind === 'mail' ? ['mail_domain', recipient.domain, 1] : ['chat_inbox', formatBareJid(recipient), 1])),
    ]);
    if (failure !== undefined) return routes.map(() => failure);
    this.begin(sender, user, unmet);
    return NONE;
  }

  private begin(sender: Jid, user: string, unmet: readonly MailAddress[]): void {
    if (unmet.length === 0) return;
    this.firstLetters.met(sender, unmet);
    const begun = { user, at: this.parts.clock(), count: unmet.length };
    this.parts.store.firstLetters.begun(begun).catch((error: unknown) => this.parts.trouble.error({ err: error }, 'a first letter was not counted in the store'));
  }

  /** Each recipient of a mail by himself: the others need not wait. */
  private mail(message: Message, routes: readonly StoredRoute[]): Refusals {
    const { sender, authenticity, returnTo, origin } = message;
    if (sender.kind !== 'mail') return NONE;
    const proven = authenticity === 'verified' ? '' : 'unproven ';
    const isFromNobody = returnTo === undefined && origin !== 'person' && origin !== 'list';
    return routes.map(({ recipient }) => {
      const user = recipient.kind === 'jid' ? formatBareJid(recipient) : formatMailAddress(recipient);
      return this.charge([
        ['mail_author', `${proven}${formatMailAddress(sender)}`, 1],
        ['mail_author_domain', `${proven}${sender.domain}`, 1],
        ['chat_inbox', user, 1],
        ...(isFromNobody ? ([['chat_bounces', user, 1]] as const) : []),
      ]);
    });
  }

  /** All of them, or none. */
  private charge(charges: readonly Charge[]): Failure | undefined {
    const failure = this.full(charges);
    if (failure === undefined) this.take(charges);
    return failure;
  }

  private full(charges: readonly Charge[]): Failure | undefined {
    const now = this.parts.running();
    let worst: LimitName | undefined;
    let longest = 0;
    for (const [limit, key, count] of summed(charges)) {
      const wait = count === 0 ? 0 : (this.buckets.get(limit)?.wait(key, count, now) ?? 0);
      if (wait > longest) [longest, worst] = [wait, limit];
    }
    if (worst === undefined) return undefined;
    this.parts.hit(worst);
    return refusal(worst, longest);
  }

  private take(charges: readonly Charge[]): void {
    const now = this.parts.running();
    for (const [limit, key, count] of charges) if (count > 0) this.buckets.get(limit)?.take(key, count, now);
  }
}

/** Per route, in order; empty when all are let through. */
export type Refusals = readonly (Failure | undefined)[];

const NONE: Refusals = [];

function refusal(limit: LimitName, wait: number): Failure {
  if (wait === Infinity) return Failure.permanent('limited', `${WORDS[limit]} at once: one message may not go to so many.`);
  return Failure.temporary('limited', `${WORDS[limit]}; try again in ${timeInWords(wait)}.`);
}

/** Recipients of one domain count together. */
function summed(charges: readonly Charge[]): Iterable<Charge> {
  const sums = new Map<string, Charge>();
  for (const [limit, key, count] of charges) {
    const name = `${limit} ${key}`;
    sums.set(name, [limit, key, count + (sums.get(name)?.[2] ?? 0)]);
  }
  return sums.values();
}
