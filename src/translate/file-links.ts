/** Chat shows a file as a link in the text; a mail carries the file itself, and its text is better without. */
import type { Attachment } from '../message.js';

/** What may follow a link in a sentence without being part of it. */
const AFTER = /^[.,;:!?)\]}>"'»”]*$/;

/** The links of those files whose bytes are elsewhere, as the text spells them. */
export function linkOf({ where }: Attachment): string | undefined {
  return 'url' in where ? where.url.replace(/\s/g, '') : undefined;
}

/**
 * The text without the links of these files: a line that was only a link goes, within a sentence the file's name stands for it.
 * @param text LF line ends
 */
export function withoutLinks(text: string, files: readonly Attachment[]): string {
  const names = new Map(files.flatMap((file) => [linkOf(file)].flatMap((link): [string, string][] => (link === undefined ? [] : [[link, file.name]]))));
  const lines = text.split('\n').flatMap((line) => (names.has(line.trim()) ? [] : [line.replace(/https?:\S+/gi, (word) => named(word, names))]));
  return lines.join('\n').replace(/^\n+|\n+$/g, '');
}

function named(word: string, names: ReadonlyMap<string, string>): string {
  for (const [link, name] of names) if (word.startsWith(link) && AFTER.test(word.slice(link.length))) return `[${name}]${word.slice(link.length)}`;
  return word;
}

/** What a subject can be made of: the words, or else the first file's name. */
export function wordsOf(text: string, files: readonly Attachment[]): string {
  if (files.length === 0) return text;
  return withoutLinks(text, files).trim() === '' ? (files[0]?.name ?? text) : withoutLinks(text, files);
}
