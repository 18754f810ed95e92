import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeLocalpart, unescapeLocalpart } from '../../src/address.js';
import { hostileText } from './samples.js';

/** XEP-0106 1.1.1: the table of §5.1, the examples of §4.2, §4.3 and §5.2 to §5.6. */
const VECTORS: [plain: string, escaped: string][] = [
  ['space cadet', 'space\\20cadet'],
  ['call me "ishmael"', 'call\\20me\\20\\22ishmael\\22'],
  ['at&t guy', 'at\\26t\\20guy'],
  ["d'artagnan", 'd\\27artagnan'],
  ['/.fanboy', '\\2f.fanboy'],
  ['::foo::', '\\3a\\3afoo\\3a\\3a'],
  ['<foo>', '\\3cfoo\\3e'],
  ['user@host', 'user\\40host'],
  ['c:\\net', 'c\\3a\\net'],
  ['c:\\\\net', 'c\\3a\\\\net'],
  ['c:\\cool stuff', 'c\\3a\\cool\\20stuff'],
  ['c:\\5commas', 'c\\3a\\5c5commas'],
  ['\\3and\\2is\\5cool', '\\5c3and\\2is\\5c5cool'],
  ['\\2plus\\2is\\4', '\\2plus\\2is\\4'],
  ['foo\\bar', 'foo\\bar'],
  ['foob\\41r', 'foob\\41r'],
  ["here's_a_wild_&_/cr%zy/_address", 'here\\27s_a_wild_\\26_\\2fcr%zy\\2f_address'],
  ['here\'s_a_wild_&_/cr%zy/_address_for:<wv>("IMPS")', 'here\\27s_a_wild_\\26_\\2fcr%zy\\2f_address_for\\3a\\3cwv\\3e(\\22IMPS\\22)'],
  ["somenick!user\"&'/:<>\\3address", 'somenick!user\\22\\26\\27\\2f\\3a\\3c\\3e\\5c3address'],
  ['tréville@musketeers.lit', 'tréville\\40musketeers.lit'],
  ['\\5c', '\\5c5c'],
  ['\\\\20', '\\\\5c20'],
];

describe('XEP-0106', () => {
  it.each(VECTORS)('%s', (plain, escaped) => {
    expect(escapeLocalpart(plain)).toBe(escaped);
    expect(unescapeLocalpart(escaped)).toBe(plain);
  });

  it('unescapes lower-case sequences only, and only once', () => {
    expect(unescapeLocalpart('a\\2Fb\\3Cc\\5C')).toBe('a\\2Fb\\3Cc\\5C');
    expect(unescapeLocalpart('\\5c27')).toBe('\\27');
    expect(unescapeLocalpart('\\5c5c27')).toBe('\\5c27');
  });

  it('comes back from every escaping, which leaves none of the nine characters', () => {
    fc.assert(
      fc.property(fc.oneof(hostileText, fc.string({ unit: fc.constantFrom(...'\\2025cdef @/') })), (text) => {
        const escaped = escapeLocalpart(text);
        expect(unescapeLocalpart(escaped)).toBe(text);
        expect(escaped).not.toMatch(/[ "&'/:<>@]/);
      }),
      { numRuns: 2_000 },
    );
  });
});
