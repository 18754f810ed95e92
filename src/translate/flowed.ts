/**
 * text/plain; format=flowed (RFC 3676), both ways. `unflow(flow(text))` is `text`, for every text with LF line ends.
 *
 * DelSp is read but not written: lines are broken at spaces only, and what has no spaces is left to the transfer
 * encoding, which keeps lines short without touching the text.
 */

/** Physical lines are kept to this width where there are spaces to break at (RFC 3676 §4.2). */
const WIDTH = 76;
const SIGNATURE = '-- ';
/** A quoted line that reads back as it is: `>` marks, one space, something, and no space at its end. */
const QUOTED = /^>+ .*[^ ]$/s;

/** Encodes text with LF line ends; the result has CRLF line ends, one after the last line too. */
export function flow(text: string): string {
  return text.split('\n').map(flowLine).join('');
}

function flowLine(line: string): string {
  if (line === SIGNATURE || QUOTED.test(line) || /^>+$/.test(line)) return line + '\r\n';
  return softLines(line).map((piece) => stuff(piece) + '\r\n').join('');
}

/** Breaks a paragraph after spaces. A piece that ends in a space is continued by the next: so the last never does. */
function softLines(line: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  while (line.length - start > WIDTH) {
    const end = breakAfter(line, start);
    if (end === 0) break;
    pieces.push(line.slice(start, end));
    start = end;
  }
  let rest = line.slice(start);
  if (rest === SIGNATURE) rest = (pieces.pop() ?? '') + rest;
  return rest.endsWith(' ') ? [...pieces, rest, ''] : [...pieces, rest];
}

/** Where to break: after the last space within the width, or else after the next one; 0 when there is none. */
function breakAfter(line: string, start: number): number {
  const within = line.lastIndexOf(' ', start + WIDTH - 1);
  const at = within >= start + SIGNATURE.length ? within : line.indexOf(' ', start + SIGNATURE.length);
  return at === -1 || at === line.length - 1 ? 0 : at + 1;
}

/** Space-stuffing (RFC 3676 §4.4). */
function stuff(piece: string): string {
  return /^( |>|From )/.test(piece) ? ' ' + piece : piece;
}

interface Paragraph {
  readonly depth: number;
  readonly pieces: string[];
  open: boolean;
}

/**
 * Decodes flowed text; either line end, and the last one is not part of the text.
 * @param delSp the DelSp parameter: the space at a soft break is not part of the text
 */
export function unflow(body: string, delSp: boolean): string {
  const paragraphs: Paragraph[] = [];
  for (const line of withoutLastBreak(body).split(/\r?\n/)) {
    const depth = /^>*/.exec(line)?.[0].length ?? 0;
    const content = unstuff(line.slice(depth));
    const soft = content.endsWith(' ') && content !== SIGNATURE;
    const piece = soft && delSp ? content.slice(0, -1) : content;
    const last = paragraphs.at(-1);
    // A paragraph ends where the quote depth changes (§4.5), and a signature line never continues one (§4.3).
    if (last?.open && last.depth === depth && content !== SIGNATURE) {
      last.pieces.push(piece);
      last.open = soft;
    } else paragraphs.push({ depth, pieces: [piece], open: soft });
  }
  return paragraphs.map(spell).join('\n');
}

function unstuff(content: string): string {
  return content.startsWith(' ') ? content.slice(1) : content;
}

function spell({ depth, pieces }: Paragraph): string {
  const content = pieces.join('');
  if (depth === 0) return content;
  return content === '' ? '>'.repeat(depth) : `${'>'.repeat(depth)} ${content}`;
}

/** Text of a part without its closing line break, with LF line ends. */
export function unfixed(body: string): string {
  return withoutLastBreak(body).replace(/\r\n/g, '\n');
}

function withoutLastBreak(body: string): string {
  return body.replace(/\r?\n$/, '');
}
