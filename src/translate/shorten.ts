/** Long texts (newsletters, reports) for a chat: their first paragraphs. */

/** Of what a text may have, this much is shown of a longer one: so that what is left out is worth a click. */
const SHOWN_SHARE = 0.6;
/** A line takes the room of this many characters on a screen, however short it is. */
const LINE_WEIGHT = 60;
/** Whole paragraphs that fill less of the room are a greeting or a title: what follows is cut within. */
const LEAST_SHARE = 0.25;
/** Nothing is looked for further up in a paragraph that must be cut. */
const BORDER_SHARE = 0.5;
const FENCE = /^```/;

/**
 * The first paragraphs of a text that takes more room than `most` characters (a line counts as 60 at least); undefined
 * when it does not. A first paragraph that is too long by itself is cut behind a line, a sentence or a word.
 */
export function shortened(text: string, most: number): string | undefined {
  if (text.length <= most && !takesMoreRoom(text, most)) return undefined;
  const room = Math.floor(most * SHOWN_SHARE);
  const start = paragraphsWithin(text, room) ?? startOf(text, room);
  // Few short lines take more room than they have characters: their start may be all of them.
  return start.length < text.length ? withFencesClosed(start) : undefined;
}

function takesMoreRoom(text: string, most: number): boolean {
  return text.split('\n').reduce((room, line) => room + weightOf(line), 0) > most;
}

function weightOf(line: string): number {
  return line === '' ? 0 : Math.max(line.length, LINE_WEIGHT);
}

/** Undefined when they fill hardly any of the room. */
function paragraphsWithin(text: string, room: number): string | undefined {
  let left = room;
  let end = -1;
  let leftAtEnd = room;
  for (let at = 0; at < text.length; ) {
    const lineEnd = text.indexOf('\n', at);
    const next = lineEnd === -1 ? text.length : lineEnd;
    if (next === at && at > 0) {
      end = at - 1;
      leftAtEnd = left;
    }
    left -= weightOf(text.slice(at, next));
    if (left < 0) break;
    at = next + 1;
  }
  return end <= 0 || room - leftAtEnd < room * LEAST_SHARE ? undefined : text.slice(0, end);
}

function startOf(text: string, room: number): string {
  const start = text.slice(0, startLength(text, room));
  const lowest = start.length * BORDER_SHARE;
  const border = [start.lastIndexOf('\n'), lastSentence(start), start.lastIndexOf(' ')].find((at) => at > lowest);
  return start.slice(0, border ?? wholeCharacters(start)).trimEnd();
}

/** Characters of the text that have room. */
function startLength(text: string, room: number): number {
  let left = room;
  let at = 0;
  for (const line of text.slice(0, room).split('\n')) {
    if (weightOf(line) > left) return Math.max(at + Math.min(left, line.length), 1);
    left -= weightOf(line);
    at += line.length + 1;
  }
  return Math.min(at - 1, text.length);
}

function lastSentence(text: string): number {
  const end = Math.max(text.lastIndexOf('. '), text.lastIndexOf('! '), text.lastIndexOf('? '), text.lastIndexOf('。'));
  return end === -1 ? -1 : end + 1;
}

function wholeCharacters(text: string): number {
  return /[\ud800-\udbff]$/.test(text) ? text.length - 1 : text.length;
}

/** XEP-0393 §5.1.2: a block that is not ended would take in what follows. */
function withFencesClosed(text: string): string {
  const fences = text.split('\n').filter((line) => FENCE.test(line)).length;
  return fences % 2 === 0 ? text : `${text}\n\`\`\``;
}
