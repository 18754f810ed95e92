/**
 * The quotation in front of an answer (XEP-0461 §3.2), for clients that cannot show what is answered. It is the very beginning
 * of the body, before any first line of ours (not verified, subject, addressees): whoever takes it away has the rest
 * whole, and the mark stays with the words that it is about.
 */
import type { Element } from '@xmpp/xml';
import type { ReplyContext } from '../message.js';
import { cutText, displayText } from './mail-text.js';
import { fallbackElement } from './stanza-fallback.js';
import { NS } from './stanza-names.js';
import { partLine } from './stanza-parts.js';
import { cleanText } from './xml-text.js';

/** UTF-16 units of what is quoted: enough to know it again. */
const LONGEST = 100;

/** One quoted line with its end; empty when the answered message is not known, or had no words. */
export function quotation({ answered, answeredWords }: ReplyContext): string {
  const words = displayText(cleanText(answeredWords ?? ''), Number.MAX_SAFE_INTEGER);
  if ((answered?.origin ?? answered?.stanza) === undefined || words === '') return '';
  return `> ${words.length > LONGEST ? `${cutText(words, LONGEST - 1).trimEnd()}…` : words}\n`;
}

/**
 * Says where in the first stanza's text the quotation is (XEP-0428); nothing when it was cut off there.
 * @param text empty when the stanza is only measured
 * @param count of how many stanzas
 */
export function quotationMark(quoted: string, text: string, count: number): Element[] {
  const before = partLine(0, count);
  if (quoted === '' || (text !== '' && !text.startsWith(before + quoted))) return [];
  return [fallbackElement(NS.reply, before, quoted)];
}
