/**
 * Emphasis as Message Styling (XEP-0393). The walker of HTML sets marks around every run of text; here, where the line
 * is whole, they become `*`, `_`, `~` and a back quote, or nothing where those would not be valid or would garble the line.
 */

interface Style {
  readonly open: string;
  readonly close: string;
  readonly directive: string;
}

const STYLE_LIST = [
  { open: '\ufde0', close: '\ufde1', directive: '*' },
  { open: '\ufde2', close: '\ufde3', directive: '_' },
  { open: '\ufde4', close: '\ufde5', directive: '~' },
  { open: '\ufde6', close: '\ufde7', directive: '`' },
] as const satisfies readonly Style[];

export type StyleName = 'bold' | 'italic' | 'strike' | 'code';

const STYLES: Readonly<Record<StyleName, Style>> = { bold: STYLE_LIST[0], italic: STYLE_LIST[1], strike: STYLE_LIST[2], code: STYLE_LIST[3] };

/** In this order they are opened. */
const ORDER: readonly StyleName[] = ['bold', 'italic', 'strike', 'code'];

const ANY = /[\ufde0-\ufde7]/;
const ALL = /[\ufde0-\ufde7]/g;
const CLOSES = /^[\ufde1\ufde3\ufde5\ufde7]*/;
const OPENS = /[\ufde0\ufde2\ufde4\ufde6]*$/;
/** Longer lines are no person's: they lose their emphasis. */
const LINE_LIMIT = 10_000;

/** A run of text in all these styles. Inside code there is no other. */
export function styled(text: string, styles: ReadonlySet<StyleName>): string {
  if (styles.size === 0 || text.trim() === '') return text;
  const names = styles.has('code') ? (['code'] as const) : ORDER.filter((name) => styles.has(name));
  return names.map((name) => STYLES[name].open).join('') + text + names.toReversed().map((name) => STYLES[name].close).join('');
}

export function withoutStyles(text: string): string {
  return text.replace(ALL, '');
}

/** A line with its marks turned into styling directives (XEP-0393 §5.2), each only where it is valid and nothing else opens or ends it. */
export function resolveStyles(line: string): string {
  if (!ANY.test(line)) return line;
  if (line.length > LINE_LIMIT) return withoutStyles(line);
  const literal = line.replace(/<[^<>\s]*>/g, '');
  return STYLE_LIST.reduce((text: string, style) => resolveStyle(text, style, literal.includes(style.directive)), line).replace(ALL, '');
}

function resolveStyle(line: string, { open, close, directive }: Style, isLiteral: boolean): string {
  const joined = line.replaceAll(new RegExp(`${close}(\\s*)${open}`, 'g'), '$1');
  return joined.replace(new RegExp(`${open}(\\s*)([^${open}${close}]*?)(\\s*)${close}`, 'g'), (_, before: string, inner: string, after: string, at: number) => {
    const end = at + 2 + before.length + inner.length + after.length;
    const isValid = !isLiteral && isSpan(inner, directive) && mayOpen(joined.slice(0, at) + before) && mayClose(after + joined.slice(end));
    return isValid ? before + directive + inner + directive + after : before + inner + after;
  });
}

/** A URL between the directives may hold one of its own. */
function isSpan(inner: string, directive: string): boolean {
  return /[\p{L}\p{N}\p{S}]/u.test(inner) && !inner.includes(directive);
}

/** At the start of the line, behind white space, or behind another opening directive. */
function mayOpen(before: string): boolean {
  return /(?:^|\s|[\ufdd4-\ufdd6])[*_~]?$/.test(before.slice(-20).replace(OPENS, '').replace(ALL, ''));
}

/** Clients differ in what may follow: what ends a word is understood by all. */
function mayClose(after: string): boolean {
  return /^(?:$|\s|[*_~]?(?:$|[\s.,;:!?)\]»”’"'…。，、！？：；]))/.test(after.slice(0, 20).replace(CLOSES, '').replace(ALL, ''));
}
