/**
 * What the widget says, in the language of where it stands (`lang`). English is here; any other is asked for when a page is in it, once, as
 * `/words/de.json`: half a kilobyte that most pages do without.
 */
import { BASE } from './live.js';

/** In English. What a page puts in the place of one is said in every language: `Object.assign(words, { away: 'Fort' })`. */
export const words: Record<string, string> = {
  online: 'Online',
  chat: 'Free to chat',
  away: 'Away',
  xa: 'Away for long',
  dnd: 'Do not disturb',
  offline: 'Offline',
  unknown: 'Unknown',
  mail: 'Write a mail',
  seen: 'Last seen',
  bot: 'a program answers',
  console: 'in a terminal',
  game: 'in a game',
  handheld: 'on a handheld',
  pc: 'at a computer',
  phone: 'on a phone',
  sms: 'by text message',
  tablet: 'on a tablet',
  web: 'in a web browser',
};
const english = { ...words };

/** Those that the gateway speaks. */
const OTHERS = 'cs de es fr it ja nl pl pt ru sv tr uk zh'.split(' ');

type Table = Readonly<Record<string, string>>;
/** What has come. */
const tables = new Map<string, Table>([['en', {}]]);
const learning = new Map<string, Promise<void>>();

/** `en` for what the gateway does not speak. Simplified Chinese is none for who reads the other. */
export function languageOf(element: Element): string {
  const tag = element.closest<HTMLElement>('[lang]')?.lang.toLowerCase() ?? '';
  const language = tag.split('-')[0] ?? '';
  return OTHERS.includes(language) && !/^zh-(hant|tw|hk|mo)/.test(tag) ? language : 'en';
}

/** @returns undefined until it has come; what cannot be had is English */
export function learn(language: string): Promise<void> | undefined {
  if (tables.has(language)) return undefined;
  const under = learning.get(language) ?? fetch(new URL(`words/${language}.json`, BASE), { credentials: 'omit' })
    .then((answer) => (answer.ok ? (answer.json() as Promise<Table>) : {}))
    .catch(() => ({}))
    .then((table) => void tables.set(language, table));
  learning.set(language, under);
  return under;
}

/** Nothing while it is being learnt. */
export function say(key: string, language: string): string {
  const table = tables.get(language);
  if (table === undefined) return '';
  return (words[key] === english[key] ? table[key] : undefined) ?? words[key] ?? key;
}
