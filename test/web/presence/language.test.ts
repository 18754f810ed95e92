/** Every language says everything, and nothing of it in English. */
import { parse, type DefaultTreeAdapterTypes as Tree } from 'parse5';
import { describe, expect, it } from 'vitest';
import { CONDENSED, CONDENSED_BOLD, REGULAR } from '../../../src/font.js';
import { CLIENT_KINDS, type View } from '../../../src/presence/view.js';
import { BADGE_STYLES, badgeSvg } from '../../../src/web/presence/badge.js';
import { badgeOptions, badgeQuery } from '../../../src/web/presence/badge-options.js';
import { embedPage } from '../../../src/web/presence/embed.js';
import { chosenLanguage, codeOf, ENGLISH, LANGUAGES, languageOf, type Language } from '../../../src/web/presence/language.js';
import { nobodyPage, profilePage } from '../../../src/web/presence/profile.js';
import { STANDINGS } from '../../../src/web/presence/standing.js';
import { idOf } from './world.js';

const NOW = Date.UTC(2026, 10, 27, 12);
const OTHERS = LANGUAGES.filter((language) => language !== ENGLISH).map((language) => [codeOf(language), language] as const);

/** By where they stand, such as `embed.styles.flat`. */
function phrasesOf(of: object, at = ''): (readonly [string, string])[] {
  return Object.entries(of).flatMap(([key, value]: [string, unknown]) => (typeof value === 'string' ? [[at + key, value] as const] : phrasesOf(value as object, `${at}${key}.`)));
}

const ENGLISH_PHRASES = new Map(phrasesOf(ENGLISH));
/** What is said so in other languages as well. */
const SAME = /^(?:\{\} is (?:online|offline)|Online|Offline|Live|chat)$/;
/** Its own letters. */
const LETTERS: Readonly<Record<string, RegExp>> = { ru: /^\p{Script=Cyrillic}+$/u, uk: /^[\p{Script=Cyrillic}’]+$/u, zh: /^\p{Script=Han}+$/u, ja: /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]+$/u };
/** Words that are the same everywhere. */
const NAMES = /^(?:PNG|SVG|SMS|HTML|Ctrl|C|px|ago|date|span|height|card|dot)$/;

describe.each(OTHERS)('%s', (code, language) => {
  const phrases = phrasesOf(language);

  it('says all that English says, with what is put in, and not in English', () => {
    expect(phrases.map(([at]) => at).sort()).toEqual([...ENGLISH_PHRASES.keys()].sort());
    for (const [at, phrase] of phrases) {
      expect(phrase.trim(), at).toBe(phrase);
      expect(phrase.length, at).toBeGreaterThan(0);
      if (!SAME.test(phrase)) expect(phrase, at).not.toBe(ENGLISH_PHRASES.get(at));
      const places = (text = ''): string[] => (text.match(/\{\w*\}/g) ?? []).map((place) => place.replace('span', 'ago')).sort();
      expect(places(phrase), at).toEqual(places(ENGLISH_PHRASES.get(at)));
    }
  });

  it('is written in its own letters, without a look-alike of another alphabet', () => {
    const letters = LETTERS[code] ?? /^[\p{Script=Latin}’]+$/u;
    for (const [at, phrase] of phrases.filter(([at]) => at !== 'tag')) for (const word of phrase.match(/[\p{L}\p{M}’ー]+/gu) ?? []) if (!NAMES.test(word)) expect(word, at).toMatch(letters);
  });

  it('has a word of its own for every standing', () => {
    expect(new Set(Object.values(language.standing)).size).toBe(STANDINGS.length);
    expect(new Set(Object.values(language.sentence)).size).toBe(STANDINGS.length - 1);
  });

  it('is drawn by our own fonts, but for Chinese and Japanese', () => {
    const words = [...Object.values(language.standing), language.label].join('');
    expect([REGULAR, CONDENSED, CONDENSED_BOLD].map((font) => font.covers(words))).toEqual(Array(3).fill(code !== 'zh' && code !== 'ja'));
  });

  it('is known to Intl, with times that are not English', () => {
    expect(Intl.DateTimeFormat.supportedLocalesOf(language.tag)).toEqual([language.tag]);
    const page = textOf(profilePage(viewOf({ idleSince: NOW - 3 * 3_600_000, changedAt: NOW - 30 * 86_400_000 }), language, NOW));
    expect(page).not.toMatch(/hours|October/);
    expect(page).toMatch(/3/);
  });

  it('leaves nothing of a page in English', () => {
    const pages = [
      ...STANDINGS.map((standing) => profilePage(viewOf(standing === 'offline' ? { online: false, seenAt: NOW } : standing === 'online' || standing === 'unknown' ? {} : { show: standing }), language, NOW)),
      ...CLIENT_KINDS.map((client) => profilePage(viewOf({ client, idleSince: NOW - 60_000 }), language, NOW)),
      profilePage(viewOf({ face: {} }), language, NOW),
      profilePage(viewOf({ changedAt: 0 }), language, NOW),
      profilePage(viewOf({ online: false, seenAt: 0 }), language, NOW),
      nobodyPage(language),
      embedPage(idOf('a'), { style: 'flat', theme: 'auto', language }, { publicUrl: 'https://example.com', onward: '' }),
    ];
    for (const page of pages) {
      expect(page).toContain(`<html lang="${language.tag}">`);
      const text = textOf(page);
      for (const [at, phrase] of ENGLISH_PHRASES) for (const piece of phrase.split(/\{\w*\}/)) if (at !== 'name' && at !== 'tag' && /\w{3}/.test(piece) && !hasPhrase(language, piece)) expect(text).not.toMatch(new RegExp(`(?<!\\p{L})${piece.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?!\\p{L})`, 'u'));
    }
  });

  it.each(BADGE_STYLES)('makes the %s as wide as its words are', (style) => {
    for (const view of [undefined, viewOf({}), viewOf({ show: 'xa' }), viewOf({ show: 'dnd', face: {} }), viewOf({ online: false })]) {
      const svg = badgeSvg(view, { style, theme: 'light', language });
      expect(svg).toContain(`lang="${language.tag}"`);
      const [, width] = /^<svg [^>]*width="(\d+)"/.exec(svg) ?? [];
      for (const [, x, length] of svg.matchAll(/ x="([\d.]+)"[^>]*? (?:textLength|width)="([\d.]+)"/g)) expect(Number(x) + Number(length)).toBeLessThanOrEqual(Number(width));
    }
  });

  it('stands in the address of a badge, and is read there', () => {
    const options = { style: 'pill', theme: 'auto', language } as const;
    expect(badgeQuery(options)).toBe(`?style=pill&lang=${code}`);
    expect(badgeOptions(badgeQuery(options).slice(1))).toEqual(options);
  });
});

function hasPhrase(language: Language, piece: string): boolean {
  return phrasesOf(language).some(([, phrase]) => phrase.toLowerCase().includes(piece.trim().toLowerCase()));
}

function viewOf(more: Partial<View>): View {
  return { name: idOf('a'), seq: 1, online: true, client: 'pc', changedAt: NOW - 1_000, face: { name: 'Йω漢' }, contact: { jid: 'a@b.c', mail: 'd@e.f' }, ...more };
}

/** What is read, seen or heard of a page. */
function textOf(page: string): string {
  const texts: string[] = [];
  const walk = (node: Tree.Node): void => {
    if (node.nodeName === 'style' || node.nodeName === 'textarea' || node.nodeName === 'code' || node.nodeName === 'option') return;
    if (node.nodeName === '#text') texts.push((node as Tree.TextNode).value);
    if ('attrs' in node) texts.push(...node.attrs.filter(({ name }) => ['alt', 'aria-label', 'placeholder'].includes(name) || name.startsWith('data-c') || name === 'data-press').map(({ value }) => value));
    if ('childNodes' in node) node.childNodes.forEach(walk);
  };
  walk(parse(page));
  return texts.join('\n');
}

describe('the language', () => {
  it.each([
    ['de', 'de'], ['de-AT', 'de'], ['DE_at', undefined], ['zh', 'zh'], ['zh-CN', 'zh'], ['zh-Hans-SG', 'zh'], ['zh-TW', undefined], ['zh-Hant', undefined], ['pt-BR', 'pt'], ['en-GB', 'en'], ['sr-Latn', undefined],
    ['', undefined], ['*', undefined], ['constructor', undefined], ['-', undefined], ['de-'.repeat(1_000), 'de'], ['d', undefined], ['deu', undefined],
  ])('%j is %s', (tag, code) => expect(languageOf(tag) && codeOf(languageOf(tag) ?? ENGLISH)).toBe(code));

  it.each([
    [null, undefined, 'en'],
    [null, '', 'en'],
    [null, 'de', 'de'],
    [null, 'hu, de;q=0.5', 'de'],
    [null, 'fr;q=0.2, sv;q=0.9, de;q=0.5', 'sv'],
    [null, 'fr, sv', 'fr'],
    [null, 'en-US,en;q=0.9,de;q=0.8', 'en'],
    [null, 'de;q=0, *', 'en'],
    [null, 'zh-TW, zh;q=0.9', 'zh'],
    [null, 'zh-TW, ja;q=0.5', 'ja'],
    [null, 'de;q=nonsense, fr;q=0.5', 'de'],
    [null, ';;;,,,q=1;q', 'en'],
    [null, `${'hu,'.repeat(100)}de`, 'en'],
    ['it', 'de', 'it'],
    ['xx', 'de', 'de'],
    ['', 'de', 'de'],
  ])('is, by ?lang=%s and Accept-Language: %s, %s', (asked, header, code) => expect(codeOf(chosenLanguage(asked, header))).toBe(code));

  it('is one of those that are offered', () => {
    expect(LANGUAGES.map(codeOf)).toHaveLength(15);
    expect(new Set(LANGUAGES.map(codeOf)).size).toBe(15);
    expect(new Set(LANGUAGES.map(({ name }) => name)).size).toBe(15);
  });
});
