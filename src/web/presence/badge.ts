/** `/badge/NAME.svg`: how somebody is, as a picture that stands on any page. Nothing in it runs, and nothing is fetched for it. Pure. */
import type { Picture, View } from '../../presence/view.js';
import { HUES, hueOf, initialOf } from '../face.js';
import { html, made, type Html } from '../markup.js';
import { draw, lineOf, PLAIN, READER, STRONG, TEXT, type Hand } from './lettering.js';
import { nameOf, toldOf } from './profile.js';
import { ENGLISH, type Language } from './language.js';
import { LOOKS, standingOf, type Standing } from './standing.js';
import type { Thumbnail } from './thumbnails.js';
import { LONGEST_STATUS, shownText } from './words.js';

/** `flat`: label and state, as other badges of a README have it; `pill`: name and state; `icon`: a speech bubble; `dot`: the state's sign alone; `card`: name, state and status. */
export const BADGE_STYLES = ['flat', 'pill', 'icon', 'dot', 'card'] as const;
export type BadgeStyle = (typeof BADGE_STYLES)[number];

/** `auto`: as the system of who looks at it says. */
export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export interface BadgeOptions {
  readonly style: BadgeStyle;
  readonly theme: Theme;
  /** Of `flat`, on its left side, as `shownText` leaves it; may be empty. */
  readonly label?: string;
  /** Absent: English. */
  readonly language?: Language;
}

/** Pixels. */
export const BADGE_HEIGHTS: Readonly<Record<BadgeStyle, number>> = { flat: 20, pill: 30, card: 76, icon: 42, dot: 16 };

/** UTF-16 units. */
export const LONGEST_LABEL = 40;

/** What a badge tells of somebody. */
interface Shown {
  readonly standing: Standing;
  readonly language: Language;
  readonly name?: string;
  readonly status?: string;
  readonly hue: string;
  readonly hand: Hand;
  /** The URL of his picture. */
  readonly picture?: string;
}

interface Drawing {
  readonly width: number;
  readonly content: Html;
}

export interface BadgeMeans {
  /** What it cannot write is left out. */
  readonly hand?: Hand;
  /** Of the user's picture, for a card; without, his initial stands there. */
  readonly thumbnail?: Thumbnail;
}

/** @param view undefined: who is hidden, or nobody; the same for all of them */
export function badgeSvg(view: View | undefined, { style, theme, language = ENGLISH, label = language.label }: BadgeOptions, { hand = READER, thumbnail = 'none' }: BadgeMeans = {}): string {
  const shown = shownOf(view, language, hand, thumbnail);
  const height = BADGE_HEIGHTS[style];
  const { width, content } = style === 'flat' ? flat(shown, label) : DRAWN[style](shown);
  const title = style === 'flat' ? [label, wordOf(shown)].filter(Boolean).join(': ') : toldOf(shown.standing, style === 'icon' || style === 'dot' ? undefined : shown.name, language);
  return html`<svg xmlns="http://www.w3.org/2000/svg" lang="${language.tag}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}"><title>${title}</title><style>${made(rules(shown.standing, theme))}</style>${content}</svg>`.text;
}

function wordOf({ standing, language }: Shown): string {
  return language.standing[standing];
}

function shownOf(view: View | undefined, language: Language, hand: Hand, thumbnail: Thumbnail): Shown {
  const standing = standingOf(view);
  if (view === undefined) return { standing, language, hue: HUES[0], hand };
  const words = wordsOf(view);
  const name = words.name === undefined ? undefined : hand.legible(words.name);
  const status = words.status === undefined ? undefined : hand.legible(words.status);
  const picture = thumbnail === 'none' || thumbnail === 'later' ? undefined : thumbnail;
  return { standing, language, hue: HUES[hueOf(view.name)] ?? HUES[0], hand, ...(name !== undefined && { name }), ...(status !== undefined && { status }), ...(picture !== undefined && { picture }) };
}

/** His own words on a badge. */
export function wordsOf(view: View): { readonly name: string | undefined; readonly status: string | undefined } {
  return { name: nameOf(view), status: shownText(view.status, LONGEST_STATUS) };
}

/** What of him is shown as a picture. */
export function pictureOn(view: View | undefined, { style }: BadgeOptions): Picture | undefined {
  return style === 'card' ? view?.face.picture : undefined;
}

const DRAWN: Readonly<Record<Exclude<BadgeStyle, 'flat'>, (shown: Shown) => Drawing>> = { pill, card, icon, dot };

/** The sign of the standing at a place. @param mark the class of what it stands on */
function sign(standing: Standing, x: number, y: number, side: number, mark: 'p' | 'b'): Html {
  return html`<g transform="translate(${x} ${y}) scale(${Math.round((side / 16) * 1_000) / 1_000})" class="on-${mark}">${made(LOOKS[standing].shapes)}</g>`;
}

function flat(shown: Shown, label: string): Drawing {
  const { standing, language, hand } = shown;
  const left = lineOf(hand, label, PLAIN, 11, 200);
  const right = lineOf(hand, wordOf(shown).toLocaleLowerCase(language.tag), PLAIN, 11, 200);
  const split = left.width === 0 ? 0 : Math.ceil(left.width) + 26;
  const start = split === 0 ? 20 : split;
  const width = start + Math.ceil(right.width) + 12;
  return {
    width,
    content: html`<rect class="s" width="${width}" height="20" rx="4"/>${split === 0 ? undefined : html`<path class="k" d="M4 0h${split - 4}v20H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4z"/>`}<g transform="translate(6 5) scale(.625)" class="white">${made(LOOKS[standing].shapes)}</g>${draw(left, 20, 14, 'w')}${draw(right, split === 0 ? 20 : split + 6, 14, 'w')}`,
  };
}

function pill(shown: Shown): Drawing {
  const { standing, name, hand } = shown;
  const who = lineOf(hand, name ?? '', STRONG, 13, 200);
  const how = lineOf(hand, wordOf(shown), name === undefined ? STRONG : TEXT, 13, 200);
  const second = 31 + (who.width === 0 ? 0 : who.width + 7);
  const width = Math.ceil(second + how.width + 13);
  return {
    width,
    content: html`<rect class="b e" x=".5" y=".5" width="${width - 1}" height="29" rx="14.5"/>${sign(standing, 9.5, 8, 14, 'b')}${draw(who, 31, 19.6, 't')}${draw(how, second, 19.6, 'n')}`,
  };
}

const CARD = { left: 76, least: 150, most: 270 } as const;

function card(shown: Shown): Drawing {
  const { name, status, hand } = shown;
  const { left, least, most } = CARD;
  const word = wordOf(shown);
  const first = lineOf(hand, name ?? word, STRONG, 16, most);
  const how = lineOf(hand, name === undefined ? '' : word, STRONG, 12.5, most);
  const start = how.width === 0 ? 0 : how.width + 8;
  const said = lineOf(hand, status ?? '', TEXT, 12.5, most - start);
  const width = Math.ceil(left + Math.max(least, first.width, start + said.width) + 20);
  const single = how.width === 0 && said.width === 0;
  return {
    width,
    content: html`<rect class="p l" x=".5" y=".5" width="${width - 1}" height="75" rx="15.5"/>${face(shown)}${draw(first, left, single ? 44 : 35, 't')}${draw(how, left, 55, 'n')}${draw(said, left + start, 55, 'f')}`,
  };
}

/** His picture or his initial, and how he is upon it. */
function face({ standing, name, hue, hand, picture }: Shown): Html {
  if (name === undefined && picture === undefined) return html`<circle class="b" cx="40" cy="38" r="23"/>${sign(standing, 27, 25, 26, 'b')}`;
  const initial = initialOf(name ?? '');
  const own = picture === undefined
    ? html`<circle cx="40" cy="38" r="23" fill="${hue}"/><text x="40" y="45.2" text-anchor="middle" font-family="${hand.family(initial, STRONG)}" font-size="20" font-weight="700" fill="#fff">${initial}</text>`
    : html`<circle class="b" cx="40" cy="38" r="23"/><image x="17" y="15" width="46" height="46" href="${picture}"/>`;
  return html`${own}<circle class="p" cx="57" cy="54" r="10"/>${sign(standing, 49.5, 46.5, 15, 'p')}`;
}

function icon({ standing }: Shown): Drawing {
  const bubble = 'M21 3.5c9.7 0 17 6.3 17 14.7S30.7 33 21 33c-2 0-3.9-.3-5.7-.8L7.5 37.5l1.3-8.3C5.7 26.5 4 22.6 4 18.2 4 9.8 11.3 3.5 21 3.5z';
  return { width: 42, content: html`<path class="b a" d="${bubble}"/>${sign(standing, 12, 9.3, 18, 'b')}` };
}

function dot({ standing }: Shown): Drawing {
  return { width: 16, content: sign(standing, 0.5, 0.5, 15, 'p') };
}

/** `p` paper, `l` its edge, `t` ink, `f` softer ink, `k` the label's ground, `w` white; and of the standing: `n` ink, `b` ground, `e` its edge, `s` solid, `a` outline. */
function rules(standing: Standing, theme: Theme): string {
  const shared = `.k{fill:#4a505c}.s{fill:${LOOKS[standing].light.ink}}.w{fill:#fff}.o{fill:none;stroke-width:2.6}.m{fill:none;stroke-width:1.9;stroke-linecap:round;stroke-linejoin:round}.white .g{fill:#fff}.white .o{stroke:#fff}.white .m{stroke:#4a505c}`;
  const light = coloured(standing, 'light');
  const dark = coloured(standing, 'dark');
  if (theme !== 'auto') return shared + (theme === 'light' ? light : dark);
  return `${shared}${light}@media (prefers-color-scheme:dark){${dark}}`;
}

const PAPERS = {
  light: { paper: '#ffffff', line: '#dfe2e8', ink: '#1b1d22', soft: '#5b6270' },
  dark: { paper: '#1d2026', line: '#343943', ink: '#e8eaee', soft: '#a3abb9' },
} as const;

function coloured(standing: Standing, scheme: 'light' | 'dark'): string {
  const { paper, line, ink, soft } = PAPERS[scheme];
  const now = LOOKS[standing][scheme];
  return `.p{fill:${paper}}.l{stroke:${line}}.t{fill:${ink}}.f{fill:${soft}}.n{fill:${now.ink}}.b{fill:${now.ground}}.e{stroke:${now.spot};stroke-opacity:.35}.a{stroke:${now.spot};stroke-width:2}${paths('p', now.spot, paper)}${paths('b', now.spot, now.ground)}`;
}

/** A sign, and what it is drawn upon. */
function paths(on: 'p' | 'b', spot: string, ground: string): string {
  return `.on-${on} .g{fill:${spot}}.on-${on} .o{stroke:${spot}}.on-${on} .m{stroke:${ground}}.on-${on} .d{stroke:${spot}}`;
}
