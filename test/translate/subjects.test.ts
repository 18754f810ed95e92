/** Subjects of mails that come from chat. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withSubjectLine } from '../../src/translate/subject-line.js';
import { titleOf } from '../../src/translate/title.js';
import { worked } from '../worked.js';

test.each([
  ['Subject: Lunch\nAt one?', 'Lunch', 'At one?'],
  ['subject:Lunch', 'Lunch', ''],
  ['Betreff: Rechnung 7\n\n\nAnbei.', 'Rechnung 7', 'Anbei.'],
  ['Objet : Réunion\nDemain', 'Réunion', 'Demain'],
  ['Asunto: Hola\n  x', 'Hola', '  x'],
  ['Тема: Встреча\nЗавтра', 'Встреча', 'Завтра'],
  ['件名：会議\n明日', '会議', '明日'],
  ['主题: 会议\n明天', '会议', '明天'],
  ['الموضوع: غداء\nغدا', 'غداء', 'غدا'],
  ['Subject:\nAt one?', undefined, 'Subject:\nAt one?'],
  ['The subject: Lunch', undefined, 'The subject: Lunch'],
  ['> Subject: Lunch', undefined, '> Subject: Lunch'],
  ['Hi\nSubject: Lunch', undefined, 'Hi\nSubject: Lunch'],
])('the subject line of %j', (text, subject, rest) => expect(withSubjectLine(text)).toEqual({ ...(subject === undefined ? {} : { subject }), text: rest }));

describe('the title of', () => {
  test.each([
    ['Lunch at one?', 'Lunch at one?'],
    ['*Important*: the _meeting_ is off.', 'Important: the meeting is off'],
    ['Hi Bob,\n\nthe contract is ready, I attach it.', 'the contract is ready, I attach it'],
    ['Hallo Herr Müller!\nKönnen wir telefonieren?', 'Können wir telefonieren?'],
    ['你好！\n明天见面吗？', '明天见面吗？'],
    ['Hi Bob', 'Hi Bob'],
    ['Hi, can you call me?', 'Hi, can you call me?'],
    ['> quoted\nMy answer', 'My answer'],
    ['```\nlet a = 1;\n```\nDoes this work?', 'Does this work?'],
    ['```\nlet a = 1;\n```', 'Code'],
    ['https://www.example.com/very/long?x=1', 'Link: example.com'],
    ['https://www.example.com/a\nlook at this', 'look at this'],
    ['Look at https://www.example.com/very/long?x=1#y please', 'Look at example.com please'],
    ['Can you send me the contract? I need it before the end of this week, if possible.', 'Can you send me the contract?'],
    ['No. I really do not think that this is what anybody wanted from us.', 'No. I really do not think that this is what anybody wanted…'],
    ['So what we need is a longer text, which goes on, and on, and on', 'So what we need is a longer text, which goes on, and on…'],
    ['What!!!???', 'What!'],
    ['Well...', 'Well'],
    ['👍', '👍'],
    ['...', '...'],
    ['> only quoted', ''],
    ['', ''],
    ['a\u202eb\u0007c', 'ab c'],
  ])('%j', (text, title) => expect(titleOf(text)).toBe(title));

  test('any text is one short line that no field can be hidden in', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('\r', '\n', 'Bcc: x', ' ', '*', '>', '`', '\u2028', '\u0085', 'https://a.example', 'word', '。', '.', '👍', '\u202e') }), (text) => {
      const title = titleOf(text);
      // eslint-disable-next-line no-control-regex
      expect(title).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
      expect(title.length).toBeLessThanOrEqual(61);
    }));
  });

  test('takes no time for a text that is made to', () => {
    const start = process.cpuUsage();
    for (const piece of ['.', '!', ' ', '- ', 'https://', '>\n', '`', '…']) titleOf(piece.repeat(100_000));
    expect(worked(start)).toBeLessThan(500);
  });
});
