/**
 * `/u/NAME/embed`: what to copy so that it is seen on one's own page. It asks nobody who that is, and so tells nothing of him: what is seen are
 * the same pictures that other pages show. Whole without a script; with one (src/web/widget/embed.ts) a choice shows at once, and buttons copy. Pure.
 */
import { html, type Html } from '../markup.js';
import { BADGE_HEIGHTS, BADGE_STYLES, DEFAULT_LABEL, LONGEST_LABEL, THEMES, type BadgeOptions, type BadgeStyle, type Theme } from './badge.js';
import { badgeQuery } from './badge-options.js';
import { EMBED_STYLE } from './embed-style.js';
import { pageUrl, segment } from './plain.js';
import { sheet } from './sheet.js';

const STYLE_WORDS: Readonly<Record<BadgeStyle, string>> = { flat: 'Flat', pill: 'Pill', card: 'Card', icon: 'Icon', dot: 'Dot' };
const THEME_WORDS: Readonly<Record<Theme, string>> = { auto: 'Automatic', light: 'Light', dark: 'Dark' };

/** @param publicUrl without the slash at its end */
export function embedPage(name: string, options: BadgeOptions, publicUrl: string): string {
  return sheet({
    title: 'Show this on your own page',
    standing: 'unknown',
    style: EMBED_STYLE,
    script: '../../embed.js',
    body: html`<main><header><h1>Show it on your own page</h1><p>A picture for any page, or a live sign for pages that take a script. What is shown, and to whom, stays as you said in the chat.</p></header>
<form method="get">
<fieldset><legend>How it looks</legend><div class="choices">${BADGE_STYLES.map((style) => choice(name, style, options))}</div></fieldset>
<div class="row"><fieldset class="themes"><legend>Light or dark</legend>${THEMES.map((theme) => themeChoice(theme, options))}</fieldset>
<p class="label"><label for="label">Label of the flat one</label><input id="label" name="label" maxlength="${LONGEST_LABEL}" value="${options.label ?? DEFAULT_LABEL}" autocomplete="off"></p>
<button class="button" type="submit">Show</button></div>
</form>
<div data-live="outcome" aria-live="polite">${outcome(name, options, publicUrl)}</div>
<section><h2>Live, without a reload</h2>
<div class="grounds"><xmpp-presence of="${name}" look="card"></xmpp-presence><noscript><p class="hint">This browser runs no scripts, so it is not seen here.</p></noscript></div>
${snippet('widget', 'For a page that may have scripts', widgetSnippet(name, publicUrl))}
<p class="hint">Put the second line as often as you like, for as many people as you like. <code>look="card"</code> may be <code>look="dot"</code>, or be left out.</p></section>
<section><h2>Only a link</h2>${snippet('link', 'The address of your page', pageUrl(name, publicUrl))}</section>
<footer><a href="../${segment(name)}">Back to the page</a></footer></main>`,
  });
}

function choice(name: string, style: BadgeStyle, options: BadgeOptions): Html {
  const src = `../../badge/${segment(name)}.svg${badgeQuery({ ...options, style })}`;
  return html`<label class="choice ${style}"><input type="radio" name="style" value="${style}"${options.style === style ? html` checked` : undefined}><span>${STYLE_WORDS[style]}</span><img src="${src}" alt="" height="${BADGE_HEIGHTS[style]}"></label>`;
}

function themeChoice(theme: Theme, options: BadgeOptions): Html {
  return html`<label><input type="radio" name="theme" value="${theme}"${options.theme === theme ? html` checked` : undefined}>${THEME_WORDS[theme]}</label>`;
}

function outcome(name: string, options: BadgeOptions, publicUrl: string): Html {
  const at = (ending: string): string => `${publicUrl}/badge/${segment(name)}.${ending}${badgeQuery(options)}`;
  const height = BADGE_HEIGHTS[options.style];
  const page = pageUrl(name, publicUrl);
  return html`<section><h2>As a picture</h2>
<div class="grounds">${(['light', 'dark'] as const).map((ground) => preview(name, options, ground))}</div>
${snippet('html', 'HTML', html`<a href="${page}"><img src="${at('svg')}" alt="Chat with me" height="${height}"></a>`.text)}
${snippet('markdown', 'Markdown', `[![Chat with me](${at('svg')})](${page})`)}
${snippet('svg', 'The picture alone', at('svg'))}
${snippet('png', 'As PNG', at('png'))}
<p class="hint">A picture is at most half a minute behind. The PNG is for where SVG is not taken: twice as large as it is to be shown, which is ${height} pixels high, and with the usual label.</p></section>`;
}

/** Where the reader decides, each ground is shown with what its reader sees. */
function preview(name: string, options: BadgeOptions, ground: 'light' | 'dark'): Html {
  const theme = options.theme === 'auto' ? ground : options.theme;
  const src = `../../badge/${segment(name)}.svg${badgeQuery({ ...options, theme })}`;
  return html`<div class="ground ${ground}"><img src="${src}" alt="On a ${ground} page" height="${BADGE_HEIGHTS[options.style]}"></div>`;
}

function widgetSnippet(name: string, publicUrl: string): string {
  return html`<script type="module" src="${publicUrl}/widget.js"></script>
<xmpp-presence of="${name}" look="card"></xmpp-presence>`.text;
}

/** @param text as it is to be copied */
function snippet(id: string, label: string, text: string): Html {
  const rows = text.split('\n').reduce((sum, line) => sum + Math.ceil(line.length / 76), 0);
  return html`<div class="snippet"><label for="${id}">${label}</label><textarea id="${id}" rows="${rows}" readonly spellcheck="false">${text}</textarea></div>`;
}
