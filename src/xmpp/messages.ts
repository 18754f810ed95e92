/**
 * Message stanzas from chat users: to the intake at once, and every refusal back to its sender, as an error stanza on the
 * very message (promise 2). What came back for our own messages goes to the hand-over, or as a late word to the intake.
 */
import { bareJid, formatJid, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import type { Clock } from '../clock.js';
import type { Accepted, Commands, Intake, Route } from '../edge.js';
import { Failure, isFailure } from '../failure.js';
import type { Log } from '../log.js';
import { newMessageId, type Message } from '../message.js';
import { fromStanza, type StanzaMeaning } from '../translate/from-stanza.js';
import { errorCondition } from '../translate/stanza-error.js';
import { partId } from '../translate/stanza-ids.js';
import { inParts } from '../translate/stanza-parts.js';
import { cleanText } from '../translate/xml-text.js';
import type { Handover } from './handover.js';
import { el, errorReply, type Element, type StanzaError } from './xml.js';

export interface MessagePorts {
  readonly gateway: GatewayNames;
  readonly intake: Intake;
  readonly commands: Commands;
  readonly log: Log;
  readonly clock: Clock;
  readonly handover: Handover;
  /** Largest serialised stanza in bytes. */
  readonly maxStanza: number;
  send(stanzas: Element | readonly Element[]): Failure | undefined;
}

type Meaning<K extends StanzaMeaning['kind']> = Extract<StanzaMeaning, { kind: K }>;

const NOT_STORED = Failure.temporary('overloaded', 'The message could not be stored. Please try again later.');

const UNREADABLE = Failure.permanent('bad-content', 'The message cannot be read.');

export class Messages {
  constructor(private readonly ports: MessagePorts) {}

  /** Takes a message stanza; resolves when it is stored, refused or passed on. Never rejects. */
  async take(stanza: Element): Promise<void> {
    const { gateway, clock, log } = this.ports;
    const now = clock();
    let kind: StanzaMeaning['kind'] | 'unreadable' = 'unreadable';
    try {
      const meaning = fromStanza(stanza, { id: newMessageId(now), now, gateway });
      kind = meaning.kind;
      await this.act(stanza, meaning);
    } catch (err) {
      log.error({ err, from: stanza.attrs.from, to: stanza.attrs.to, kind }, 'a chat message could not be taken');
      if (kind === 'message' || kind === 'people' || kind === 'command') this.answer(stanza, NOT_STORED);
      else if (kind === 'unreadable' && stanza.attrs.type !== 'error') this.answer(stanza, UNREADABLE);
    }
  }

  private act(stanza: Element, meaning: StanzaMeaning): Promise<void> | void {
    switch (meaning.kind) {
      case 'message':
        return this.store(stanza, meaning);
      case 'people':
        return this.storeForAll(stanza, meaning);
      case 'copy':
        return this.ports.intake.copied(meaning.from, meaning.recipient, meaning.message);
      case 'command':
        return this.command(meaning);
      case 'refuse':
        return this.refuse(stanza, meaning.failure);
      case 'bounce':
        return this.bounced(stanza, meaning);
      case 'receipt':
        return this.ports.intake.reported(meaning.id, bareJid(meaning.from), 'delivered');
      case 'typing':
        return this.ports.intake.typing(meaning.from, meaning.recipient, meaning.state);
      case 'ignore':
        return this.ports.log.trace({ from: stanza.attrs.from, reason: meaning.reason }, 'a chat stanza was ignored');
    }
  }

  private async store(stanza: Element, { from, recipient, message }: Meaning<'message'>): Promise<void> {
    const { intake } = this.ports;
    const route = intake.admitChat(from, recipient);
    if (isFailure(route)) return this.refuse(stanza, route);
    const accepted = await intake.accept(cameBy(message, route), [route]);
    this.answerAccepted(stanza, message, accepted);
  }

  /** All of them or none: what is not kept is kept for nobody. */
  private async storeForAll(stanza: Element, { from, recipients, message }: Meaning<'people'>): Promise<void> {
    const { intake } = this.ports;
    const routes = intake.admitPeople(from, recipients);
    if (isFailure(routes)) return this.refuse(stanza, routes);
    const accepted = await intake.accept(message, routes);
    this.answerAccepted(stanza, message, accepted);
  }

  /** A failure for one of several is the whole message's: its sender knows of one only. */
  private answerAccepted(stanza: Element, message: Message, accepted: readonly Accepted[]): void {
    const results = accepted.map(({ result }) => result);
    const result = results.find(isFailure) ?? results[0];
    if (isFailure(result)) this.answer(stanza, result.reason === 'storage' ? NOT_STORED : result);
    else this.ports.log.debug({ message: message.id, from: stanza.attrs.from, to: stanza.attrs.to, result }, 'accepted a chat message');
  }

  private async command({ from, text }: Meaning<'command'>): Promise<void> {
    const { commands, clock, gateway, maxStanza } = this.ports;
    const reply = cleanText(await commands.say(from, text));
    if (reply === '') return;
    const to = formatJid(from);
    const id = newMessageId(clock());
    const say = (part: string, index: number): Element =>
      el('message', { type: 'chat', from: gateway.domain, to, id: partId(id, index) }, el('body', {}, part));
    const stanzas = inParts(reply, maxStanza, say);
    const failure = this.ports.send(isFailure(stanzas) ? say(stanzas.text, 0) : stanzas);
    if (failure !== undefined) this.ports.log.warn({ to, reason: failure.text }, 'a command could not be answered');
  }

  private refuse(stanza: Element, failure: Failure): void {
    this.ports.intake.refused(stanza.attrs.from ?? '', stanza.attrs.to ?? '', failure);
    this.answer(stanza, failure);
  }

  /** Before its pong it ends the hand-over; later it is a late word. */
  private async bounced(stanza: Element, { id, from, failure }: Meaning<'bounce'>): Promise<void> {
    if (this.ports.handover.bounced(stanza.attrs.id, stanza.attrs.from, failure)) return;
    await this.ports.intake.reported(id, bareJid(from), 'failed', failure);
  }

  /** Why this user may not have this contact, if so; for presence. */
  refusal(user: Jid, mail: MailAddress): StanzaError | undefined {
    const route = this.ports.intake.admitChat(user, mail);
    return isFailure(route) ? errorCondition(route) : undefined;
  }

  private answer(stanza: Element, failure: Failure): void {
    const unsent = this.ports.send(errorReply(stanza, errorCondition(failure)));
    if (unsent !== undefined) this.ports.log.warn({ to: stanza.attrs.from, reason: unsent.text }, 'an answer could not be sent');
  }
}

function cameBy(message: Message, route: Route): Message {
  return route.outlet === 'bounce' || route.cameBy === undefined ? message : { ...message, cameBy: route.cameBy };
}
