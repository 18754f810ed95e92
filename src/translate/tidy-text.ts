/** A mail's text without what is no more than noise on a small screen; every word stays. */

/** A link or address behind the words it belongs to, as Outlook writes it. */
const BRACKETED = /( ?)<(mailto:|https?:\/\/)([^<>\s]{1,2000})>/gi;
const WORD_LIMIT = 400;

/** One blank line where there are several, and no link twice (`www.a.example<http://www.a.example/>`). */
export function tidied(text: string): string {
  return withoutBlankRuns(text.includes('<') ? withoutDoubles(text) : text);
}

function withoutBlankRuns(text: string): string {
  const lines = text.split('\n').map((line) => (line.trim() === '' ? '' : line));
  return lines.filter((line, at) => line !== '' || lines[at - 1] !== '').join('\n');
}

function withoutDoubles(text: string): string {
  return text.replace(BRACKETED, (all: string, space: string, scheme: string, rest: string, at: number) => {
    const before = text.slice(Math.max(at - WORD_LIMIT, 0), at).split(/[\s(]/).at(-1) ?? '';
    const isMail = scheme.toLowerCase() === 'mailto:';
    const target = isMail ? rest.replace(/\?.*$/, '') : rest;
    if (before !== '' && bare(before) === bare(target)) return '';
    return isMail && before !== '' ? ` <${target}>` : space + all.trimStart();
  });
}

function bare(link: string): string {
  return link.toLowerCase().replace(/^(?:https?:\/\/|mailto:)/, '').replace(/\/$/, '');
}
