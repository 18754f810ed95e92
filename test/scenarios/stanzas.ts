/** What the stories say and look for. */
import { simpleParser, type ParsedMail } from 'mailparser';
import xml from '@xmpp/xml';
import type { SunkMail } from '../servers/smtp-sink.js';

export const DEADLINE = 15_000;

export function chat(to: string, id: string, body: string, ...more: xml.Element[]): xml.Element {
  return xml('message', { to, id, type: 'chat' }, xml('body', {}, body), ...more);
}

export const hasBody = (text: string) => (stanza: xml.Element): boolean =>
  stanza.is('message') && stanza.attrs.type !== 'error' && (stanza.getChildText('body') ?? '').includes(text);

export const isErrorOn = (id: string) => (stanza: xml.Element): boolean =>
  stanza.is('message') && stanza.attrs.type === 'error' && stanza.attrs.id === id;

/** The name of the defined condition of a stanza error, and its type: `cancel item-not-found`. */
export function condition(stanza: xml.Element): string {
  const error = stanza.getChild('error');
  const names = (error?.getChildElements() ?? []).map((child) => child.name);
  return `${error?.attrs.type} ${names.find((name) => name !== 'text')}`;
}

export function errorText(stanza: xml.Element): string {
  return stanza.getChild('error')?.getChildText('text') ?? '';
}

export const mailTo = (address: string) => (mail: SunkMail): boolean => mail.to.includes(address);

export function mailBytes(mail: SunkMail): Buffer {
  return Buffer.from(mail.raw, 'latin1');
}

/** What follows the header, as it is on the wire. */
export function bodyOf({ raw }: SunkMail): string {
  return raw.slice(raw.indexOf('\r\n\r\n') + 4);
}

/** Read by a parser that is not ours to test. */
export function readSunk(mail: SunkMail): Promise<ParsedMail> {
  return simpleParser(mailBytes(mail));
}
