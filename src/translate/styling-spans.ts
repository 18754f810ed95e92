/** Spans of Message Styling (XEP-0393 §5.2): what is emphasised within one line. */

export type Span =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: Emphasis; readonly spans: readonly Span[] };

export type Emphasis = 'strong' | 'emphasis' | 'strike';

const KINDS: Readonly<Record<string, Emphasis | 'code'>> = { '*': 'strong', _: 'emphasis', '~': 'strike', '`': 'code' };
const SPACE = /\s/u;

/** The spans of one line: left to right, each as short as it can be, the directives themselves left out. Takes linear time. */
export function spansOf(line: string): Span[] {
  return spansWithin(line, '');
}

/** @param around the directive that opened the span this is the content of */
function spansWithin(text: string, around: string): Span[] {
  const spans: Span[] = [];
  /** Directives that nothing closes from here on: looked for once. */
  const unclosed = new Set<string>();
  let plain = 0;
  for (let at = nextDirective(text, 0); at >= 0; ) {
    const mark = text.charAt(at);
    const end = mark !== around && !unclosed.has(mark) && opens(text, at) ? closing(text, mark, at + 1) : -1;
    if (end < 0 && opens(text, at)) unclosed.add(mark);
    if (end > at + 1) {
      if (at > plain) spans.push({ kind: 'text', text: text.slice(plain, at) });
      spans.push(span(mark, text.slice(at + 1, end)));
      plain = end + 1;
    }
    // With nothing between the two, neither is a directive.
    at = nextDirective(text, Math.max(at, end) + 1);
  }
  if (plain < text.length) spans.push({ kind: 'text', text: text.slice(plain) });
  return spans;
}

function span(mark: string, content: string): Span {
  const kind = KINDS[mark] ?? 'code';
  return kind === 'code' ? { kind, text: content } : { kind, spans: spansWithin(content, mark) };
}

function nextDirective(text: string, from: number): number {
  for (let at = from; at < text.length; at++) if (KINDS[text.charAt(at)] !== undefined) return at;
  return -1;
}

/** At the beginning (of the span around it too, which is behind another opening directive) or behind a space, and before none. */
function opens(text: string, at: number): boolean {
  return (at === 0 || SPACE.test(text.charAt(at - 1))) && at + 1 < text.length && !SPACE.test(text.charAt(at + 1));
}

/** The first that closes: not behind a space. */
function closing(text: string, mark: string, from: number): number {
  for (let at = text.indexOf(mark, from); at >= 0; at = text.indexOf(mark, at + 1)) {
    if (!SPACE.test(text.charAt(at - 1))) return at;
  }
  return -1;
}
