import { expect, test } from 'vitest';
import { chart } from '../../bench/chart.js';
import { against, alone, type Figure } from '../../bench/figure.js';

const peer = (group: string, other: string, baseline: number): Figure => ({
  ...against(baseline, { name: `${group} against ${other}`, unit: 'mails/s', value: 1_000, goal: null, higherIsBetter: true }),
  bar: { group, other },
});

test('without peers there is no chart', () => {
  expect(chart('Rates', [])).toBeUndefined();
  expect(chart('Rates', [alone({ name: 'a', unit: 'mails/s', value: 1, goal: null, higherIsBetter: true })])).toBeUndefined();
});

test('the peers of one work stand below one bar of ours, on one scale', () => {
  const svg = chart('Rates', [peer('mail', 'slow', 100), peer('mail', 'slower', 50), peer('chat', 'fast', 2_000)]) ?? '';
  expect(svg.match(/>Stanzapost</g)).toHaveLength(2);
  const widths = [...svg.matchAll(/class="(ours|other)".*?width="(\d+)"/g)].map(([, kind, width]) => [kind, Number(width)]);
  expect(widths).toEqual([['ours', 250], ['other', 25], ['other', 13], ['ours', 125], ['other', 250]]);
  expect(svg).toContain('100 mails/s (ours is 10 times as fast)');
  expect(svg).not.toContain('2,000 mails/s (ours');
});

test('no two texts share a place, and all of them are inside', () => {
  const svg = chart('Rates', [peer('mail', 'slow', 999), peer('mail', 'slower', 50), peer('chat', 'fast', 900)]) ?? '';
  const places = [...svg.matchAll(/<text.*? x="(\d+)" y="(\d+)"/g)].map(([, x, y]) => `${x},${y}`);
  expect(new Set(places).size).toBe(places.length);
  const [, height] = /viewBox="0 0 800 (\d+)"/.exec(svg) ?? [];
  for (const place of places) expect(Number(place.split(',')[1])).toBeLessThan(Number(height));
});

test('names are escaped', () => {
  expect(chart('R & <b>', [peer('a<b', 'c&d', 1)])).not.toMatch(/a<b|c&d|R & /);
});
