/**
 * From chat to a mailbox, and back (rows A1, A3). What cannot reach a chat user who is away becomes a mail to his mailbox: what another chat
 * user wrote, from that one's address at the gateway; a mail from outside as it came. Who answers that mail answers in chat.
 */
import { bareJid, contactOfUser, formatAddress, mailOfContact, sameDomain, type Jid, type MailAddress } from '../address.js';
import type { Clock } from '../clock.js';
import { Failure, isFailure } from '../failure.js';
import { newMessageId, type Delivery, type Message } from '../message.js';
import type { NewMessage } from '../store/new-message.js';
import type { Store } from '../store/store.js';
import type { Lifetimes } from './report.js';
import { gathering } from './gather.js';
import type { Mailboxes } from './mailboxes.js';
import { admitChat, isAllowed, type AccessRules, type StoredRoute } from './policy.js';
import { OFFLINE } from './offline-settings.js';
import type { Preferences } from './preferences.js';
import { BURST } from './settings.js';
import { sourceKey } from './source-key.js';

export interface ForwardParts {
  readonly mailboxes: Pick<Mailboxes, 'mailboxOf' | 'verifiedOf' | 'userOf'>;
  readonly store: Pick<Store, 'talking'>;
  readonly rules: AccessRules;
  readonly preferences: Preferences;
  readonly lifetimes: Lifetimes;
  /** How long what gathers may wait for more, in all; ms. */
  readonly burstLongest: number;
  readonly clock: Clock;
  /** Stores and queues it; rejects as the store does. */
  readonly send: (one: NewMessage) => Promise<unknown>;
}

export interface Forwarded {
  readonly state: 'forwarded';
  /** Goes in place of the delivery. */
  readonly as: NewMessage;
}

const NO_MAILBOX = Failure.permanent('no-such-recipient', 'No mailbox of this user is known to the gateway. Without /mail the message waits for him.');

export class Forwarding {
  constructor(private readonly parts: ForwardParts) {}

  /**
   * What goes to the mailbox of the delivery's recipient in its place; undefined when there is no mailbox, or it must not go there: reports,
   * reactions, and what was forwarded before, which might go on for ever. Rejects as the store does.
   */
  async forward({ message, recipient }: Delivery): Promise<Forwarded | undefined> {
    if (recipient.kind !== 'jid' || !mayBeForwarded(message)) return undefined;
    const user = bareJid(recipient);
    const mailbox = await this.mailboxOf(user, message);
    return mailbox === undefined ? undefined : { state: 'forwarded', as: this.mailTo(mailbox, user, message) };
  }

  /** For a message whose writer wants it to go by mail. Rejects as the store does. */
  async onRequest(delivery: Delivery): Promise<Forwarded | { readonly state: 'failed'; readonly failure: Failure }> {
    return (await this.forward(delivery)) ?? { state: 'failed', failure: NO_MAILBOX };
  }

  /** Where a copy of what the home server keeps for a user goes, if he has asked for that; undefined otherwise. Rejects as the store does. */
  async wanted(from: Jid, to: MailAddress, message: Message): Promise<{ readonly user: Jid; readonly mailbox: MailAddress } | undefined> {
    const { rules, preferences, mailboxes } = this.parts;
    const route = admitChat(from, to, rules);
    if (isFailure(route) || route.recipient.kind !== 'jid' || preferences.get(OFFLINE, route.recipient) !== 'mailbox' || !mayBeForwarded(message)) return undefined;
    const user = bareJid(route.recipient);
    const mailbox = await mailboxes.verifiedOf(user);
    return mailbox && { user, mailbox };
  }

  /** Mails a copy. Rejects as the store does. */
  async copy(message: Message, user: Jid, mailbox: MailAddress): Promise<void> {
    const key = sourceKey(message, mailbox);
    const { message: mail, deliveries } = this.mailTo(mailbox, user, message);
    await this.parts.send({ message: mail, deliveries: deliveries.map((delivery) => ({ ...delivery, ...(key !== undefined && { sourceKey: key }) })) });
  }

  /**
   * A mail by which a chat user answers, from his verified mailbox, what another one wrote to him, as a message from that user; any other
   * message as it is. Its author must be proven. Rejects as the store does.
   */
  async answerOf(message: Message, [only, ...others]: readonly StoredRoute[]): Promise<Message> {
    if (only === undefined || others.length > 0 || only.outlet !== 'xmpp' || only.recipient.kind !== 'jid' || !this.mayBeAnswer(message)) return message;
    const user = message.sender.kind === 'mail' ? await this.parts.mailboxes.userOf(message.sender) : undefined;
    if (user === undefined || !isAllowed(user, this.parts.rules) || formatAddress(user) === formatAddress(bareJid(only.recipient))) return message;
    const { senderName: _, ...rest } = message;
    const answer = { ...rest, sender: user };
    return (await this.parts.store.talking(answer, only.recipient)) === undefined ? message : answer;
  }

  /** It names a message of ours. */
  private mayBeAnswer({ source, authenticity, answers }: Message): boolean {
    const ours = `@${this.parts.rules.gateway.domain}>`;
    return source === 'mail' && authenticity === 'verified' && answers?.mail?.some((id) => id.endsWith(ours)) === true;
  }

  /**
   * Mails from outside go to nobody who has not shown that he wants them. A user of another server may have bound no mailbox here: the
   * address that his contact spells is the only one known then.
   */
  private async mailboxOf(user: Jid, { asMail, source }: Message): Promise<MailAddress | undefined> {
    const { mailboxes, rules } = this.parts;
    const mailbox = await (source === 'mail' ? mailboxes.verifiedOf(user) : mailboxes.mailboxOf(user));
    if (mailbox !== undefined) return sameDomain(mailbox.domain, rules.gateway.domain) ? undefined : mailbox;
    return asMail === true ? sameAddress(user, rules) : undefined;
  }

  private mailTo(mailbox: MailAddress, user: Jid, message: Message): NewMessage {
    const { clock, lifetimes, preferences, burstLongest: longest } = this.parts;
    const now = clock();
    const { asMail: _, ...rest } = message;
    const quiet = message.sender.kind === 'jid' ? preferences.get(BURST, message.sender) : 0;
    const waits = message.source === 'xmpp' ? gathering(message, { quiet, longest }) : {};
    return {
      message: { ...rest, id: newMessageId(now), forwardedFor: user },
      deliveries: [{ outlet: 'smtp', recipient: mailbox, dueAt: now, warnAt: now + lifetimes.warn, expiresAt: now + lifetimes.expire, ...waits }],
    };
  }
}

function mayBeForwarded({ source, report, forwarded, forwardedFor, reactions, change }: Message): boolean {
  return source !== 'gateway' && report === undefined && forwarded !== true && forwardedFor === undefined && reactions === undefined && change?.kind !== 'retraction';
}

/** A contact at another domain may be meant as a mail address too (docs/design.md "Addresses"). */
function sameAddress(user: Jid, { gateway }: AccessRules): MailAddress | undefined {
  const contact = sameDomain(user.domain, gateway.home) ? user : contactOfUser(user, gateway);
  const mail = isFailure(contact) ? contact : mailOfContact(contact, gateway);
  return isFailure(mail) ? undefined : mail;
}
