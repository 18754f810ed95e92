/** What chat users set about texts: what stands below the mails they write, and how much of those they get is shown. */
import type { ShownText } from '../edge.js';
import { preference } from './preference.js';

const LONGEST_SIGNATURE = 500;
const MOST_LINES = 10;

/** Lines with LF between them; empty for none. */
export const SIGNATURE = preference<string>({
  name: 'signature',
  label: 'Signature below your mails',
  kind: 'lines',
  form: 'TEXT|off',
  meaning: 'stands below each mail that you write; off for none',
  expected: `a text of at most ${MOST_LINES} lines and ${LONGEST_SIGNATURE} characters, or "off"`,
  fallback: '',
  parse: (typed) => {
    const text = readable(typed);
    if (text.toLowerCase() === 'off') return '';
    return text.length <= LONGEST_SIGNATURE && text.split('\n').length <= MOST_LINES ? text : undefined;
  },
  format: (text) => text,
  tell: (text) => (text === '' ? 'Your mails have no signature.' : `Below your mails stands:\n${text}`),
  read: (kept) => (typeof kept === 'string' ? kept : undefined),
});

const SHOWN: Readonly<Record<ShownText, string>> = {
  short: 'Only the beginning of a mail is shown, with the way to the rest.',
  usual: 'Letters are shown whole, long newsletters and reports by their first paragraphs.',
  whole: 'Mails are shown whole, however long they are.',
};

export const TEXT = preference<ShownText>({
  name: 'text',
  label: 'How much of a mail is shown',
  kind: 'choice',
  choices: [
    { value: 'short', label: 'The beginning' },
    { value: 'usual', label: 'Letters whole, of newsletters the beginning' },
    { value: 'whole', label: 'Everything' },
  ],
  form: 'short|usual|whole',
  meaning: 'how much of a mail is shown here',
  expected: '"short", "usual" or "whole"',
  fallback: 'usual',
  parse: (text) => shownIn(text.toLowerCase()),
  format: (shown) => shown,
  tell: (shown) => SHOWN[shown],
  read: shownIn,
});

function shownIn(value: unknown): ShownText | undefined {
  return value === 'short' || value === 'usual' || value === 'whole' ? value : undefined;
}

/** Without characters that nobody sees, or that turn the reading round; LF line ends, no blank lines at either end. */
function readable(text: string): string {
  const lines = text.replace(/\r\n?|[\u0085\u2028\u2029\v\f]/g, '\n').replace(/(?!\n)[\p{Cc}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '').split('\n');
  return lines.map((line) => line.trimEnd()).join('\n').replace(/^\n+|\n+$/g, '');
}
