/** `/u/NAME`: how somebody is, for people. Whole without a script; with one (src/web/widget/page.ts) what has `data-live` is kept up to date. Pure. */
import type { ClientKind, Contact, View } from '../../presence/view.js';
import { hueOf, initialOf } from '../face.js';
import { html, made, type Html } from '../markup.js';
import type { Language } from './language.js';
import { chatUri, mailUri, segment, timestamp } from './plain.js';
import { PROFILE_STYLE } from './profile-style.js';
import { sheet } from './sheet.js';
import { glyph, standingOf, type Standing } from './standing.js';
import { idle, LONGEST_NAME, LONGEST_STATUS, named, shownText, since } from './words.js';

/** @param now ms since the epoch. @param onward the query of the way to the generator */
export function profilePage(view: View, language: Language, now: number, onward = ''): string {
  const standing = standingOf(view);
  const name = nameOf(view);
  return sheet({
    language,
    title: toldOf(standing, name, language),
    standing,
    style: PROFILE_STYLE,
    script: '../page.js',
    of: view.name,
    body: html`<main><article>
${portrait(view, name)}
${name === undefined ? undefined : html`<h1 data-live="name"${[...name].length > 22 ? made(' class="small"') : undefined}><bdi>${breakable(name)}</bdi></h1>`}
${present(view, name, language)}
${facts(view, language, now)}
${view.contact === undefined ? undefined : ways(view.contact, language)}
</article>
<footer><span class="live" aria-hidden="true">${language.page.live}</span><a href="${segment(view.name)}/embed${onward}">${language.embed.title}</a></footer></main>`,
  });
}

/** For who is hidden and who never was: the same, whatever was asked for. */
export function nobodyPage(language: Language): string {
  const { nobody, nobodyWhy } = language.page;
  return sheet({
    language,
    title: nobody,
    standing: 'unknown',
    style: PROFILE_STYLE,
    body: html`<main><article>
<div class="portrait"><span class="face calm">${glyph('unknown', 'sign')}</span></div>
<h1>${nobody}</h1>
<p class="words">${nobodyWhy}</p>
</article></main>`,
  });
}

/** How somebody is, in a sentence where his name is known. */
export function toldOf(standing: Standing, name: string | undefined, { standing: words, sentence }: Language): string {
  return name === undefined || standing === 'unknown' ? words[standing] : named(sentence[standing], name);
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
function present(view: View, name: string | undefined, language: Language): Html {
  const standing = standingOf(view);
  const word = language.standing[standing];
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

function facts({ online, client, idleSince, changedAt, seenAt }: View, language: Language, now: number): Html {
  const last = online ? changedAt : (seenAt ?? changedAt);
  const all = [
    client && html`<li>${CLIENT_ICONS[client]}<span>${language.client[client]}</span></li>`,
    idleSince === undefined ? undefined : html`<li>${PAUSE}<span>${moment(idleSince, idle(language, idleSince, now))}</span></li>`,
    last === undefined ? undefined : html`<li>${CLOCK}<span>${moment(last, since(language, online ? 'changed' : 'seen', last, now))}</span></li>`,
  ].filter((fact) => fact !== undefined);
  return html`<div data-live="facts">${all.length === 0 ? undefined : html`<ul class="facts">${all}</ul>`}</div>`;
}

function moment(at: number, [before, words, after]: readonly [string, string, string]): Html {
  return html`${before}<time datetime="${timestamp(at)}" title="${timestamp(at).replace('T', ' ').replace(/:\d\dZ$/, ' UTC')}">${words}</time>${after}`;
}

function ways(contact: Contact, { page }: Language): Html {
  const mail = mailUri(contact);
  return html`<div class="ways" data-live="ways"><a class="button" href="${chatUri(contact)}?message">${page.chat}</a>${mail === undefined ? undefined : html`<a class="button second" href="${mail}">${page.mail}</a>`}
<p class="addresses"><span>${contact.jid}</span>${contact.mail === undefined || contact.mail === contact.jid ? undefined : html`<span>${contact.mail}</span>`}</p></div>`;
}
