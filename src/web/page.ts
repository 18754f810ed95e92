/** The page of a mail, and the pages that say why there is none. Pure. */
import type { Attachment, Authenticity } from '../message.js';
import { displayText } from '../translate/mail-text.js';
import { readableSize } from '../translate/stanza-body.js';
import type { HeaderAddress } from '../translate/mail-types.js';
import { hueOf, initialOf } from './face.js';
import { filePath, type MailView } from './mail-view.js';
import { html, made, type Html } from './markup.js';
import { frameStyle, PAGE_STYLE } from './page-style.js';
import { plainBody } from './plain-body.js';

export interface PageFacts {
  readonly authenticity: Authenticity;
  /** ms since the epoch. */
  readonly expiresAt: number;
  /** What the page's own links begin with: the last segment of its URL. */
  readonly base: string;
}

const MOST_SHOWN = 30;

export function mailPage(view: MailView, facts: PageFacts): string {
  const subject = displayText(view.subject, 500);
  const files = view.attachments.filter((attachment) => 'part' in attachment.where);
  return page(
    subject === '' ? 'A mail without a subject' : subject,
    html`<article>
<header class="head">
<h1>${subject === '' ? 'No subject' : subject}</h1>
${sender(view, facts.authenticity)}
</header>
${facts.authenticity === 'verified' ? undefined : html`<p class="note warning"><strong>Not verified.</strong> Someone else may have written this mail in the name of ${displayText(view.from[0]?.address ?? 'its sender', 320)}.</p>`}
${notes(view)}
<section class="body" aria-label="Message">${body(view, facts)}</section>
${files.length === 0 ? undefined : html`<section class="files"><h2>${files.length === 1 ? '1 file' : `${files.length} files`}</h2><ul>${files.map((file) => fileItem(file, facts))}</ul></section>`}
</article>
<footer><a href="${facts.base}/mail.eml">The original mail (.eml)</a><span>This page is there until ${moment(facts.expiresAt)}.</span></footer>`,
  );
}

/** @param text a sentence */
export function emptyPage(title: string, text: string): string {
  return page(title, html`<article class="empty"><h1>${title}</h1><p>${text}</p></article>`);
}

/** The mail's own HTML, for the frame in its page. */
export function framePage({ subject, html: shown }: MailView & { readonly html: NonNullable<MailView['html']> }): string {
  return documentOf(displayText(subject, 500) || 'A mail', frameStyle(shown.hasColours), made(shown.html));
}

function page(title: string, content: Html): string {
  return documentOf(title, PAGE_STYLE, html`<main>${content}</main>`);
}

function documentOf(title: string, style: string, body: Html): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex"><meta name="referrer" content="no-referrer"><title>${title}</title><style>${made(style)}</style></head>
<body>${body}</body></html>
`.text;
}

function sender({ from, to, cc, date }: MailView, authenticity: Authenticity): Html {
  const [author] = from;
  const name = nameOf(author);
  const mark = authenticity === 'verified' ? html`<span class="mark verified">✓ verified</span>` : html`<span class="mark unverified">not verified</span>`;
  const address = author === undefined || author.address === name ? undefined : html` <span>&lt;${displayText(author.address, 320)}&gt;</span>`;
  return html`<div class="who"><div class="face hue${hueOf(author?.address ?? '')}" aria-hidden="true">${initialOf(name)}</div><div class="names">
<p class="from">${name}${address} ${mark}</p>
<dl>${people('To', to)}${people('Cc', cc)}</dl>
${date === undefined ? undefined : html`<time datetime="${new Date(date).toISOString()}">${moment(date)}</time>`}
</div></div>`;
}

function people(label: string, all: readonly HeaderAddress[]): Html | undefined {
  if (all.length === 0) return undefined;
  const names = all.slice(0, MOST_SHOWN).map(({ name, address }) => displayText(name === '' || name === address ? address : address === '' ? name : `${name} <${address}>`, 400));
  const more = all.length - names.length;
  return html`<dt>${label}</dt><dd>${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}</dd>`;
}

function nameOf(author: HeaderAddress | undefined): string {
  const name = displayText(author?.name ?? '', 200);
  return name === '' || name.normalize('NFKC').includes('@') ? displayText(author?.address ?? 'unknown', 320) : name;
}

const MOMENT = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });

function moment(at: number): string {
  return Math.abs(at) > 8e15 ? '' : `${MOMENT.format(at)} UTC`;
}

const NOTES = { cut: 'This mail is longer than shown here; the original has all of it.', raw: 'This mail could not be taken apart. This is its raw text.', damaged: 'Parts of this mail are damaged and could not be read.' } as const;

function notes({ notes: told, html: shown }: MailView): Html[] {
  const remote = shown?.remoteImages ?? 0;
  const images = `${remote} ${remote === 1 ? 'image' : 'images'} from elsewhere ${remote === 1 ? 'is' : 'are'} not shown: fetching ${remote === 1 ? 'it' : 'them'} would tell the sender that this mail is read.`;
  const texts = [...told.map((note) => NOTES[note]), ...(remote === 0 ? [] : [images])];
  return texts.map((text) => html`<p class="note">${text}</p>`);
}

function body(view: MailView, { base }: PageFacts): Html {
  const { html: shown, text } = view;
  if (shown === undefined) return text === '' ? html`<div class="plain">This mail has no text.</div>` : plainBody(text);
  return html`<iframe class="${lengthOf(shown.html)}" src="${base}/html" title="The mail as its sender made it" sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer"></iframe>
<p class="note"><a href="${base}/html" target="_blank" rel="noopener">Only the mail, on a page of its own</a></p>`;
}

/** Without script nobody can measure it: by its words and breaks, about. */
function lengthOf(safe: string): 'short' | 'medium' | 'long' {
  const words = safe.replace(/<[^>]*>/g, '').length;
  const lines = words / 70 + (safe.match(/<(?:br|p|tr|li|h\d|hr|img|blockquote)\b/g)?.length ?? 0);
  if (lines < 7) return 'short';
  return lines < 18 ? 'medium' : 'long';
}

function fileItem(file: Attachment, { base }: PageFacts): Html {
  const ending = /\.(\w{1,5})$/.exec(file.name)?.[1] ?? 'file';
  return html`<li><a href="${base}/${filePath(file)}"><span class="kind" aria-hidden="true">${ending}</span><span>${file.name}<span class="size">${file.size < 0 ? '' : readableSize(file.size)}</span></span></a></li>`;
}
