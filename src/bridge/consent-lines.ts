/** What a chat user says in a contact's chat about whether that may write: a word to the gateway, or a message that accepts. */
import { bareJid, formatMailAddress, mailOfUser, type Jid, type MailAddress } from '../address.js';
import { addressKey } from '../addressees.js';
import type { Clock } from '../clock.js';
import { isFailure, type Failure } from '../failure.js';
import type { Message } from '../message.js';
import type { Consent } from './consent.js';
import { notice } from './notice.js';
import type { AccessRules, StoredRoute } from './policy.js';
import type { Plan } from './reply-to-all.js';

interface Parts {
  readonly consent: Consent;
  readonly rules: AccessRules;
  readonly clock: Clock;
}

type Word = 'accept' | 'block' | 'unblock';

/** Ms for which an answer is tried. */
const NOTICE_EXPIRES = 86_400_000;

const TOLD: Readonly<Record<Word, (address: string) => string>> = {
  accept: (address) => `[${address} may write to you.]`,
  block: (address) => `[${address} is blocked: mail from there is refused. Write /unblock here to take it again.]`,
  unblock: (address) => `[${address} is no longer blocked.]`,
};

export class ConsentLines {
  constructor(private readonly parts: Parts) {}

  /** `/block`, `/unblock`, `/accept`; to somebody who is asked about, also without the stroke. Undefined for any other message. */
  order(message: Message, routes: readonly StoredRoute[]): Promise<Plan> | undefined {
    const [route, ...others] = routes;
    const { sender, source, change, reactions, attachments } = message;
    if (source !== 'xmpp' || sender.kind !== 'jid' || route === undefined || others.length > 0) return undefined;
    if (change !== undefined || reactions !== undefined || attachments.length > 0) return undefined;
    const { recipient } = route;
    const contact = recipient.kind === 'mail' ? recipient : mailOfUser(recipient, this.parts.rules.gateway);
    if (isFailure(contact)) return undefined;
    const word = wordIn(message.text, () => this.parts.consent.isAsked(sender, contact));
    return word && this.carryOut(word, sender, contact, route);
  }

  private async carryOut(word: Word, user: Jid, contact: MailAddress, route: StoredRoute): Promise<Plan> {
    const { consent, rules, clock } = this.parts;
    const result = await consent[word](user, { entry: addressKey(contact) });
    const text = isFailure(result) ? `[${result.text}]` : TOLD[word](formatMailAddress(contact));
    return { routes: [route], notice: notice(bareJid(user), text, { from: route.recipient, gateway: rules.gateway, now: clock(), lifetime: NOTICE_EXPIRES }) };
  }

  /** Whoever is written to is accepted. Undefined when nobody of them was asked about. */
  wrote({ sender, source }: Message, routes: readonly StoredRoute[]): Promise<(string | Failure)[]> | undefined {
    if (source !== 'xmpp' || sender.kind !== 'jid') return undefined;
    const asked = routes.flatMap(({ recipient }) => (recipient.kind === 'mail' && this.parts.consent.isAsked(sender, recipient) ? [recipient] : []));
    return asked.length === 0 ? undefined : Promise.all(asked.map((one) => this.parts.consent.accept(sender, { entry: addressKey(one) })));
  }
}

function wordIn(text: string, isAsked: () => boolean): Word | undefined {
  const [, stroke, word] = /^\s*(\/?)(accept|block|unblock)[.!]?\s*$/i.exec(text) ?? [];
  if (word === undefined || (stroke === '' && (word.toLowerCase() === 'unblock' || !isAsked()))) return undefined;
  return word.toLowerCase() as Word;
}
