/** Which text of a mail a chat user reads, and how much of it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromMail } from '../../src/translate/from-mail.js';
import { shortened } from '../../src/translate/shorten.js';
import { FACTS, read } from './mail-helpers.js';

const KEPT = { ...FACTS, original: FACTS.id, longText: 2_500 };
const PARAGRAPH = 'The ferry sails and the gulls cry over the harbour. '.repeat(8).trim();
const LONG = Array.from({ length: 20 }, (_, i) => `${i}. ${PARAGRAPH}`).join('\n\n');

describe('a long mail', () => {
  test('of a list is shown by its first paragraphs', async () => {
    const message = fromMail(await read(`List-Unsubscribe: <https://news.example/leave>\n\n${LONG}\n`), KEPT);
    expect(message.shortened).toBe(true);
    expect(LONG.startsWith(`${message.text}\n\n`)).toBe(true);
    expect(message.text.split('\n\n')).toHaveLength(3);
  });

  test('of a person may be three times as long', async () => {
    const letter = LONG.slice(0, 7_000);
    expect(fromMail(await read(`\n${letter}\n`), KEPT)).not.toHaveProperty('shortened');
    expect(fromMail(await read(`\n${LONG}\n`), KEPT).shortened).toBe(true);
  });

  test.each([
    ['there is no way to its original', { ...FACTS, longText: 2_500 }],
    ['the administrator says never', { ...KEPT, longText: 0 }],
    ['nobody said anything', { ...FACTS, original: FACTS.id }],
  ])('is shown whole where %s', async (_, facts) => {
    const message = fromMail(await read(`List-Unsubscribe: <https://news.example/leave>\n\n${LONG}\n`), facts);
    expect(message.text).toBe(LONG);
    expect(message).not.toHaveProperty('shortened');
  });

  test('is shortened after its history is cut', async () => {
    const quoted = LONG.replace(/^/gm, '> ');
    const message = fromMail(await read(`\nYes.\n\nOn Monday Bob wrote:\n${quoted}\n`), KEPT);
    expect(message.text).toBe('Yes.');
    expect(message).not.toHaveProperty('shortened');
  });
});

describe('shortening', () => {
  test.each([
    ['a short text', 'a\n\nb', undefined],
    ['paragraphs', `${'a'.repeat(50)}\n\n${'b'.repeat(50)}\n\n${'c'.repeat(90)}`, `${'a'.repeat(50)}\n\n${'b'.repeat(50)}`],
    ['many short lines', 'x\n'.repeat(10), 'x\nx'],
    ['a first paragraph that is too long, behind a sentence', `${'One two. '.repeat(10)}${'three '.repeat(60)}`, 'One two. '.repeat(10).trim()],
    ['a text without borders', 'x'.repeat(500), 'x'.repeat(120)],
    ['a text of emoji', '👩'.repeat(200), '👩'.repeat(60)],
    ['code', `\`\`\`\n${'x'.repeat(20)}\n\n${'y'.repeat(400)}\n\`\`\``, `\`\`\`\n${'x'.repeat(20)}\n\`\`\``],
  ])('%s', (_, text, expected) => expect(shortened(text, 200)).toBe(expected));

  test('does not end behind a greeting', () => {
    const short = shortened(`Dear Anna,\n\n${'One two. '.repeat(300)}`, 2_000) ?? '';
    expect(short).toMatch(/^Dear Anna,\n\nOne two\. .*two\.$/);
    expect(short.length).toBeGreaterThan(1_000);
  });

  test('leaves what would be shown whole', () => expect(shortened('a. b! c?\n!!!!!!!', 112)).toBeUndefined());

  test('shows the beginning of the text, less than it may, and never nothing', () => {
    const line = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.constantFrom('', 'word '.repeat(30), 'a. b! c?'));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), fc.integer({ min: 60, max: 2_000 }), (lines, most) => {
        const text = lines.join('\n').replaceAll('`', "'").trim();
        const short = shortened(text, most);
        if (short === undefined) return;
        expect(text.startsWith(short)).toBe(true);
        expect(short.length).toBeLessThan(text.length);
        expect(short.length).toBeLessThanOrEqual(most);
        expect(short.trim()).not.toBe('');
        expect(short).not.toMatch(/[\ud800-\udbff]$/);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('of plain text and HTML', () => {
  const both = (plain: string, html: string, head = ''): string =>
    `${head}Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n${plain}\n--b\nContent-Type: text/html\n\n${html}\n--b--\n`;
  const textOf = async (mail: string): Promise<string> => fromMail(await read(mail), FACTS).text;

  test.each([
    ['plain text is preferred', both('plain', '<b>rich</b>'), 'plain'],
    ['HTML, when plain text only points to it', both('Your mail program does not display HTML mail.', `<p>${PARAGRAPH}</p>`), PARAGRAPH],
    ['HTML, when plain text points to it in German', both('Newsletter im Browser ansehen: https://a.example', `<p>${PARAGRAPH}</p>`), PARAGRAPH],
    ['HTML, when it says much more', both('News', `<p>${PARAGRAPH}</p>`.repeat(10)), Array.from({ length: 10 }, () => PARAGRAPH).join('\n\n')],
    ['plain text that speaks of a browser and says as much', both(`Open it in your browser. ${PARAGRAPH}`, `<p>Open it in your browser. ${PARAGRAPH}</p>`), `Open it in your browser. ${PARAGRAPH}`],
    ['plain text, when the HTML is long by its markup', both('News', `<div style="color:#333333;font-family:Verdana">${'<span></span>'.repeat(500)}News</div>`), 'News'],
    ['HTML of an answer, when it alone tells history', both('Ja\n\nwer schrub\n\nGehst du?', '<div>Ja</div><div id="appendonsend"></div><div>wer schrub</div><p>Gehst du?</p>', 'In-Reply-To: <1@a.example>\n'), 'Ja'],
    ['plain text of a first mail', both('Ja\n\nAnna', '<div>Ja</div><div id="Signature">Anna</div>'), 'Ja\n\nAnna'],
  ])('%s', async (_, mail, text) => expect(await textOf(mail)).toBe(text));
});
