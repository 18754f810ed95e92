/** The sheet that the pages of presence are written on, and how they are answered. */
import { createHash } from 'node:crypto';
import { DISCREET, type Answer } from '../answer.js';
import { html, made, type Html } from '../markup.js';
import { tagOf } from './etag.js';
import type { Language } from './language.js';
import { LOOKS, type Standing } from './standing.js';

export interface Sheet {
  readonly language: Language;
  readonly title: string;
  /** Colours the page. */
  readonly standing: Standing;
  readonly style: string;
  /** Where the script is, seen from the page; none for a page that stays as it is. */
  readonly script?: string;
  /** For the script: who the page is about. */
  readonly of?: string;
  readonly body: Html;
}

export function sheet({ language, title, standing, style, script, of, body }: Sheet): string {
  return html`<!doctype html>
<html lang="${language.tag}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex"><meta name="referrer" content="same-origin"><title>${title}</title><link rel="icon" href="${icon(standing)}"><style>${made(style)}</style>${script === undefined ? undefined : html`<script type="module" src="${script}"></script>`}</head>
<body class="${standing}"${of === undefined ? undefined : html` data-of="${of}"`}>${body}</body></html>
`.text;
}

/** The sign of the standing, in the page itself: nothing more is fetched for it. */
function icon(standing: Standing): string {
  const { shapes, light, dark } = LOOKS[standing];
  const rules = `.g{fill:${light.spot}}.o{fill:none;stroke:${light.spot};stroke-width:2.8}.m{fill:none;stroke:#fff;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}@media(prefers-color-scheme:dark){.g{fill:${dark.spot}}.o{stroke:${dark.spot}}.m{stroke:#111}}`;
  return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 18 18"><style>${rules}</style>${shapes}</svg>`)}`;
}

/** For `style-src`. */
export function hashOf(style: string): string {
  return `'sha256-${createHash('sha256').update(style).digest('base64')}'`;
}

/** @param style its hash. @param forms where forms of the page may go */
export function policy(style: string, forms: "'none'" | "'self'"): string {
  return `default-src 'none'; style-src ${style}; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action ${forms}; frame-ancestors 'none'`;
}

/** Kept by whoever asks, and asked for again each time: 304 while it is the same. Its pictures may know that this page shows them. */
export function sheetAnswer(status: number, csp: string, { tag }: Language, text: string): Answer<string> {
  const headers = {
    ...DISCREET,
    'cache-control': 'private, no-cache',
    vary: 'accept-language',
    'content-language': tag,
    'referrer-policy': 'same-origin',
    'content-type': 'text/html; charset=utf-8',
    'content-length': `${Buffer.byteLength(text)}`,
    'content-security-policy': csp,
    etag: tagOf(text),
  };
  return { status, headers, body: text };
}
