import xml, { type Element } from '@xmpp/xml';
import { SaxesParser } from 'saxes';
import type { GatewayNames } from '../../src/address.js';
import { Failure } from '../../src/failure.js';
import type { StanzaFacts } from '../../src/translate/from-stanza.js';

/** 2025-01-02 03:04:05 UTC. */
export const NOW = 1_735_787_045_000;
export const GATEWAY: GatewayNames = { domain: 'mail.example.com', home: 'example.com', separator: '%' };
export const FACTS: StanzaFacts = { id: '01h00000000000000000000000', now: NOW, gateway: GATEWAY };

/** The elements of a text, as they would come over a stream. */
export function parseAll(text: string): Element[] {
  const parser = new xml.Parser();
  const found: Element[] = [];
  parser.on('element', (element: Element) => found.push(element));
  parser.on('error', (error: Error) => {
    throw error;
  });
  parser.write(`<stream xmlns='jabber:component:accept'>${text}</stream>`);
  return found;
}

export function parseStanza(text: string): Element {
  const [stanza, ...more] = parseAll(text);
  if (stanza === undefined || more.length > 0) throw new Error(`one stanza was expected:\n${text}`);
  return stanza;
}

/** The children of `<stanzas/>`, or the one stanza. */
export function stanzasIn(text: string): Element[] {
  const root = parseStanza(text);
  return root.name === 'stanzas' ? root.getChildElements() : [root];
}

/** One spelling of an element: attributes sorted, white space between elements gone. */
export function normal(element: Element): unknown {
  const elements = element.getChildElements();
  const content = elements.length > 0 ? elements.map(normal) : element.getText();
  const attrs = Object.fromEntries(Object.entries(element.attrs).sort(([one], [other]) => (one < other ? -1 : 1)));
  return [element.name, attrs, content];
}

/** As JSON keeps it, failures as their records. */
export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, each: unknown) => (each instanceof Failure ? each.toRecord() : each)));
}

/** All text of a document, by a strict XML 1.0 parser; throws where a server would close the stream. */
export function strictText(document: string): string {
  const parser = new SaxesParser();
  let text = '';
  parser.on('text', (piece) => (text += piece));
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(document).close();
  return text;
}
