/** The text that somebody wrote in a stanza, in whatever form it came. */
import type { Element } from '@xmpp/xml';
import { htmlToPlain } from './html-text.js';
import { NS, ownText } from './stanza-names.js';

/** The plain body, or the text of XHTML-IM (XEP-0071) that came without one; empty when there is neither. */
export function bodyIn(stanza: Element): string {
  const plain = ownText(stanza, 'body') ?? '';
  const html = plain.trim() === '' ? stanza.getChild('html', NS.xhtmlIm)?.getChild('body', NS.xhtml) : undefined;
  return html === undefined ? plain : htmlToPlain(html.toString());
}

/** XEP-0308: the id of the message that this one replaces. */
export function correctedIn(stanza: Element): string | undefined {
  const id = stanza.getChild('replace', NS.correct)?.attrs.id;
  return id === '' ? undefined : id;
}

/** XEP-0424, version 0.3 included. */
export function isRetraction(stanza: Element): boolean {
  const holders = [stanza, ...stanza.getChildren('apply-to', NS.fasten)];
  return holders.some((holder) => RETRACTIONS.some((namespace) => holder.getChild('retract', namespace) !== undefined));
}

const RETRACTIONS = ['urn:xmpp:message-retract:1', 'urn:xmpp:message-retract:0'];
