/**
 * Presence of mail contacts and of the gateway (XEP-0100 §4 and §5, RFC 6121 §3 and §4). A contact is always available,
 * to everybody who may write to it; it has no resource (XEP-0100 §5.3.1). Subscriptions are kept so that presence is
 * announced again whenever the link comes up: neither server tells users that we were gone.
 */
import { bareJid, formatJid, parseJid, userOfContact, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import { Bounded } from '../bounded.js';
import type { Subscription, Subscriptions } from '../edge.js';
import { Failure, isFailure } from '../failure.js';
import type { Log } from '../log.js';
import { cleanText } from '../translate/xml-text.js';
import type { Aside } from './aside.js';
import type { Availability } from './availability.js';
import { metadataEvent, presenceExtras } from './avatar.js';
import { ownCaps } from './own-caps.js';
import type { Portrait, Portraits } from './portraits.js';
import { targetOf } from './target.js';
import type { Watching } from './watching.js';
import { el, errorReply, type Element, type StanzaError } from './xml.js';

export interface PresencePorts {
  readonly gateway: GatewayNames;
  readonly subscriptions: Subscriptions;
  readonly log: Log;
  readonly portraits: Portraits;
  readonly availability: Availability;
  readonly watching: Watching;
  /** For what waits for answers about a chat user. */
  readonly peers: Aside;
  /** Is this chat user one of the gateway's? */
  readonly serves: (user: Jid) => boolean;
  /** May this chat user register? */
  readonly mayRegister: (user: Jid) => boolean;
  /** Is it to be heard how this chat user looks? */
  readonly hears: (user: Jid) => boolean;
  /** Why the gateway takes nothing new, while it does not. */
  readonly busy: () => string | undefined;
  readonly connected: boolean;
  send(stanza: Element): Failure | undefined;
  /** Resolves when the way out has room. */
  room(): Promise<void>;
  /** Why this user may not have this contact, if so. */
  refusal(user: Jid, mail: MailAddress): StanzaError | undefined;
}

const STORAGE: StanzaError = { type: 'wait', condition: 'resource-constraint', text: 'This cannot be stored now. Please try again later.' };

/** Many times as many as can be under way. */
const MOST_WORDS = 10_000;

type Act = (subscription: Subscription, presence: Element) => Promise<void>;

export class Presence {
  private readonly acts: ReadonlyMap<string, Act> = new Map<string, Act>([
    ['subscribe', (subscription, presence) => this.subscribe(subscription, presence)],
    ['unsubscribe', (subscription) => this.unsubscribe(subscription)],
    ['subscribed', ({ user, contact }) => this.ports.watching.subscribed(user, contact)],
    ['unsubscribed', ({ user, contact }) => this.ports.watching.unsubscribed(user, contact)],
    ['probe', (subscription) => this.probed(subscription)],
  ]);

  /** The user's last word on a subscription: what was begun before it and ends after it says no more. */
  private readonly words = new Bounded<string, object>(MOST_WORDS);

  /** Counts announcements. */
  private round = 0;
  /** Users who were told over this link that the gateway is there, by bare JID. */
  private readonly told = new Map<string, Jid>();

  constructor(private readonly ports: PresencePorts) {}

  /**
   * Takes a presence stanza. Users' own availability, answers to what we never asked, and errors need no answer.
   * Resolves when it is answered; never rejects.
   */
  async take(presence: Element): Promise<void> {
    const { type = 'available', from, to } = presence.attrs;
    const user = parseJid(from ?? '');
    const contact = parseJid(to ?? '');
    if (isFailure(user) || isFailure(contact)) return;
    if (type === 'available' || type === 'unavailable') {
      this.ports.watching.heard(user, contact);
      this.ports.availability.take(presence, user, contact);
    }
    if (type === 'probe') this.ports.watching.client(user);
    const act = this.acts.get(type);
    if (act === undefined) return;
    try {
      await act({ user: bareJid(user), contact: bareJid(contact) }, presence);
    } catch (err) {
      this.ports.log.error({ err, from: presence.attrs.from, to: presence.attrs.to }, 'a subscription could not be stored');
      this.send(errorReply(presence, STORAGE));
    }
  }

  private async subscribe(subscription: Subscription, presence: Element): Promise<void> {
    const refusal = this.refusal(subscription);
    if (refusal !== undefined) {
      this.send(errorReply(presence, refusal));
      this.tell(subscription, 'unsubscribed');
      return;
    }
    const word = this.word(subscription);
    if (this.isKept(subscription)) await this.ports.subscriptions.addSubscription(subscription);
    await this.withPortrait(subscription, word, async (portrait) => {
      this.tell(subscription, 'subscribed', portrait);
      this.show(subscription, portrait);
      await this.ask(subscription, 'subscribe');
    });
  }

  /** For the user's own presence, once; also one who has refused, when he himself turns to the gateway. */
  private async ask({ user, contact }: Subscription, because: 'subscribe' | 'probe'): Promise<void> {
    const { serves, watching } = this.ports;
    if (!serves(user)) return;
    if (because === 'subscribe' && contact.local === '' && (await watching.refuses(user))) await watching.watch(user);
    else await watching.ask(user, contact);
  }

  /** Of another chat user his server must tell, over this link: reading does not wait for that. Where too many wait for it, there is none. */
  private async withPortrait(subscription: Subscription, word: object | undefined, answer: (portrait: Portrait | undefined) => Promise<void>): Promise<void> {
    const { gateway, peers } = this.ports;
    const work = async (): Promise<void> => {
      const portrait = await this.portrait(subscription);
      const last = this.words.get(keyOf(subscription));
      if (last === undefined || last === word) await answer(portrait);
    };
    if (userOfContact(subscription.contact, gateway) === undefined) await work();
    else if (!peers.run(work)) await answer(undefined);
  }

  /** The user has the contact in the roster, though his client did not ask. Never rejects. */
  async shared(subscription: Subscription): Promise<void> {
    try {
      await this.ports.subscriptions.addSubscription(subscription);
    } catch (err) {
      this.ports.log.error({ err, contact: formatJid(subscription.contact) }, 'a subscription could not be stored');
    }
    this.show(subscription, await this.portrait(subscription));
  }

  private word(subscription: Subscription): object {
    const word = {};
    this.words.set(keyOf(subscription), word);
    return word;
  }

  /** That the contact is there, and how it looks. */
  private show(subscription: Subscription, portrait: Portrait | undefined): void {
    this.tell(subscription, undefined, portrait);
    if (portrait !== undefined) this.send(metadataEvent(subscription.contact, subscription.user, portrait.avatar));
  }

  /** Undefined when the store does not answer: it is shown another time. */
  private async portrait({ user, contact }: Subscription): Promise<Portrait | undefined> {
    const target = targetOf(contact, this.ports.gateway);
    if ('condition' in target) return undefined;
    try {
      return await this.ports.portraits.of(target, user);
    } catch (err) {
      this.ports.log.warn({ err, contact: formatJid(contact) }, 'the picture of a contact is not at hand');
      return undefined;
    }
  }

  /** A contact looks different now: all who see it are told. */
  async changed(contact: Jid): Promise<void> {
    for (const user of await this.ports.subscriptions.subscribersOf(contact)) {
      await this.ports.room();
      if (!this.ports.connected) return;
      const subscription = { user, contact };
      if (this.refusal(subscription) === undefined) this.show(subscription, await this.portrait(subscription));
    }
  }

  /** Anybody may see the gateway, but only users of the home server and our own can fill our tables with that. */
  private isKept({ user, contact }: Subscription): boolean {
    return contact.local !== '' || user.domain === this.ports.gateway.home || this.ports.serves(user);
  }

  private refusal({ user, contact }: Subscription): StanzaError | undefined {
    const target = targetOf(contact, this.ports.gateway);
    if ('condition' in target) return target;
    return target.kind === 'gateway' ? undefined : this.ports.refusal(user, target.mail);
  }

  /** The contact was removed from the roster (XEP-0100 §4.6), or is not to be seen: it must not appear again. */
  private async unsubscribe(subscription: Subscription): Promise<void> {
    this.word(subscription);
    await this.ports.subscriptions.removeSubscription(subscription);
    await this.ports.watching.forget(subscription.user, subscription.contact);
    this.tell(subscription, 'unsubscribed');
    this.tell(subscription, 'unavailable');
  }

  /** RFC 6121 §4.3.2. The user's server probes only for whom its roster says that we let see us. */
  private async probed(subscription: Subscription): Promise<void> {
    if (this.refusal(subscription) !== undefined) return this.tell(subscription, 'unsubscribed');
    await this.withPortrait(subscription, this.words.get(keyOf(subscription)), async (portrait) => {
      this.tell(subscription, undefined, portrait);
      await this.ask(subscription, 'probe');
    });
  }

  /**
   * Tells every subscriber that its contacts are there, or gone with `unavailable`. Ends early when the link is lost, or
   * another announcement begins: the last word counts.
   */
  async announce(type: 'unavailable' | undefined): Promise<void> {
    const round = ++this.round;
    if (type === undefined) this.told.clear();
    for await (const subscription of this.ports.subscriptions.subscriptions()) {
      await this.ports.room();
      if (!this.ports.connected || this.round !== round) return;
      // What is not at hand is not drawn now for everybody: the server of each user probes when he comes (RFC 6121 §4.3).
      this.tell(subscription, type, type === undefined ? this.ports.portraits.known(subscription.contact) : undefined);
      if (type === 'unavailable' && subscription.contact.local === '') this.told.delete(formatJid(subscription.user));
    }
    if (type === 'unavailable') await this.gone(round);
  }

  /** Directed presence is taken back (RFC 6121 §4.6.3). */
  private async gone(round: number): Promise<void> {
    for (const user of this.told.values()) {
      await this.ports.room();
      if (!this.ports.connected || this.round !== round) return;
      this.tell({ user, contact: this.own }, 'unavailable');
    }
  }

  /** The gateway itself takes nothing new, or does again: all who see it are told. Rejects as the store does. */
  async busyChanged(): Promise<void> {
    const users = new Map(this.told);
    for (const user of await this.ports.subscriptions.subscribersOf(this.own)) users.set(formatJid(user), user);
    for (const user of users.values()) {
      await this.ports.room();
      if (!this.ports.connected) return;
      this.tell({ user, contact: this.own }, undefined, this.ports.portraits.known(this.own));
    }
  }

  /** The gateway itself is there, whether he has asked for that or not, and wants to hear how he looks. @param user bare JID */
  here(user: Jid): void {
    this.told.set(formatJid(user), user);
    this.tell({ user, contact: this.own }, undefined, this.ports.portraits.known(this.own));
  }

  private get own(): Jid {
    return { kind: 'jid', local: '', domain: this.ports.gateway.domain, resource: '' };
  }

  private tell({ user, contact }: Subscription, type: 'subscribed' | 'unsubscribed' | 'unavailable' | undefined, portrait?: Portrait): void {
    const ofItself = contact.local === '' && type === undefined ? this.ofItself(user) : [];
    const extras = portrait === undefined ? [] : presenceExtras(portrait);
    this.send(el('presence', { type, from: formatJid(contact), to: formatJid(user) }, ofItself, extras));
  }

  /** What the gateway's own presence says beside how it looks. */
  private ofItself(user: Jid): Element[] {
    const { busy, hears, mayRegister } = this.ports;
    const why = busy();
    const show = why === undefined ? [] : [el('show', {}, 'dnd'), el('status', {}, cleanText(why))];
    // One without them would take back what was said by one with them.
    return hears(user) ? [...show, ownCaps(mayRegister(user))] : show;
  }

  private send(stanza: Element): void {
    const failure = this.ports.send(stanza);
    if (failure !== undefined) this.ports.log.debug({ to: stanza.attrs.to, reason: failure.text }, 'presence was not sent');
  }
}

function keyOf({ user, contact }: Subscription): string {
  return `${formatJid(user)} ${formatJid(contact)}`;
}
