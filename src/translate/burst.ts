/**
 * What was gathered into one burst, as the one mail it becomes: lines below one another, corrected (XEP-0308) and without
 * what was taken back (XEP-0424). Pure.
 */
import type { Delivery, Message } from '../message.js';
import { recalled } from '../recall.js';

/** Above a correction whose line was sent before. */
const CORRECTION = '[correction of an earlier message]';

/**
 * The burst as the delivery of one message, which has the id and the context of the first; undefined when nothing is
 * left of it.
 * @param burst in the order of writing, of one sender to one recipient; at least one
 */
export function mergeBurst(burst: readonly Delivery[]): Delivery | undefined {
  const [first] = burst;
  if (first === undefined) return undefined;
  if (burst.length === 1 && first.message.change === undefined) return first;
  const silent = recalled(burst.map(({ message }) => message));
  const lines = corrected(burst.map(({ message }) => message).filter((message) => !silent.has(message)));
  return lines.length === 0 ? undefined : { ...first, message: merged(first.message, lines) };
}

/** Corrections stand where the line stood that they correct; some clients correct the correction. */
function corrected(messages: readonly Message[]): Message[] {
  const places = new Map<string, number>();
  const lines: Message[] = [];
  for (const message of messages) {
    const place = message.change === undefined ? undefined : places.get(message.change.of);
    const at = place ?? lines.length;
    lines[at] = place === undefined && message.change !== undefined ? { ...message, text: `${CORRECTION}\n\n${message.text}` } : message;
    for (const id of [message.ids.stanza, message.ids.origin]) if (id !== undefined) places.set(id, at);
  }
  return lines;
}

function merged(first: Message, lines: readonly Message[]): Message {
  const { change: _, title: __, ...rest } = first;
  const last = lines.at(-1);
  const subject = lines.find((line) => line.subject !== undefined)?.subject;
  // Reactions are told as the whole set that is to stand.
  if (last?.reactions !== undefined) return { ...rest, text: last.text, reactions: last.reactions };
  return {
    ...rest,
    text: joined(lines.map(({ text }) => text).filter((text) => text.trim() !== '')),
    attachments: lines.flatMap(({ attachments }) => attachments),
    ...(subject !== undefined && { subject }),
  };
}

/** A line each; a blank line around what has several itself. */
function joined(texts: readonly string[]): string {
  return texts.reduce((all, text, i) => {
    if (i === 0) return text;
    const apart = text.includes('\n') || texts[i - 1]?.includes('\n') === true;
    return `${all}${apart ? '\n\n' : '\n'}${text}`;
  }, '');
}
