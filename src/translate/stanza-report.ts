/** Reports as stanzas: what became of a message, told on that very message (promise 2). */
import xml, { type Element } from '@xmpp/xml';
import { addresseeOf, contactOf, contactOfUser, formatAddress, formatBareJid, formatJid, parseJid, type Address, type GatewayNames, type Jid } from '../address.js';
import { addressKey, isChatUser } from '../addressees.js';
import { isFailure, type Failure, type FailureRecord } from '../failure.js';
import type { Message, Report } from '../message.js';
import { failureElement } from './stanza-error.js';
import { NS } from './stanza-names.js';
import { cleanText } from './xml-text.js';

/** A server drops an error for a client that is gone (RFC 6121 §8.5); one that late is told as a chat message too, ms. */
const LATE = 60_000;

const UNKNOWN: FailureRecord = { kind: 'permanent', reason: 'expired', text: 'The message could not be delivered.', status: '5.0.0' };

export interface ReportPlace {
  readonly report: Report;
  /** The report's own message: its id, its wording, its time. */
  readonly message: Message;
  /** Full JID of the client that sent the message the report is about. */
  readonly to: Jid;
  readonly gateway: GatewayNames;
}

/** None when there is nothing that the sender's client could match a receipt with. */
export function reportStanzas(place: ReportPlace): Element[] {
  return MAKERS[place.report.state](place);
}

const MAKERS: Readonly<Record<Report['state'], (place: ReportPlace) => Element[]>> = {
  failed,
  delayed: (place) => [notice(place)],
  delivered: receipts,
};

/** By an error on that very message, and in words where the error would not be seen. */
function failed(place: ReportPlace): Element[] {
  const id = place.report.about.ids.stanza;
  if (id === undefined) return [notice(place)];
  return isLate(place) ? [errorStanza(place, id), notice(place)] : [errorStanza(place, id)];
}

function isLate({ report, message }: ReportPlace): boolean {
  return message.acceptedAt - report.about.acceptedAt > LATE;
}

/** RFC 6120 §8.3.1: the id of the message that failed, from whom it was written to. */
function errorStanza(place: ReportPlace, id: string): Element {
  const attrs = { type: 'error', id, from: origin(place), to: formatJid(place.to) };
  return xml('message', attrs, failureElement(named(place, place.report.failure ?? UNKNOWN)));
}

/** One of several recipients is named, since the others may have it; never who has a number that was written to. */
function named({ report, gateway }: ReportPlace, failure: FailureRecord): FailureRecord {
  const { about, recipient } = report;
  if (about.addressedAs === undefined || about.cameBy !== undefined || isAddressed(parseJid(about.addressedAs), recipient, gateway)) return failure;
  return { ...failure, text: `${formatAddress(recipient)}: ${failure.text}` };
}

function isAddressed(to: Jid | Failure, recipient: Address, gateway: GatewayNames): boolean {
  if (isFailure(to)) return true;
  const mail = addresseeOf(to, gateway);
  if (isFailure(mail)) return false;
  return recipient.kind === 'mail' ? addressKey(mail) === addressKey(recipient) : isChatUser(mail, recipient, gateway);
}

/** In words, for a person; a client that cannot match it still shows it. */
function notice(place: ReportPlace): Element {
  const { report, message, to } = place;
  const answered = report.about.ids.stanza;
  return xml(
    'message',
    { type: 'chat', id: message.id, from: origin(place), to: formatBareJid(to) },
    xml('body', {}, cleanText(message.text)),
    answered === undefined ? undefined : xml('reply', { xmlns: NS.reply, id: answered, to: formatBareJid(to) }),
    xml('origin-id', { xmlns: NS.ids, id: message.id }),
    xml('store', { xmlns: NS.hints }),
  );
}

/** XEP-0184 §5.4: echoes the id of the message, carries no request and no body. */
function receipts(place: ReportPlace): Element[] {
  const id = place.report.about.ids.stanza;
  if (id === undefined || isOfAnother(place)) return [];
  const attrs = { type: 'chat', id: place.message.id, from: origin(place), to: formatJid(place.to) };
  return [xml('message', attrs, xml('received', { xmlns: NS.receipts, id }), xml('store', { xmlns: NS.hints }))];
}

/** Written to one contact, and delivered to another of those whom the answer went to: nothing that the contact could confirm. */
function isOfAnother({ report: { about, recipient }, gateway }: ReportPlace): boolean {
  const to = about.addressedAs === undefined ? undefined : parseJid(about.addressedAs);
  return about.cameBy === undefined && to !== undefined && !isFailure(to) && to.local !== '' && !isAddressed(to, recipient, gateway);
}

/** The contact as the user spelt it, so that the client finds the conversation. */
function origin({ report, gateway }: ReportPlace): string {
  if (report.about.addressedAs !== undefined) return report.about.addressedAs;
  const { recipient } = report;
  const contact = recipient.kind === 'mail' ? contactOf(recipient, gateway) : contactOfUser(recipient, gateway);
  return isFailure(contact) ? gateway.domain : formatJid(contact);
}
