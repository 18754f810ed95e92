/**
 * Answers that go to all: `/all` before an answer, or alone, marks its conversation, and `/one` ends it. The store keeps the mark and
 * knows who is addressed; here a message to one contact becomes one to all of them.
 *
 * The store is asked only about the messages of those who have marked a conversation, or do so now.
 */
import { bareJid, formatBareJid, formatMailAddress, phoneNumberOf, type MailAddress } from '../address.js';
import { addressKey, onlyThose } from '../addressees.js';
import type { Clock } from '../clock.js';
import { isFailure } from '../failure.js';
import type { Addressee, Addressees, Message } from '../message.js';
import type { Talking } from '../store/conversation.js';
import type { NewMessage } from '../store/new-message.js';
import type { Store } from '../store/store.js';
import { notice } from './notice.js';
import { admitAddressee, isSelf, leadsTo, type AccessRules, type StoredRoute } from './policy.js';

interface Parts {
  readonly store: Pick<Store, 'talking' | 'usersToAll'>;
  readonly rules: AccessRules;
  readonly clock: Clock;
}

/** What becomes of a message to one contact. */
export interface Plan {
  /** Undefined when it only said who gets the answers. */
  readonly message?: Message;
  readonly routes: readonly StoredRoute[];
  /** What its sender is told, by the contact. */
  readonly notice?: NewMessage;
}

/** Ms for which a notice is tried. */
const NOTICE_EXPIRES = 86_400_000;

export class ReplyToAll {
  /** Bare JIDs of those who have a marked conversation. */
  private users = new Set<string>();

  constructor(private readonly parts: Parts) {}

  /** Before anything is accepted. Rejects as the store does. */
  async load(): Promise<void> {
    this.users = new Set(await this.parts.store.usersToAll());
  }

  /** Rejects as the store does. */
  async plan(message: Message, route: StoredRoute): Promise<Plan> {
    const { sender, toAll, addressees } = message;
    const { recipient } = route;
    const same = { message, routes: [route] };
    if (message.source !== 'xmpp' || recipient.kind !== 'mail' || sender.kind !== 'jid' || addressees !== undefined || message.reactions !== undefined) return same;
    const user = formatBareJid(sender);
    if (toAll === undefined && !this.users.has(user)) return same;
    if (toAll === true) this.users.add(user);
    const talking = await this.parts.store.talking(message, recipient, toAll);
    const all = talking?.toAll === true ? this.everybody(message, recipient, talking) : undefined;
    // Who is told that nobody else gets his answers must not find, once somebody is added, that they do.
    if (toAll === true && all === undefined) await this.parts.store.talking(message, recipient, false);
    const notice = toAll === undefined ? {} : { notice: this.notice(message, recipient, all?.addressees) };
    if (isMarkAlone(message)) return { routes: [route], ...notice };
    return all === undefined ? { message: withoutMark(message), routes: [route], ...notice } : { message: answering(message, all.addressees, talking), routes: [route, ...all.routes], ...notice };
  }

  /** Undefined when there is nobody but the contact. Whom the gateway cannot write to stands in no field. */
  private everybody({ sender }: Message, contact: MailAddress, { addressees }: Talking): { addressees: Addressees; routes: StoredRoute[] } | undefined {
    const { rules } = this.parts;
    if (addressees === undefined || sender.kind !== 'jid') return undefined;
    const routes: StoredRoute[] = [];
    const known = onlyThose(addressees, ({ address }) => {
      // Its owner would answer by his name.
      if (phoneNumberOf(address, rules.gateway) !== undefined) return false;
      const route = admitAddressee(sender, address, rules);
      if (isFailure(route) || isSelf(sender, route)) return false;
      if (addressKey(address) !== addressKey(contact) && !leadsTo(routes, route)) routes.push(route);
      return true;
    });
    if (routes.length === 0) return undefined;
    const hasContact = [...known.to, ...known.cc].some(({ address }) => addressKey(address) === addressKey(contact));
    return { addressees: hasContact ? known : { ...known, to: [{ address: contact }, ...known.to] }, routes };
  }

  private notice({ sender, toAll }: Message, contact: MailAddress, all: Addressees | undefined): NewMessage {
    const to = sender.kind === 'jid' ? bareJid(sender) : undefined;
    if (to === undefined) throw new Error('a mark that no chat user set');
    return notice(to, wording(contact, toAll === true, all), { from: contact, gateway: this.parts.rules.gateway, now: this.parts.clock(), lifetime: NOTICE_EXPIRES });
  }
}

/** `/all` or `/one`, and nothing to send. */
function isMarkAlone({ toAll, text, attachments }: Message): boolean {
  return toAll !== undefined && text.trim() === '' && attachments.length === 0;
}

/** `/all` where there is nobody else. */
function withoutMark(message: Message): Message {
  const { toAll, ...unmarked } = message;
  return toAll === true ? unmarked : message;
}

/** Held to what it answers now: each of them gets the same answer. */
function answering(message: Message, addressees: Addressees, talking: Talking | undefined): Message {
  const { stanza, mail } = talking?.answered ?? {};
  const answers = { ...(stanza !== undefined && { stanza }), ...(mail !== undefined && { mail: [mail] }), ...message.answers };
  return { ...message, addressees, toAll: true, ...(Object.keys(answers).length > 0 && { answers }) };
}

function wording(contact: MailAddress, wanted: boolean, all: Addressees | undefined): string {
  const alone = formatMailAddress(contact);
  if (!wanted) return `[Answers in this conversation go to ${alone} only.]`;
  if (all === undefined) return `[Nobody else is addressed in this conversation: answers go to ${alone} only.]`;
  const copies = all.cc.length === 0 ? '' : `; cc: ${listed(all.cc)}`;
  return `[Answers in this conversation now go to ${listed(all.to)}${copies}. Write /one to answer only ${alone}.]`;
}

function listed(people: readonly Addressee[]): string {
  return people.map(({ address }) => formatMailAddress(address)).join(', ');
}
