/** The languages of pages, badges and widget: what a language has to say, and which one somebody is spoken to in. Pure. */
import type { ClientKind } from '../../presence/view.js';
import type { BadgeStyle, Theme } from './badge.js';
import { CS } from './languages/cs.js';
import { DE } from './languages/de.js';
import { EN } from './languages/en.js';
import { ES } from './languages/es.js';
import { FR } from './languages/fr.js';
import { IT } from './languages/it.js';
import { JA } from './languages/ja.js';
import { NL } from './languages/nl.js';
import { PL } from './languages/pl.js';
import { PT } from './languages/pt.js';
import { RU } from './languages/ru.js';
import { SV } from './languages/sv.js';
import { TR } from './languages/tr.js';
import { UK } from './languages/uk.js';
import { ZH } from './languages/zh.js';
import type { Standing } from './standing.js';

/** All that is said in one language. What stands in braces is put in: `{}` a name; `{ago}` such as "5 minutes ago", `{span}` "5 minutes", `{date}` "3 May 2026". */
export interface Language {
  /** BCP 47, for `lang` and for Intl. */
  readonly tag: string;
  /** As its speakers call it. */
  readonly name: string;
  /** How somebody is, alone. */
  readonly standing: Readonly<Record<Standing, string>>;
  /** How somebody is, of whom the name is known. */
  readonly sentence: Readonly<Record<Exclude<Standing, 'unknown'>, string>>;
  /** Where he is at; in lower case it can stand within a line. */
  readonly client: Readonly<Record<ClientKind, string>>;
  /** The left side of a flat badge. */
  readonly label: string;
  /** Before a date and a time: when he was last there. */
  readonly seen: string;
  readonly time: {
    readonly justNow: string;
    readonly changed: string;
    readonly changedOn: string;
    readonly seen: string;
    readonly seenOn: string;
    readonly idle: string;
  };
  readonly page: {
    /** The page goes on by itself. */
    readonly live: string;
    readonly chat: string;
    readonly mail: string;
    readonly nobody: string;
    readonly nobodyWhy: string;
  };
  /** The generator. */
  readonly embed: {
    readonly title: string;
    readonly intro: string;
    readonly looks: string;
    readonly styles: Readonly<Record<BadgeStyle, string>>;
    readonly ground: string;
    readonly themes: Readonly<Record<Theme, string>>;
    readonly label: string;
    readonly language: string;
    readonly show: string;
    readonly picture: string;
    readonly alone: string;
    readonly png: string;
    /** `{height}` in pixels. */
    readonly hint: string;
    readonly onLight: string;
    readonly onDark: string;
    readonly live: string;
    readonly noScript: string;
    readonly scripts: string;
    /** `{card}` and `{dot}` are code. */
    readonly again: string;
    readonly link: string;
    readonly address: string;
    readonly back: string;
    readonly copy: string;
    readonly copied: string;
    readonly press: string;
  };
}

/** English first. */
export const LANGUAGES: readonly Language[] = [EN, CS, DE, ES, FR, IT, NL, PL, PT, RU, SV, TR, UK, ZH, JA];
export const ENGLISH = EN;

/** Further names of languages, as people ask for them. Who reads traditional Chinese is not given simplified. */
const BY_TAG = new Map<string, Language>([
  ...LANGUAGES.map((language) => [language.tag.toLowerCase(), language] as const),
  ['zh', ZH],
  ['zh-cn', ZH],
  ['zh-sg', ZH],
]);
const TRADITIONAL = /^zh-(?:hant|tw|hk|mo)\b/;

/** As it stands in addresses: `zh` for `zh-Hans`. */
export function codeOf({ tag }: Language): string {
  return tag.split('-')[0] ?? tag;
}

/** The language that a tag (BCP 47) asks for: `de-AT` is German (RFC 4647 §3.4, Lookup). Undefined for one that we do not speak. */
export function languageOf(tag: string): Language | undefined {
  const asked = tag.trim().toLowerCase();
  if (TRADITIONAL.test(asked)) return undefined;
  // None of ours is of more parts, and a stranger may ask for thousands.
  const parts = asked.split('-', 2);
  return BY_TAG.get(parts.join('-')) ?? BY_TAG.get(parts[0] ?? '');
}

/** UTF-16 units and languages of a header that are looked at. */
const LONGEST_HEADER = 1_000;
const MOST_RANGES = 20;

/**
 * The language to speak in.
 * @param asked what the address says: it comes first
 * @param header the request's Accept-Language (RFC 9110 §12.5.4)
 */
export function chosenLanguage(asked: string | null, header: string | undefined): Language {
  return (asked === null ? undefined : languageOf(asked)) ?? accepted(header ?? '') ?? EN;
}

function accepted(header: string): Language | undefined {
  const ranges = header.slice(0, LONGEST_HEADER).split(',', MOST_RANGES).map((range) => {
    const [tag = '', ...parameters] = range.split(';');
    const quality = parameters.map((one) => /^\s*q=([01](?:\.\d{0,3})?)\s*$/i.exec(one)?.[1]).find((one) => one !== undefined);
    return { language: languageOf(tag), quality: Number(quality ?? 1) };
  });
  // Of the same weight the first stays first.
  return ranges.filter(({ quality }) => quality > 0).sort((one, other) => other.quality - one.quality).find(({ language }) => language !== undefined)?.language;
}

/** What the widget says (src/web/widget/widget.ts), by its own keys. */
export function widgetWords({ tag, standing, client, page, seen }: Language): Readonly<Record<string, string>> {
  const within = Object.entries(client).map(([kind, words]) => [kind, /^\p{Lu}{2}/u.test(words) ? words : words.charAt(0).toLocaleLowerCase(tag) + words.slice(1)]);
  return { ...standing, ...(Object.fromEntries(within) as Record<string, string>), mail: page.mail, seen };
}
