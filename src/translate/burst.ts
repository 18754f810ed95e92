/**
 * What was gathered into one burst, as the one mail it becomes: lines below one another, corrected (XEP-0308) and without
 * what was taken back (XEP-0424). Pure.
 */
import { linesLeft, subjectOfLines, titleOfLines, type Line } from '../burst-lines.js';
import type { Delivery, Message } from '../message.js';

/** Before a correction whose line was sent before. */
const CORRECTION = 'Correction:';
/** Is what it is at the beginning of a line only: a quote, a fence, several lines. */
const ON_ITS_OWN = /^>|^```|\n/;

/**
 * The burst as the delivery of one message, which has the id and the context of the first; undefined when nothing is
 * left of it.
 * @param burst in the order of writing, of one sender to one recipient; at least one
 */
export function mergeBurst(burst: readonly Delivery[]): Delivery | undefined {
  const [first] = burst;
  if (first === undefined) return undefined;
  if (burst.length === 1 && first.message.change === undefined) return first;
  const lines = linesLeft(burst.map(({ message }) => message));
  return lines.length === 0 ? undefined : { ...first, message: merged(first.message, lines) };
}

function merged(first: Message, lines: readonly Line[]): Message {
  const { change: _, title: __, subject: ___, reactions: ____, unstyled: _____, hops: ______, ...rest } = first;
  const messages = lines.map(({ message }) => message);
  const all = { ...rest, wantsReceipt: messages.some(({ wantsReceipt }) => wantsReceipt), ...hopsOf(messages) };
  const last = messages.at(-1);
  // Reactions are told as the whole set that is to stand.
  if (last?.reactions !== undefined) return { ...all, text: last.text, reactions: last.reactions };
  const subject = subjectOfLines(lines);
  const title = titleOfLines(lines);
  return {
    ...all,
    text: joined(lines.map(wordsOf).filter((text) => text.trim() !== '')),
    attachments: messages.flatMap(({ attachments }) => attachments),
    ...(subject !== undefined && { subject }),
    ...(title !== undefined && { title }),
    ...(messages.some(({ unstyled }) => unstyled === true) && { unstyled: true }),
  };
}

/** The most quick answers that led up to one of them. */
function hopsOf(messages: readonly Message[]): Pick<Message, 'hops'> {
  const most = Math.max(...messages.map(({ hops }) => hops ?? 0));
  return most === 0 ? {} : { hops: most };
}

function wordsOf({ message: { text }, correctsOlder }: Line): string {
  return correctsOlder ? `${CORRECTION}${ON_ITS_OWN.test(text) ? '\n\n' : ' '}${text}` : text;
}

/** A line each; a blank line around what has several itself. */
function joined(texts: readonly string[]): string {
  return texts.reduce((all, text, i) => {
    if (i === 0) return text;
    const apart = text.includes('\n') || texts[i - 1]?.includes('\n') === true;
    return `${all}${apart ? '\n\n' : '\n'}${text}`;
  }, '');
}
