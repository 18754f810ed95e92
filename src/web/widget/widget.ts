/**
 * `<xmpp-presence of="NAME">`: how somebody is, live, on anybody's page. What comes from the gateway is text and never markup; links are `xmpp:` and
 * `mailto:` and nothing else. The style goes with the page's own font and colours, and needs nothing of its Content-Security-Policy.
 */
import { BASE, watch, type Presence } from './live.js';
import { languageOf, learn, say } from './words.js';

export { words } from './words.js';

const SVG = 'http://www.w3.org/2000/svg';
const DISC = 'M8 0a8 8 0 1 1 0 16A8 8 0 1 1 8 0z';
const RING = 'M8 1.4a6.6 6.6 0 1 1 0 13.2A6.6 6.6 0 1 1 8 1.4z';
/** Each state has a shape and a mark upon it, for who does not see its colour; those of the pages and badges (src/web/presence/standing.ts). */
const SHAPES: Readonly<Record<string, readonly [string, string]>> = {
  online: [DISC, 'M4.6 8.4 7 10.8l4.5-5.1'],
  chat: ['M8 .5c4.4 0 7.8 3 7.8 6.9S12.4 14.3 8 14.3c-.9 0-1.7-.1-2.5-.3L1.7 15.7l.7-3.6C1 10.9.2 9.3.2 7.4.2 3.5 3.6.5 8 .5z', 'M4.7 7.5h.02M8 7.5h.02M11.3 7.5h.02'],
  away: [DISC, 'M8 4.2V8.3l2.7 1.7'],
  xa: ['M6.4.4a7.9 7.9 0 1 0 9.2 9.8A6.6 6.6 0 0 1 6.4.4z', ''],
  dnd: [DISC, 'M4.5 8h7'],
  offline: [RING, ''],
  unknown: [RING, 'M5.4 8h5.2'],
};

/** Its own custom properties begin with an underscore: one that is named like the page's own, and depends on it, would depend on itself. */
const STYLE = `
:host{display:inline-block;max-width:100%;vertical-align:middle;line-height:1.35;overflow-wrap:anywhere;--_l:var(--xmpp-presence-offline,#7b8392);--_d:var(--xmpp-presence-offline,#8d96a6)}
:host([hidden]){display:none}
:host([state=online]){--_l:var(--xmpp-presence-online,#1a9a55);--_d:var(--xmpp-presence-online,#43c37c)}
:host([state=chat]){--_l:var(--xmpp-presence-chat,#0e8fa1);--_d:var(--xmpp-presence-chat,#3fbfcb)}
:host([state=away]){--_l:var(--xmpp-presence-away,#c67700);--_d:var(--xmpp-presence-away,#eba53a)}
:host([state=xa]){--_l:var(--xmpp-presence-xa,#7466d9);--_d:var(--xmpp-presence-xa,#9488f0)}
:host([state=dnd]){--_l:var(--xmpp-presence-dnd,#d8352f);--_d:var(--xmpp-presence-dnd,#f26a63)}
.box{--_p:var(--xmpp-presence-paper,Canvas);--_c:var(--_l);position:relative;display:flex;align-items:center;gap:.45em}
@supports(color:light-dark(red,red)){.box{--_c:light-dark(var(--_l),var(--_d))}}
.face{position:relative;flex:none;width:.85em;height:.85em}
.face.pictured{width:1.6em;height:1.6em}
img{display:block;width:100%;height:100%;object-fit:cover;border-radius:var(--xmpp-presence-radius,50%)}
svg{display:block;width:100%;height:100%;overflow:visible;color:var(--_c);stroke-linecap:round;stroke-linejoin:round}
.pictured svg{position:absolute;right:-.15em;bottom:-.15em;width:.7em;height:.7em;padding:.12em;border-radius:50%;background:var(--_p)}
path{fill:currentColor}
path+path{fill:none;stroke:var(--_p);stroke-width:1.9}
.hollow path{fill:none;stroke:currentColor;stroke-width:2.6}
.words{min-width:0;padding:.15em;margin:-.15em;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.name{font-weight:600}
.state,.status,.seen,.mail{font-size:.88em}
.status,.seen{opacity:.85}
.status:not(:empty)::before{content:"· "}
.seen,.mail{display:none}
a{color:inherit;text-decoration:none}
a[href] .name,.mail{text-decoration:underline;text-decoration-thickness:.06em;text-underline-offset:.2em}
a:hover .name,.mail:hover{text-decoration-thickness:.14em}
a:focus-visible{outline:.13em solid;border-radius:.2em}
:host([stale]) .box{opacity:.7}
:host([look=dot]) .words{position:absolute;inset:-.3em;margin:0;opacity:0}
:host([look=dot]) .link{display:block;height:100%}
:host([look=dot]) .box:focus-within{outline:.13em solid;outline-offset:.2em;border-radius:50%}
:host([look=card]){width:20em}
:host([look=card]) .box{padding:1em;gap:1em;border:1px solid color-mix(in srgb,currentColor 16%,transparent);border-radius:1em;background:var(--_p)}
:host([look=card]) .face{display:grid;place-items:center;width:3.4em;height:3.4em;border-radius:var(--xmpp-presence-radius,50%);background:color-mix(in srgb,var(--_c) 14%,var(--_p))}
:host([look=card]) svg{width:1.5em;height:1.5em}
:host([look=card]) .pictured{box-shadow:0 0 0 .14em var(--_p),0 0 0 .26em var(--_c)}
:host([look=card]) .pictured svg{width:.95em;height:.95em;right:-.25em;bottom:-.2em}
:host([look=card]) .words{flex:1;white-space:normal}
:host([look=card]) :is(.name,.status,.seen:not(:empty)){display:block}
:host([look=card]) .status::before{content:none!important}
:host([look=card]) .mail[href]{display:inline-block;margin-top:.35em}
@media (prefers-reduced-motion:no-preference){svg,.box,.face{transition:.3s;transition-property:color,opacity,background-color,box-shadow}}
@media (forced-colors:active){svg{color:CanvasText}}
`;

/** One for all of them; a page's policy on styles does not forbid it. */
const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

class XmppPresence extends HTMLElement {
  static readonly observedAttributes = ['of', 'lang'];
  /** What is known of him; the last one told. */
  presence: Presence | undefined;
  #forget: (() => void) | undefined;
  readonly #sign = document.createElementNS(SVG, 'svg');
  readonly #shape = document.createElementNS(SVG, 'path');
  readonly #mark = document.createElementNS(SVG, 'path');
  readonly #picture = part('img', 'picture');
  readonly #face = part('span', 'face');
  readonly #box = part('span', 'box');
  readonly #link = part('a', 'link');
  readonly #name = part('bdi', 'given');
  readonly #state = part('span', 'state');
  readonly #status = part('span', 'status');
  readonly #said = document.createElement('bdi');
  readonly #seen = part('span', 'seen');
  readonly #mail = part('a', 'mail');

  constructor() {
    super();
    for (const [name, value] of [['viewBox', '0 0 16 16'], ['part', 'sign'], ['aria-hidden', 'true']] as const) this.#sign.setAttribute(name, value);
    this.#sign.append(this.#shape, this.#mark);
    const label = document.createElement('slot');
    label.append(this.#name);
    const name = part('span', 'name');
    name.append(label);
    this.#link.append(name, ' ', this.#state);
    const words = part('span', 'words');
    words.append(this.#link, ' ', this.#status, ' ', this.#seen, ' ', this.#mail);
    this.#face.append(this.#sign);
    this.#box.append(this.#face, words);
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet];
    root.append(this.#box);
    this.#picture.alt = '';
    // Who may see the picture can depend on the page that shows it.
    this.#picture.referrerPolicy = 'strict-origin';
    this.#picture.onerror = () => this.#showPicture(undefined);
  }

  connectedCallback(): void {
    this.#watch();
  }

  disconnectedCallback(): void {
    this.#forget?.();
    this.#forget = undefined;
  }

  attributeChangedCallback(attribute: string, before: string | null, after: string | null): void {
    if (attribute === 'lang') return this.#speak();
    if (before !== null && before !== after) this.#blank();
    if (this.isConnected) this.#watch();
  }

  /** Whom it shows: a link's id, or a JID. */
  get of(): string {
    return this.getAttribute('of')?.trim() ?? '';
  }

  set of(name: string) {
    this.setAttribute('of', name);
  }

  #watch(): void {
    this.#forget?.();
    const { of } = this;
    void learn(languageOf(this));
    this.#forget = of === '' ? undefined : watch(of, (presence, live) => this.#told(presence, live));
  }

  #told(presence: Presence | undefined, live: boolean): void {
    this.toggleAttribute('stale', !live);
    if (presence === undefined || presence === this.presence) return;
    this.presence = presence;
    this.#show(presence);
    this.dispatchEvent(new CustomEvent('presencechange', { detail: presence, bubbles: true, composed: true }));
  }

  /** In the language of the page, which may have to come first. */
  #speak(): void {
    if (this.presence !== undefined) this.#show(this.presence);
  }

  #show({ presence, show, status = '', client, last_seen, name = '', picture, xmpp, mail }: Presence): void {
    const state = presence === 'online' ? (show ?? presence) : presence;
    const language = languageOf(this);
    void learn(language)?.then(() => this.#speak());
    this.#box.lang = language;
    this.setAttribute('state', state);
    if (this.hasAttribute('announce')) this.#box.setAttribute('role', 'status');
    const [shape, mark] = SHAPES[state] ?? [RING, ''];
    this.#shape.setAttribute('d', shape);
    this.#mark.setAttribute('d', mark);
    this.#sign.classList.toggle('hollow', shape === RING);
    this.#name.textContent = name;
    this.#state.textContent = [say(state, language), client && say(client, language)].filter(Boolean).join(' · ');
    this.#said.textContent = status;
    this.#status.replaceChildren(...(status === '' ? [] : [this.#said]));
    this.#seen.textContent = last_seen === undefined ? '' : `${say('seen', language)} ${new Date(last_seen).toLocaleString(language === 'en' ? undefined : language, { dateStyle: 'medium', timeStyle: 'short' })}`;
    this.#box.title = [this.#state, this.#status, this.#seen].map(({ textContent }) => textContent).filter(Boolean).join('\n');
    this.#mail.textContent = say('mail', language);
    const byMail = safe(mail, 'mailto:');
    const byChat = safe(xmpp, 'xmpp:');
    linkTo(this.#link, byChat ?? byMail);
    linkTo(this.#mail, byChat && byMail);
    this.#showPicture(safe(picture && new URL(picture, BASE).href, 'http'));
  }

  /** As before anything was told: what is known of one is never shown of another. */
  #blank(): void {
    this.presence = undefined;
    this.#show({ id: '', presence: 'unknown' });
    this.removeAttribute('state');
    for (const path of [this.#shape, this.#mark]) path.removeAttribute('d');
    this.#state.textContent = this.#box.title = '';
  }

  #showPicture(url: string | undefined): void {
    this.#face.classList.toggle('pictured', url !== undefined);
    if (url === undefined) this.#picture.remove();
    else {
      if (this.#picture.src !== url) this.#picture.src = url;
      this.#face.prepend(this.#picture);
    }
  }
}

/** Named for the page's own style, `::part(name)`, as for ours. */
function part<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, name: string): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  element.className = name;
  element.setAttribute('part', name);
  return element;
}

/** What does not begin with it is no link and no picture. */
function safe(url: string | undefined, scheme: string): string | undefined {
  return url?.startsWith(scheme) === true ? url : undefined;
}

function linkTo(link: HTMLAnchorElement, url: string | undefined): void {
  if (url === undefined) link.removeAttribute('href');
  else link.href = url;
}

// A page may have this script twice, from two gateways even: the first is the one.
if (customElements.get('xmpp-presence') === undefined) customElements.define('xmpp-presence', XmppPresence);
