/** Where somebody is, in the colours and shapes of page and badges alike: nobody needs to see colours to know it. The words are those of a Language. Pure. */
import type { View } from '../../presence/view.js';
import { html, made, type Html } from '../markup.js';

/** `unknown`: hidden, or nobody. */
export const STANDINGS = ['online', 'chat', 'away', 'xa', 'dnd', 'offline', 'unknown'] as const;
export type Standing = (typeof STANDINGS)[number];

export interface Look {
  /** Text and its tinted ground, and the ground under white letters; contrast at least 4.5 (WCAG 1.4.3). */
  readonly light: Tints;
  readonly dark: Tints;
  /** 16 × 16 pixels of shapes: `g` is filled, `o` drawn in the colour of the standing, `m` drawn upon it. */
  readonly shapes: string;
}

export interface Tints {
  readonly ink: string;
  readonly ground: string;
  /** Of shapes on paper: contrast at least 3 (WCAG 1.4.11). */
  readonly spot: string;
}

/** Of any View. Without leave to show more, whoever is there is simply online. */
export function standingOf(view: Pick<View, 'online' | 'show'> | undefined): Standing {
  if (view === undefined) return 'unknown';
  return view.online ? (view.show ?? 'online') : 'offline';
}

const DISC = '<circle class="g" cx="8" cy="8" r="8"/>';
const RING = '<circle class="o" cx="8" cy="8" r="6.6"/>';
const GREY = { light: { ink: '#545b69', ground: '#eceef2', spot: '#7b8392' }, dark: { ink: '#a9b1bf', ground: '#2a2e36', spot: '#8d96a6' } };

export const LOOKS: Readonly<Record<Standing, Look>> = {
  online: {
    light: { ink: '#14713d', ground: '#e4f5ea', spot: '#1a9a55' },
    dark: { ink: '#7fdca4', ground: '#15301f', spot: '#43c37c' },
    shapes: `${DISC}<path class="m" d="M4.6 8.4 7 10.8l4.5-5.1"/>`,
  },
  chat: {
    light: { ink: '#0b6673', ground: '#dcf3f5', spot: '#0e8fa1' },
    dark: { ink: '#6fd6dc', ground: '#0f2f33', spot: '#3fbfcb' },
    shapes: '<path class="g" d="M8 .5c4.4 0 7.8 3 7.8 6.9S12.4 14.3 8 14.3c-.9 0-1.7-.1-2.5-.3L1.7 15.7l.7-3.6C1 10.9.2 9.3.2 7.4.2 3.5 3.6.5 8 .5z"/><path class="m" d="M4.7 7.5h.02M8 7.5h.02M11.3 7.5h.02"/>',
  },
  away: {
    light: { ink: '#8a5300', ground: '#fdf0d8', spot: '#c67700' },
    dark: { ink: '#f5c26b', ground: '#352610', spot: '#eba53a' },
    shapes: `${DISC}<path class="m" d="M8 4.2V8.3l2.7 1.7"/>`,
  },
  xa: {
    light: { ink: '#5a4bb0', ground: '#ecebfb', spot: '#7466d9' },
    dark: { ink: '#b9b0f8', ground: '#262244', spot: '#9488f0' },
    shapes: '<path class="g" d="M6.4.4a7.9 7.9 0 1 0 9.2 9.8A6.6 6.6 0 0 1 6.4.4z"/>',
  },
  dnd: {
    light: { ink: '#b0201f', ground: '#fde7e7', spot: '#d8352f' },
    dark: { ink: '#ff9d97', ground: '#3b1719', spot: '#f26a63' },
    shapes: `${DISC}<path class="m" d="M4.5 8h7"/>`,
  },
  offline: { ...GREY, shapes: RING },
  unknown: { ...GREY, shapes: `${RING}<path class="m d" d="M5.4 8h5.2"/>` },
};

/** For a page, whose style says what `g`, `o` and `m` are. The word stands beside it. */
export function glyph(standing: Standing, className: string): Html {
  return html`<svg class="${className}" viewBox="0 0 16 16" aria-hidden="true">${made(LOOKS[standing].shapes)}</svg>`;
}
