/** Answers in HTML: what a reader gets of them is the answer alone. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { htmlToMarked, htmlToPlain } from '../../src/translate/html-text.js';
import { cutReply } from '../../src/translate/quotes.js';
import { CLIENTS, LANGUAGES } from './reply-clients.js';

const read = (html: string) => cutReply(htmlToMarked(html));

describe.each(Object.entries(CLIENTS))('an answer by %s', (_, client) => {
  test.each(LANGUAGES.map((language) => [language.code, language] as const))('in %s', (__, language) => {
    const html = client(language);
    const { text, cutLines } = read(html);
    expect(text).toBe(language.answer);
    expect(cutLines).toBeGreaterThan(0);
    expect(htmlToPlain(html)).toContain(language.question);
  });
});

describe('what the author wants to be read stays', () => {
  test.each([
    ['a mail forwarded by Gmail', '<div dir="ltr">See below.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>From: <b>Bob</b> &lt;bob@example.net&gt;<br>Date: Tue, Jan 13, 2026 at 10:00 AM<br>Subject: Lunch<br>To: Anna<br></div><br><br><div dir="ltr">Shall we?</div></div>', 'Shall we?'],
    ['a mail forwarded by Gmail in a language of which we know no word', '<div dir="ltr">Lihat.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Pesan terusan ---------<br>Dari: Bob<br></div><br><div dir="ltr">Shall we?</div></div>', 'Shall we?'],
    ['a mail forwarded by Apple Mail', '<body>See below.<br><div><br><blockquote type="cite"><div>Begin forwarded message:</div><br><div><b>From: </b>Bob &lt;bob@example.net&gt;<br></div><div><b>Subject: </b>Lunch<br></div><div><b>Date: </b>13 January 2026<br></div><br><div>Shall we?</div></blockquote></div></body>', 'Shall we?'],
    ['a mail forwarded by Thunderbird', '<p>See below.</p><div class="moz-signature">-- <br>Anna</div><div class="moz-forward-container"><br><br>-------- Forwarded Message --------<table class="moz-email-headers-table"><tbody><tr><th>Subject: </th><td>Lunch</td></tr><tr><th>From: </th><td>Bob</td></tr></tbody></table><p>Shall we?</p></div>', 'Shall we?'],
    ['answers between the quotes in Gmail', '<div dir="ltr"><div class="gmail_quote"><div class="gmail_attr">On Tue, Jan 13, 2026 at 10:00 AM Bob &lt;bob@example.net&gt; wrote:</div><blockquote class="gmail_quote"><div>Shall we?</div></blockquote><div>Yes, gladly.</div><blockquote class="gmail_quote"><div>Where?</div></blockquote><div>At the harbour.</div></div></div>', 'At the harbour.'],
    ['answers between the quotes in Thunderbird', '<p>Hi,</p><div class="moz-cite-prefix">On 1/13/26 10:00, Bob wrote:</div><blockquote type="cite"><p>Shall we?</p></blockquote><p>Yes.</p><blockquote type="cite"><p>Where?</p></blockquote><p>At the harbour.</p><p><br></p>', 'At the harbour.'],
    ['an answer below the quote', '<div class="moz-cite-prefix">On 1/13/26 10:00, Bob wrote:</div><blockquote type="cite"><p>Shall we?</p></blockquote><p>At the harbour.</p>', 'At the harbour.'],
    ['history that the answer speaks of', '<div>Please see my answers below in red.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Bob<br><b>Sent:</b> Tuesday<br><b>To:</b> Anna<br><b>Subject:</b> Lunch</div><div>Shall we?</div><div><span style="color:red">Yes.</span></div>', 'Yes.'],
    ['history without an answer', '<div id="appendonsend"></div><div id="divRplyFwdMsg"><b>From:</b> Bob<br><b>Sent:</b> Tuesday<br><b>Subject:</b> Lunch</div><div>Shall we?</div>', 'Shall we?'],
    ['a signature without a text', '<div class="gmail_signature">Anna</div>', 'Anna'],
    ['a quotation of the author', '<p>As the poet says:</p><blockquote><p>So shaken as we are</p></blockquote>', '> So shaken as we are'],
    ['a quotation with a rule at its side', '<p>The rule is plain.</p><blockquote style="border-left:2px solid gray"><p>No dogs.</p></blockquote>', '> No dogs.'],
  ])('%s', (_, html, words) => {
    const { text, cutLines } = read(html);
    expect(text).toContain(words);
    expect(cutLines).toBe(0);
  });

  test('a forward with a signature above keeps what it forwards', () => {
    const text = 'FYI\n\n-- \nAnna\n\n---------- Forwarded message ---------\nFrom: Bob\nSubject: Lunch\n\nShall we?';
    expect(cutReply(text)).toEqual({ text, cutLines: 0 });
    expect(cutReply(text.replace('---------- Forwarded message ---------\n', ''), true).cutLines).toBe(0);
  });
});

describe('endings', () => {
  test.each([
    ['of Gmail', '<div dir="ltr">Yes.<div><br clear="all"></div><div><br></div><span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature"><div>Anna<br>Example Ltd</div></div></div>'],
    ['of Outlook on the web', '<div>Yes.</div><div id="Signature"><p>Kind regards</p><p>Anna</p></div>'],
    ['of Outlook, quoted by itself', '<div>Yes.</div><div id="x_Signature"><p>Anna</p></div>'],
    ['of a list', '<p>Yes.</p><p>_______________________________________________<br>verona mailing list -- verona@lists.example<br>To unsubscribe send an email to verona-leave@lists.example</p>'],
    ['of lawyers', '<p>Yes.</p><p>This e-mail and any attachment is confidential and intended solely for the person to whom it is addressed. If you are not that person, delete it.</p>'],
    ['of lawyers in German', '<p>Yes.</p><p>Diese E-Mail enthält vertrauliche und rechtlich geschützte Informationen. Wenn Sie nicht der Empfänger sind, informieren Sie uns bitte.</p>'],
    ['of a telephone', '<div>Yes.</div><div><br></div><div>Sent from my Galaxy</div>'],
  ])('%s', (_, html) => expect(read(html).text).toBe('Yes.'));

  test.each([
    ['This message is confidential, please.'],
    ['This mail is about the harbour, and long enough to be taken for one of those texts that the lawyers of a company want below each mail.'],
    ['Sent from my desk, is much easier than my phone.'],
    ['See you at the harbour'],
  ])('%j is no ending', (last) => expect(read(`<p>Yes.</p><p>${last}</p>`)).toEqual({ text: `Yes.\n\n${last}`, cutLines: 0 }));
});

describe('whatever it is made of', () => {
  const words = fc.constantFrom('Yes.', 'At the harbour', 'a *b* c', 'x_y_z', 'On time.', '', ' ', '-- ', '10:00');
  const piece = fc.oneof(
    words.map((text) => `<p>${text}</p>`),
    words.map((text) => `<blockquote type="cite"><p>${text}</p></blockquote>`),
    words.map((text) => `<b>${text}</b><i>${text}</i>`),
    words.map((text) => `<div class="gmail_quote"><div>${text}</div><blockquote class="gmail_quote">${text}</blockquote></div>`),
    fc.string().map((text) => text),
    fc.constantFrom('<div id="Signature">Anna</div>', '<hr>', '<br>', '<ul><li>a<ol><li>b</ul>', '<table><tr><td>a<td>b<tr><th>c', '<pre>a\n  b</pre>', '</div>', '<a href="http://a.b">c</a>', '<img alt="d">', '<s><code>e</s>'),
  );

  test('cutting leaves the first lines as they are, adds none, and counts the rest', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const marked = htmlToMarked(pieces.join(''));
        const all = htmlToPlain(pieces.join('')).split('\n');
        const { text, cutLines } = cutReply(marked);
        expect(all.slice(0, text.split('\n').length)).toEqual(text.split('\n'));
        expect(text).not.toMatch(/[\ufdd0-\ufdef]/);
        if (cutLines > 0) expect(text.trim()).not.toBe('');
        else expect(text).toBe(all.join('\n'));
      }),
      { numRuns: 1_000 },
    );
  });

  test('an answer that stands below a quotation is never lost', () => {
    const quote = fc.constantFrom('<blockquote type="cite"><p>Shall we?</p></blockquote>', '<div class="moz-cite-prefix">On 1/1/26 10:00, Bob wrote:</div>', '<blockquote class="gmail_quote">Where?</blockquote>');
    const answer = fc.integer({ min: 0, max: 99 }).map((number) => `<p>Answer number ${number}</p>`);
    fc.assert(
      fc.property(fc.array(fc.oneof(quote, answer), { maxLength: 10 }), answer, (pieces, last) => {
        const { text } = read([...pieces, last].join(''));
        for (const [words] of [...pieces, last].join('').matchAll(/Answer number \d+/g)) expect(text).toContain(words);
      }),
    );
  });
});
