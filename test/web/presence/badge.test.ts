/** Badges as they are drawn: well-formed, harmless, and never wider than their picture. */
import fc from 'fast-check';
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { describe, expect, it } from 'vitest';
import type { View } from '../../../src/presence/view.js';
import { BADGE_STYLES, badgeSvg, THEMES, type BadgeOptions, type BadgeStyle } from '../../../src/web/presence/badge.js';
import { badgeOptions, badgeQuery } from '../../../src/web/presence/badge-options.js';
import { STANDINGS, standingOf } from '../../../src/web/presence/standing.js';
import { foreignText, HOSTILE } from './foreign.js';
import { idOf } from './world.js';

const NAME = idOf('a');

function viewOf(more: Partial<View> = {}): View {
  return { name: NAME, seq: 1, online: true, face: {}, ...more };
}

interface Drawn {
  readonly tags: readonly SaxesTagPlain[];
  readonly text: string;
}

/** Throws for what is not well-formed. */
function read(svg: string): Drawn {
  const tags: SaxesTagPlain[] = [];
  let text = '';
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => tags.push(tag));
  parser.on('text', (part) => (text += part));
  parser.write(svg).close();
  return { tags, text };
}

const TAGS = ['svg', 'title', 'style', 'rect', 'path', 'circle', 'g', 'text', 'image'];

const THUMBNAIL = 'data:image/png;base64,AAAA';

function expectHarmless({ tags }: Drawn): void {
  for (const { name, attributes } of tags) {
    expect(TAGS).toContain(name);
    for (const [attribute, value] of Object.entries(attributes)) {
      expect(attribute).not.toMatch(/^on|^style$/i);
      if (/href/i.test(attribute)) expect([name, value]).toEqual(['image', THUMBNAIL]);
      if (attribute !== 'aria-label' && attribute !== 'xmlns') expect(value).not.toMatch(/url|:\/\//);
    }
  }
}

/** Pixels: whatever somebody is called and says, no more of a page is taken. */
const WIDEST: Readonly<Record<BadgeStyle, number>> = { flat: 350, pill: 380, card: 370, icon: 42, dot: 16 };

/** Each text ends before its picture does. */
function expectInside({ tags }: Drawn, style: BadgeStyle): void {
  const width = Number(tags[0]?.attributes.width);
  expect(width).toBeLessThanOrEqual(WIDEST[style]);
  for (const { name, attributes } of tags.slice(1)) {
    const own = attributes.textLength ?? (name === 'svg' ? attributes.width : undefined);
    if (own !== undefined) expect(Number(attributes.x) + Number(own)).toBeLessThanOrEqual(width);
  }
}

/** As a stranger asks for them. */
function optionsOf(style: string, label: string): BadgeOptions {
  return badgeOptions(new URLSearchParams({ style, label }).toString());
}

const FULL = viewOf({ status: 'Back at five', face: { name: 'Juliet' } });

describe.each(BADGE_STYLES)('the style %s', (style) => {
  it.each(THEMES)('tells every standing by word, in the theme %s', (theme) => {
    const words = [undefined, viewOf({ online: false }), ...([undefined, 'chat', 'away', 'xa', 'dnd'] as const).map((show) => viewOf(show && { show }))].map((view) => {
      const svg = badgeSvg(view, { style, theme });
      const drawn = read(svg);
      expectHarmless(drawn);
      expectInside(drawn, style);
      expect(svg.includes('prefers-color-scheme')).toBe(theme === 'auto');
      return drawn.tags[0]?.attributes['aria-label'];
    });
    expect(new Set(words).size).toBe(STANDINGS.length);
  });

  it.each(HOSTILE)('draws %j as words', (text) => {
    const drawn = read(badgeSvg(viewOf({ status: text, face: { name: text } }), optionsOf(style, text), { thumbnail: THUMBNAIL }));
    expectHarmless(drawn);
    expectInside(drawn, style);
    // Ours, around a text from the right.
    expect(drawn.text.replace(/\u2068([^\u2066-\u2069]*)\u2069/g, '$1')).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  });

  it('draws any text as words', () => {
    fc.assert(
      fc.property(foreignText, foreignText, (name, status) => {
        const drawn = read(badgeSvg(viewOf({ status, face: { name } }), optionsOf(style, status)));
        expectHarmless(drawn);
        expectInside(drawn, style);
      }),
      { numRuns: 60 },
    );
  });

  it('shows no more than it is for', () => {
    const { text } = read(badgeSvg(FULL, { style, theme: 'light' }));
    expect([text.includes('Juliet'), text.includes('five')]).toEqual([style === 'pill' || style === 'card', style === 'card']);
  });
});

describe('a badge', () => {
  it('shows a picture on a card, with the name or without', () => {
    for (const name of ['Juliet', '']) {
      const { tags, text } = read(badgeSvg(viewOf({ face: { name } }), { style: 'card', theme: 'light' }, { thumbnail: THUMBNAIL }));
      expect([tags.filter((tag) => tag.name === 'image').length, text.includes('J')]).toEqual([1, name !== '']);
    }
    for (const thumbnail of ['none', 'later'] as const) expect(badgeSvg(FULL, { style: 'card', theme: 'light' }, { thumbnail })).toMatch(/>J<\/text>/);
  });

  it('is the same for all who are not to be seen', () => {
    expect(read(badgeSvg(undefined, { style: 'card', theme: 'auto' })).text).toContain('Unknown');
  });

  it('never shows the address behind a link', () => {
    const view = viewOf({ contact: { jid: 'juliet@verona.test', mail: 'juliet@mail.test' } });
    for (const style of BADGE_STYLES) expect(badgeSvg(view, { style, theme: 'auto' })).not.toMatch(/juliet|verona|mail/);
  });

  it('has a label of one\'s own, or none', () => {
    expect(read(badgeSvg(FULL, { style: 'flat', theme: 'auto' })).tags[0]?.attributes['aria-label']).toBe('chat: Online');
    expect(read(badgeSvg(FULL, { style: 'flat', theme: 'auto', label: 'Talk & laugh' })).tags[0]?.attributes['aria-label']).toBe('Talk & laugh: Online');
    expect(read(badgeSvg(FULL, { style: 'flat', theme: 'auto', label: '' })).tags[0]?.attributes['aria-label']).toBe('Online');
  });

  it('is as large for everybody who is so, whatever the clock says', () => {
    const idle = viewOf({ idleSince: 1, changedAt: 2, seenAt: 3, client: 'phone' });
    for (const style of BADGE_STYLES) expect(badgeSvg(idle, { style, theme: 'auto' })).toBe(badgeSvg(viewOf(), { style, theme: 'auto' }));
  });
});

describe('the query', () => {
  const USUAL: BadgeOptions = { style: 'flat', theme: 'auto' };
  it.each([
    ['', USUAL],
    ['style=pill&theme=dark', { style: 'pill', theme: 'dark' }],
    ['style=PILL&theme=%00&x=y&style=', USUAL],
    ['style=__proto__&theme=constructor', USUAL],
    ['label=', { ...USUAL, label: '' }],
    ['label=a%00b%E2%80%AEc', { ...USUAL, label: 'a bc' }],
    [`label=${'x'.repeat(16_000)}`, { ...USUAL, label: 'x'.repeat(40) }],
    [`${'x=y&'.repeat(500)}label=z`, USUAL],
    ['label=%E0%A4%A', { ...USUAL, label: '\ufffdA'.replace('A', '%A') }],
  ])('%j', (query, options) => expect(badgeOptions(query)).toEqual(options));

  it('is written as it is read', () => {
    fc.assert(
      fc.property(fc.constantFrom(...BADGE_STYLES), fc.constantFrom(...THEMES), fc.string({ maxLength: 30 }), (style, theme, label) => {
        const options = { style, theme, ...(style === 'flat' && { label: badgeOptions(`label=x${encodeURIComponent(label)}`).label ?? '' }) };
        expect(badgeOptions(badgeQuery(options).slice(1))).toEqual(options);
      }),
    );
  });
});

it('standings are those of the view', () => {
  expect([undefined, { online: false }, { online: true }, { online: true, show: 'xa' as const }].map(standingOf)).toEqual(['unknown', 'offline', 'online', 'xa']);
});
