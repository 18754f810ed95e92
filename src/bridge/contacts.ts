/** Who has written becomes a contact of the chat user by itself: once, when it is a person and has proven its address. */
import { bareJid, contactOf, formatJid, formatMailAddress, parseMailAddress, type GatewayNames, type Jid } from '../address.js';
import { Bounded } from '../bounded.js';
import type { Clock } from '../clock.js';
import type { Introduction } from '../edge.js';
import { isFailure } from '../failure.js';
import type { SparingLog } from '../log.js';
import type { Delivery } from '../message.js';
import type { NewContact } from '../store/introductions.js';
import type { Store } from '../store/store.js';
import type { Preferences } from './preferences.js';
import { CONTACTS } from './settings.js';

interface Parts {
  readonly store: Pick<Store, 'introductions'>;
  readonly preferences: Preferences;
  readonly gateway: GatewayNames;
  readonly clock: Clock;
  readonly log: SparingLog;
  /** Puts it before the user; false: not now, but when the user comes. */
  readonly introduce: (introduction: Introduction) => Promise<boolean>;
}

/** Who writes from many addresses must not fill a roster. */
const LIMITS = { perHour: 10, perDay: 30 };
const MOST_KNOWN = 20_000;
/** ms for which the store is not asked about a user again who was put before too many: each mail from a stranger would cost a commit. */
const LIMITED_FOR = 60_000;
/** Users of whom that is remembered. */
const MOST_LIMITED = 10_000;
/** UTF-16 units of a name that are kept. */
const LONGEST_NAME = 100;

export class Contacts {
  /** User and contact of whom the store knows already; `made`: put before the user by this process, whatever the store says. */
  private readonly known = new Bounded<string, 'stored' | 'made'>(MOST_KNOWN);
  /** Until when, by user. */
  private readonly limited = new Bounded<string, number>(MOST_LIMITED);
  /** Put before their users just now, which takes until a client has answered: the user may come again meanwhile. */
  private readonly underWay = new Set<string>();

  constructor(private readonly parts: Parts) {}

  /** A delivery was handed over to a chat user. Never rejects. */
  async arrived(delivery: Delivery): Promise<void> {
    const one = this.newContact(delivery);
    if (one === undefined || this.known.get(keyOf(one.row)) !== undefined || this.isLimited(one.row.user)) return;
    const { store, clock } = this.parts;
    try {
      const state = await store.introductions.introduce(one.row, one.parts, LIMITS, clock());
      if (state === 'limited') return this.limited.set(one.row.user, clock() + LIMITED_FOR);
      if (this.known.get(keyOf(one.row)) === undefined) this.known.set(keyOf(one.row), 'stored');
      if (state === 'new') await this.introduce(one.row, one.parts.user);
    } catch (err) {
      this.parts.log.error({ err }, 'a new contact was not put before its user');
    }
  }

  /** The user is there now: what waited is made up for. Never rejects. @param user bare JID */
  async online(user: Jid): Promise<void> {
    try {
      for (const row of await this.parts.store.introductions.waitingIntroductions(formatJid(user))) await this.introduce(row, user);
    } catch (err) {
      this.parts.log.error({ err }, 'new contacts were not put before their user');
    }
  }

  /** The store has forgotten the user: who writes to him now is new. @param user bare JID */
  forget(user: Jid): void {
    this.known.deleteWhere((key) => key.startsWith(`${formatJid(user)} `));
    this.limited.delete(formatJid(user));
  }

  private isLimited(user: string): boolean {
    const until = this.limited.get(user);
    return until !== undefined && this.parts.clock() < until;
  }

  /** Once: the row may have been read before another call for it had ended. */
  private async introduce(row: NewContact, user: Jid): Promise<void> {
    const key = keyOf(row);
    if (this.underWay.has(key)) return;
    this.underWay.add(key);
    try {
      if (this.known.get(key) !== 'made' && !(await this.show(row, user))) return;
      this.known.set(key, 'made');
      await this.parts.store.introductions.introduced(row.user, row.contact);
    } finally {
      this.underWay.delete(key);
    }
  }

  private async show({ mail: address, name }: NewContact, user: Jid): Promise<boolean> {
    const mail = parseMailAddress(address);
    return !isFailure(mail) && this.parts.introduce({ user, mail, ...(name !== undefined && { name }) });
  }

  private newContact({ message, recipient, outlet }: Delivery): { readonly row: NewContact; readonly parts: { readonly user: Jid; readonly contact: Jid } } | undefined {
    const { sender, source, origin, authenticity, spam, senderName } = message;
    if (outlet !== 'xmpp' || recipient.kind !== 'jid' || sender.kind !== 'mail' || source !== 'mail') return undefined;
    if (origin !== 'person' || authenticity !== 'verified' || spam === true || !this.parts.preferences.get(CONTACTS, recipient)) return undefined;
    const contact = contactOf(sender, this.parts.gateway);
    if (isFailure(contact)) return undefined;
    const user = bareJid(recipient);
    const name = senderName === undefined ? {} : { name: senderName.slice(0, LONGEST_NAME) };
    return { row: { user: formatJid(user), contact: formatJid(contact), mail: formatMailAddress(sender), ...name }, parts: { user, contact } };
  }
}

function keyOf({ user, contact }: NewContact): string {
  return `${user} ${contact}`;
}
