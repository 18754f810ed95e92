/** Reactions as mails, as other readers and as we ourselves read them. */
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { describe, expect, it } from 'vitest';
import { isEmoji } from '../../src/translate/emoji.js';
import { fromMail } from '../../src/translate/from-mail.js';
import { saysNothing } from '../../src/translate/reaction-mail.js';
import { toMail } from '../../src/translate/to-mail.js';
import { chat, FACTS, GATEWAY, good, NOW, read } from './mail-helpers.js';

const ANSWERED = { answered: { stanza: 's0', mail: '<m1@example.net>' }, answeredWords: 'Shall we <b>meet</b> & talk?', references: ['<m0@example.net>', '<m1@example.net>'], subject: 'Meeting' };
const reaction = (reactions: string[], context = {}) => chat({ reactions, text: reactions.join(' ') }, { ...ANSWERED, reactedBefore: [], ...context });
const mailOf = (reactions: string[], context = {}) => good(toMail(reaction(reactions, context), { gateway: GATEWAY, now: NOW }));

describe('an emoji', () => {
  it.each(['👍', '👍🏽', '❤', '❤️', '👩‍👩‍👧‍👦', '🏳️‍🌈', '🇩🇪', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '1️⃣', '🫩', '☺'])('%s', (text) => expect(isEmoji(text)).toBe(true));
  it.each(['', 'ok', '👍👍', '👍 ', 'a👍', '👍\n', '1', '#', '<', '👍<', '\u200d', '\u202e👍', '🇩', `👍${'\u200d👍'.repeat(30)}`])('not %j', (text) => expect(isEmoji(text)).toBe(false));

  it('is never markup or more than a line, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom('', '👍', '🇩🇪'), (text, before) => {
        if (isEmoji(before + text)) expect(before + text).not.toMatch(/[\s<>&"'\p{L}\p{Cc}]/u);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a reaction as mail', () => {
  it('has the reaction first, then words, Gmail\'s own part and HTML, in the order that readers need', () => {
    const raw = mailOf(['👍']).raw.toString();
    const types = [...raw.matchAll(/^Content-Type: ([^;\r]+)/gm)].map(([, type]) => type);
    expect(types).toEqual(['multipart/alternative', 'text/plain', 'text/plain', 'text/vnd.google.email-reaction+json', 'text/html']);
    expect(raw).toMatch(/\r\n\r\n--=_\w+\r\nContent-Type: text\/plain; charset=utf-8\r\nContent-Disposition: reaction\r\n/);
    expect(raw).toContain('In-Reply-To: <m1@example.net>\r\n');
    expect(raw).toContain('Subject: Re: Meeting\r\n');
    const json = /reaction\+json[^]*?\r\n\r\n([A-Za-z0-9+/=]+)\r\n/.exec(raw)?.[1] ?? '';
    expect(JSON.parse(Buffer.from(json, 'base64').toString())).toEqual({ version: 1, emoji: '👍' });
    expect(raw.split('\r\n').every((line) => line.length <= 78)).toBe(true);
  });

  it('is words to a reader that knows no reactions', async () => {
    const parsed = await simpleParser(mailOf(['👍', '❤️']).raw);
    expect(parsed.text).toContain('Reacted with 👍 ❤️ to “Shall we <b>meet</b> & talk?”');
    expect(parsed.html).toContain('&#60;b&#62;meet');
    expect(mailOf(['👍', '❤️']).raw.toString()).not.toContain('vnd.google');
  });

  it('reads back as what it was', async () => {
    const emoji = fc.uniqueArray(fc.constantFrom('👍', '👍🏽', '❤️', '👩‍👩‍👧‍👦', '🇩🇪', '1️⃣', '🎉'), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(emoji, fc.string({ unit: 'grapheme', maxLength: 200 }), async (reactions, answeredWords) => {
        const message = fromMail(await read(new Uint8Array(mailOf(reactions, { answeredWords }).raw)), FACTS);
        expect(message).toMatchObject({ reactions, answers: { mail: ['<m1@example.net>'] }, attachments: [] });
      }),
      { numRuns: 100 },
    );
  });

  it('says only what is new', () => {
    expect(mailOf(['👍', '🎉'], { reactedBefore: ['👍'] }).raw.toString()).toContain(Buffer.from('🎉\r\n').toString('base64'));
    expect(saysNothing(reaction(['👍'], { reactedBefore: ['👍'] }))).toBe(true);
    expect(saysNothing(reaction([], { reactedBefore: ['👍'] }))).toBe(true);
    expect(saysNothing(reaction(['👍']))).toBe(false);
    expect(saysNothing(chat())).toBe(false);
  });

  it('is only words where the answered mail has no Message-ID, and an error where it is not known', async () => {
    const raw = mailOf(['👍'], { answered: { stanza: 's0' }, references: [] }).raw;
    expect((await simpleParser(raw)).text).toContain('Reacted with 👍');
    expect(raw.toString()).not.toContain('multipart');
    const { answered: _, ...unknown } = ANSWERED;
    expect(toMail(chat({ reactions: ['👍'] }, unknown), { gateway: GATEWAY, now: NOW })).toMatchObject({ kind: 'permanent', reason: 'not-supported' });
  });
});
