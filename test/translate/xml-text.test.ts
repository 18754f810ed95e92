import xml from '@xmpp/xml';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText } from '../../src/translate/xml-text.js';
import { strictText } from './stanza-helpers.js';

const anyText = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
  fc.string({ unit: fc.constantFrom('\0', '\x08', '\t', '\n', '\v', '\f', '\r', '\x1b', '\x1f', '\x7f', '\ufffe', '\uffff', '\ud800', '\udc00', '\u{1f600}', ']]>', '<', '&', '"', '&#0;', 'a') }),
);

describe('text for XML', () => {
  it.each([
    ['a\0b\x01\x08\x0b\x0c\x0e\x1f', 'a\ufffdb' + '\ufffd'.repeat(6)],
    ['\ufffe\uffff', '\ufffd\ufffd'],
    ['\ud800a\udfff \udc00\ud800', '\ufffda\ufffd \ufffd\ufffd'],
    ['a\r\nb\rc\nd\te\r\r\n', 'a\nb\nc\nd\te\n\n'],
    ['\u{1f468}\u200d\u{1f469} \u202e \u00ad \x7f \x85 \ufffd \u{10ffff}', '\u{1f468}\u200d\u{1f469} \u202e \u00ad \x7f \x85 \ufffd \u{10ffff}'],
  ])('%j', (text, clean) => {
    expect(cleanText(text)).toBe(clean);
  });

  it('is taken by a strict parser, in text and in attributes, and arrives as it was', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const clean = cleanText(text);
        const stanza = xml('message', { id: clean }, xml('body', {}, clean)).toString();
        expect(strictText(stanza)).toBe(clean);
        expect(cleanText(clean)).toBe(clean);
      }),
      { numRuns: 2_000 },
    );
  });
});
