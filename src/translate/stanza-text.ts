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

const RETRACT = 'urn:xmpp:message-retract:1';
/** Version 0.3, by XEP-0422. */
const OLD_RETRACT = 'urn:xmpp:message-retract:0';

/** XEP-0424: the id of the message that is taken back, empty when it names none; undefined when this is no retraction. */
export function retractedIn(stanza: Element): string | undefined {
  const retract = stanza.getChild('retract', RETRACT) ?? stanza.getChildren('apply-to', NS.fasten).find((holder) => holder.getChild('retract', OLD_RETRACT) !== undefined);
  return retract === undefined ? undefined : (retract.attrs.id ?? '');
}

const CHAT_STATES = 'http://jabber.org/protocol/chatstates';
const TYPING: ReadonlyMap<string, ChatState> = new Map([['composing', 'composing'], ['paused', 'paused'], ['active', 'paused'], ['gone', 'gone']]);

/** XEP-0085: the writer is at it, has stopped for now, or has left the conversation. */
export type ChatState = 'composing' | 'paused' | 'gone';

/** What a stanza says of its writer; undefined for `inactive` as well, which says nothing of what was written. */
export function chatStateIn(stanza: Element): ChatState | undefined {
  return stanza.getChildElements().flatMap((child) => (child.getNS() === CHAT_STATES ? [TYPING.get(child.getName())] : []))[0];
}
