/** The quotation in front of an answer, and that it can be taken away again. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFailure } from '../../src/failure.js';
import type { Delivery, ReplyContext } from '../../src/message.js';
import { quotation } from '../../src/translate/stanza-answer.js';
import { withoutFallback } from '../../src/translate/stanza-fallback.js';
import { toStanzas } from '../../src/translate/to-stanza.js';
import { firstWords } from '../../src/words.js';
import { GATEWAY, NOW, parseStanza } from './stanza-helpers.js';

const ANSWERED = { answered: { stanza: 'a1' }, references: [] };

function deliveryOf(text: string, subject: string, context: ReplyContext): Delivery {
  return {
    seq: 1,
    message: {
      id: '01gzzzzzzzzzzzzzzzzzzzzzzz', source: 'mail', sender: { kind: 'mail', local: 'joe', domain: 'b.example' }, origin: 'person',
      authenticity: 'unverified', ids: {}, text, subject, attachments: [], acceptedAt: NOW, wantsReceipt: false,
    },
    recipient: { kind: 'jid', local: 'juliet', domain: 'example.com', resource: '' },
    outlet: 'xmpp',
    attempts: 0,
    context,
  };
}

/** The first stanza as a client gets it, its body with and without the quotation. */
function first(delivery: Delivery): { body: string; bare: string; parts: number } {
  const made = toStanzas(delivery, { gateway: GATEWAY, maxBytes: 8_192, now: NOW });
  if (isFailure(made)) throw new Error(made.text);
  const stanza = parseStanza(String(made[0]));
  const body = stanza.getChildText('body') ?? '';
  return { body, bare: withoutFallback(body, stanza, 'urn:xmpp:reply:0'), parts: made.length };
}

describe('an answer', () => {
  it('without its quotation is what it is without an answered message, whatever is quoted', () => {
    const any = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: 'grapheme', maxLength: 120 }));
    fc.assert(
      fc.property(any, any, any, (words, text, subject) => {
        const context = { ...ANSWERED, answeredWords: firstWords(words) };
        const answer = first(deliveryOf(text, subject, context));
        expect(answer.bare).toBe(first(deliveryOf(text, subject, ANSWERED)).body);
        expect(answer.body).toBe(quotation(context) + answer.bare);
      }),
      { numRuns: 300 },
    );
  });

  it('in several stanzas has the quotation in the first only, behind its number', () => {
    const { body, bare, parts } = first(deliveryOf('👍 word '.repeat(3_000), 'Long', { ...ANSWERED, answeredWords: 'Shall we? 🌹' }));
    expect(parts).toBeGreaterThan(2);
    expect(body.startsWith(`(1/${parts})\n> Shall we? 🌹\n[not verified`)).toBe(true);
    expect(bare.startsWith(`(1/${parts})\n[not verified`)).toBe(true);
  });

  it('quotes nothing where there are no words, or no id to answer', () => {
    expect(quotation({ ...ANSWERED, answeredWords: ' \u2066 ' })).toBe('');
    expect(quotation({ references: [], answered: { mail: '<m@b.example>' }, answeredWords: 'Hello' })).toBe('');
  });
});

describe('first words', () => {
  it.each([
    ['one line', '  Hello\n\tthere\u2028you ', 'Hello there you'],
    ['what is below the quotation', '> Old words\n> more\n\nYes, at eight.', 'Yes, at eight.'],
    ['nothing but quotation', '> Old words', '> Old words'],
    ['nothing', ' \n', ''],
  ])('%s', (_, text, words) => expect(firstWords(text)).toBe(words));

  it('are at most 200 units and no half character', () => {
    const words = firstWords(`${'x'.repeat(199)}😀`);
    expect(words).toBe('x'.repeat(199));
  });
});
