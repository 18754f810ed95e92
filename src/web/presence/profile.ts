/** `/u/NAME`: how somebody is, for people. Whole without a script; with one (src/web/widget/page.ts) what has `data-live` is kept up to date. Pure. */
import type { ClientKind, Contact, View } from '../../presence/view.js';
import { hueOf, initialOf } from '../face.js';
import { html, made, type Html } from '../markup.js';
import { chatUri, mailUri, segment, timestamp } from './plain.js';
import { PROFILE_STYLE } from './profile-style.js';
import { sheet } from './sheet.js';
import { glyph, LOOKS, standingOf } from './standing.js';
import { ago, CLIENT_WORDS, LONGEST_NAME, LONGEST_STATUS, shownText, span } from './words.js';

/** @param now ms since the epoch */
export function profilePage(view: View, now: number): string {
  const standing = standingOf(view);
  const { word, is } = LOOKS[standing];
  const name = nameOf(view);
  return sheet({
    title: name === undefined ? word : `${name} is ${is}`,
    standing,
    style: PROFILE_STYLE,
    script: '../page.js',
    of: view.name,
    body: html`<main><article>
${portrait(view, name)}
${name === undefined ? undefined : html`<h1 data-live="name"${[...name].length > 22 ? made(' class="small"') : undefined}><bdi>${breakable(name)}</bdi></h1>`}
${present(view, name)}
${facts(view, now)}
${view.contact === undefined ? undefined : ways(view.contact)}
</article>
<footer><span class="live" aria-hidden="true">Live</span><a href="${segment(view.name)}/embed">Show this on your own page</a></footer></main>`,
  });
}

/** For who is hidden and who never was: the same, whatever was asked for. */
export function nobodyPage(): string {
  return sheet({
    title: 'Nobody to be seen here',
    standing: 'unknown',
    style: PROFILE_STYLE,
    body: html`<main><article>
<div class="portrait"><span class="face calm">${glyph('unknown', 'sign')}</span></div>
<h1>Nobody to be seen here</h1>
<p class="words">The link is not whole, it was replaced by a new one, or its owner shows nothing now.</p>
</article></main>`,
  });
}

/** As he calls himself; else the JID, where that is how he was asked for. */
export function nameOf({ face, name }: View): string | undefined {
  return shownText(face.name, LONGEST_NAME) ?? (name.includes('@') ? name : undefined);
}

/** An address on two lines is divided before its @. */
function breakable(name: string): Html {
  const [first = '', ...others] = name.split('@');
  return html`${first}${others.map((part) => html`<wbr>@${part}`)}`;
}

function portrait({ name: asked, face, ...view }: View, name: string | undefined): Html {
  const standing = standingOf(view);
  if (face.picture !== undefined) {
    const src = `${segment(asked)}/picture?v=${face.picture.id.slice(0, 16)}`;
    return html`<div class="portrait" data-live="portrait"><img class="face" src="${src}" alt="" width="112" height="112">${glyph(standing, 'sign')}</div>`;
  }
  if (name === undefined) return html`<div class="portrait" data-live="portrait"><span class="face calm">${glyph(standing, 'sign')}</span></div>`;
  return html`<div class="portrait" data-live="portrait"><span class="face hue${hueOf(asked)}" aria-hidden="true">${initialOf(name)}</span>${glyph(standing, 'sign')}</div>`;
}

/** What is read out when it changes. */
function present(view: View, name: string | undefined): Html {
  const standing = standingOf(view);
  const { word } = LOOKS[standing];
  const status = shownText(view.status, LONGEST_STATUS);
  return html`<div role="status" aria-live="polite" data-live="now">${name === undefined ? html`<h1>${word}</h1>` : html`<p class="standing">${glyph(standing, 'mark')}${word}</p>`}
${status === undefined ? undefined : html`<p class="words" dir="auto">${status}</p>`}</div>`;
}

const LINES = (paths: string): Html => html`<svg class="line" viewBox="0 0 20 20" aria-hidden="true">${made(paths)}</svg>`;

const PHONE = '<rect x="5.5" y="2" width="9" height="16" rx="2"/><path d="M9 15.5h2"/>';
const CLIENT_ICONS: Readonly<Record<ClientKind, Html>> = {
  bot: LINES('<rect x="3.5" y="7" width="13" height="9.5" rx="2.5"/><path d="M10 7V3.5M7.5 11v1.5M12.5 11v1.5"/>'),
  console: LINES('<rect x="2" y="3.5" width="16" height="13" rx="2"/><path d="m5.5 8 2.5 2.3L5.5 12.6M10.5 13h4"/>'),
  game: LINES('<rect x="1.5" y="5.5" width="17" height="9" rx="4.5"/><path d="M6.5 8.5v3M5 10h3M13 9.2h.02M14.8 11h.02"/>'),
  handheld: LINES(PHONE),
  pc: LINES('<rect x="2" y="3" width="16" height="10.5" rx="1.7"/><path d="M7 17h6M10 13.5V17"/>'),
  phone: LINES(PHONE),
  sms: LINES('<path d="M3 4h14v9.5H9L5.5 17v-3.5H3z"/><path d="M6.5 7.5h7M6.5 10.2h4.5"/>'),
  tablet: LINES('<rect x="3.5" y="2" width="13" height="16" rx="2"/><path d="M9 15.3h2"/>'),
  web: LINES('<circle cx="10" cy="10" r="8"/><path d="M2 10h16M10 2c5.3 5 5.3 11 0 16M10 2c-5.3 5-5.3 11 0 16"/>'),
};
const CLOCK = LINES('<circle cx="10" cy="10" r="8"/><path d="M10 5.5V10l3 2"/>');
const PAUSE = LINES('<path d="M5 2.5h10M5 17.5h10M6.5 2.5c0 4 3.5 5 3.5 7.5s-3.5 3.5-3.5 7.5M13.5 2.5c0 4-3.5 5-3.5 7.5s3.5 3.5 3.5 7.5"/>');

function facts({ online, client, idleSince, changedAt, seenAt }: View, now: number): Html {
  const since = online ? changedAt : (seenAt ?? changedAt);
  const all = [
    client && html`<li>${CLIENT_ICONS[client]}<span>${CLIENT_WORDS[client]}</span></li>`,
    idleSince === undefined ? undefined : html`<li>${PAUSE}<span>Idle for ${moment(idleSince, span(now - idleSince))}</span></li>`,
    since === undefined ? undefined : html`<li>${CLOCK}<span>${online ? 'Changed' : 'Last seen'} ${moment(since, ago(since, now))}</span></li>`,
  ].filter((fact) => fact !== undefined);
  return html`<div data-live="facts">${all.length === 0 ? undefined : html`<ul class="facts">${all}</ul>`}</div>`;
}

function moment(at: number, words: string): Html {
  return html`<time datetime="${timestamp(at)}" title="${timestamp(at).replace('T', ' ').replace(/:\d\dZ$/, ' UTC')}">${words}</time>`;
}

function ways(contact: Contact): Html {
  const mail = mailUri(contact);
  return html`<div class="ways" data-live="ways"><a class="button" href="${chatUri(contact)}?message">Chat with me</a>${mail === undefined ? undefined : html`<a class="button second" href="${mail}">Write a mail</a>`}
<p class="addresses"><span>${contact.jid}</span>${contact.mail === undefined || contact.mail === contact.jid ? undefined : html`<span>${contact.mail}</span>`}</p></div>`;
}
