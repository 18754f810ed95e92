/**
 * `/u/NAME/embed`: what to copy so that it is seen on one's own page. It asks nobody who that is, and so tells nothing of him: what is seen are
 * the same pictures that other pages show. Whole without a script; with one (src/web/widget/embed.ts) a choice shows at once, and buttons copy. Pure.
 */
import { html, type Html } from '../markup.js';
import { BADGE_HEIGHTS, BADGE_STYLES, LONGEST_LABEL, THEMES, type BadgeOptions, type BadgeStyle, type Theme } from './badge.js';
import { badgeQuery } from './badge-options.js';
import { EMBED_STYLE } from './embed-style.js';
import { codeOf, ENGLISH, LANGUAGES, type Language } from './language.js';
import { pageUrl, segment } from './plain.js';
import { sheet } from './sheet.js';

/** What is chosen, in the language that the page is in. */
interface Chosen extends BadgeOptions {
  readonly language: Language;
}

export interface EmbedPlace {
  /** Without the slash at its end. */
  readonly publicUrl: string;
  /** The query of the way back. */
  readonly onward: string;
}

export function embedPage(name: string, asked: Chosen, { publicUrl, onward }: EmbedPlace): string {
  const { language } = asked;
  const { embed } = language;
  const options = withoutUsualLabel(asked);
  return sheet({
    language,
    title: embed.title,
    standing: 'unknown',
    style: EMBED_STYLE,
    script: '../../embed.js',
    body: html`<main><header><h1>${embed.title}</h1><p>${embed.intro}</p></header>
<form method="get" data-copy="${embed.copy}" data-copied="${embed.copied}" data-press="${embed.press}">
<fieldset><legend>${embed.looks}</legend><div class="choices">${BADGE_STYLES.map((style) => choice(name, style, options))}</div></fieldset>
<div class="row"><fieldset class="themes"><legend>${embed.ground}</legend>${THEMES.map((theme) => themeChoice(theme, options))}</fieldset>
<p class="field of-flat"><label for="label">${embed.label}</label><input id="label" name="label" maxlength="${LONGEST_LABEL}" value="${options.label ?? language.label}" autocomplete="off"></p>
<p class="field"><label for="lang">${embed.language}</label><select id="lang" name="lang">${[...LANGUAGES].sort(byName).map((one) => languageChoice(one, language))}</select></p>
<button class="button" type="submit">${embed.show}</button></div>
</form>
<div data-live="outcome" aria-live="polite">${outcome(name, options, publicUrl)}</div>
<section><h2>${embed.live}</h2>
<div class="grounds"><xmpp-presence of="${name}" look="card"></xmpp-presence><noscript><p class="hint">${embed.noScript}</p></noscript></div>
${snippet('widget', embed.scripts, widgetSnippet(name, language, publicUrl))}
<p class="hint">${again(embed.again)}</p></section>
<section><h2>${embed.link}</h2>${snippet('link', embed.address, pageUrl(name, publicUrl))}</section>
<footer><a href="../${segment(name)}${onward}">${embed.back}</a></footer></main>`,
  });
}

/** What is the usual label in any language is one in this: the language may have been another when it was sent. */
function withoutUsualLabel({ label, ...options }: Chosen): Chosen {
  return label === undefined || LANGUAGES.some((language) => language.label === label) ? options : { ...options, label };
}

function byName(one: Language, other: Language): number {
  return one.name.localeCompare(other.name, 'en');
}

function languageChoice(one: Language, chosen: Language): Html {
  return html`<option value="${codeOf(one)}" lang="${one.tag}"${one === chosen ? html` selected` : undefined}>${one.name}</option>`;
}

/** With its two pieces of code. */
function again(phrase: string): readonly Html[] {
  return phrase.split(/(\{card\}|\{dot\})/).map((part) => (/^\{/.test(part) ? html`<code>look="${part.slice(1, -1)}"</code>` : html`${part}`));
}

function choice(name: string, style: BadgeStyle, options: Chosen): Html {
  const src = `../../badge/${segment(name)}.svg${badgeQuery({ ...options, style })}`;
  return html`<label class="choice ${style}"><input type="radio" name="style" value="${style}"${options.style === style ? html` checked` : undefined}><span>${options.language.embed.styles[style]}</span><img src="${src}" alt="" height="${BADGE_HEIGHTS[style]}"></label>`;
}

function themeChoice(theme: Theme, options: Chosen): Html {
  return html`<label><input type="radio" name="theme" value="${theme}"${options.theme === theme ? html` checked` : undefined}>${options.language.embed.themes[theme]}</label>`;
}

function outcome(name: string, options: Chosen, publicUrl: string): Html {
  const at = (ending: string, chosen: BadgeOptions = options): string => `${publicUrl}/badge/${segment(name)}.${ending}${badgeQuery(chosen)}`;
  // It has no label of one's own.
  const { label: _, ...usual } = options;
  const height = BADGE_HEIGHTS[options.style];
  const page = pageUrl(name, publicUrl);
  const { embed, page: { chat } } = options.language;
  return html`<section><h2>${embed.picture}</h2>
<div class="grounds">${preview(name, options, 'light', embed.onLight)}${preview(name, options, 'dark', embed.onDark)}</div>
${snippet('html', 'HTML', html`<a href="${page}"><img src="${at('svg')}" alt="${chat}" height="${height}"></a>`.text)}
${snippet('markdown', 'Markdown', `[![${chat}](${at('svg')})](${page})`)}
${snippet('svg', embed.alone, at('svg'))}
${snippet('png', embed.png, at('png', usual))}
<p class="hint">${embed.hint.replace('{height}', `${height}`)}</p></section>`;
}

/** Where the reader decides, each ground is shown with what its reader sees. */
function preview(name: string, options: Chosen, ground: 'light' | 'dark', words: string): Html {
  const theme = options.theme === 'auto' ? ground : options.theme;
  const src = `../../badge/${segment(name)}.svg${badgeQuery({ ...options, theme })}`;
  return html`<div class="ground ${ground}"><img src="${src}" alt="${words}" height="${BADGE_HEIGHTS[options.style]}"></div>`;
}

/** English is what it speaks where nothing else is said. */
function widgetSnippet(name: string, language: Language, publicUrl: string): string {
  return html`<script type="module" src="${publicUrl}/widget.js"></script>
<xmpp-presence of="${name}"${language === ENGLISH ? undefined : html` lang="${language.tag}"`} look="card"></xmpp-presence>`.text;
}

/** @param text as it is to be copied */
function snippet(id: string, label: string, text: string): Html {
  const rows = text.split('\n').reduce((sum, line) => sum + Math.ceil(line.length / 76), 0);
  return html`<div class="snippet"><label for="${id}">${label}</label><textarea id="${id}" rows="${rows}" readonly spellcheck="false">${text}</textarea></div>`;
}
