import xml, { type Element } from '@xmpp/xml';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMailAddress, parseMailAddress } from '../../src/address.js';
import { fromStanza, type StanzaMeaning } from '../../src/translate/from-stanza.js';
import { cleanText } from '../../src/translate/xml-text.js';
import { FACTS, NOW, parseStanza, plain } from './stanza-helpers.js';

const chat = (children: string, attrs = "type='chat' id='a1'"): StanzaMeaning =>
  fromStanza(parseStanza(`<message from='juliet@example.com/balcony' to='joe%b.example@mail.example.com' ${attrs}>${children}</message>`), FACTS);
const message = (children: string): Extract<StanzaMeaning, { kind: 'message' }>['message'] => {
  const meaning = chat(children);
  if (meaning.kind !== 'message') throw new Error(JSON.stringify(plain(meaning)));
  return meaning.message;
};

describe('what is encrypted never becomes a mail', () => {
  it.each([
    ["<encrypted xmlns='eu.siacs.conversations.axolotl'><payload/></encrypted>"],
    ["<encrypted xmlns='urn:xmpp:omemo:2'><payload>AA==</payload></encrypted><body>[OMEMO]</body>"],
    ["<encrypted xmlns='urn:xmpp:omemo:1'/><body>[OMEMO]</body>"],
    ["<openpgp xmlns='urn:xmpp:openpgp:0'>AAAA</openpgp>"],
    ["<x xmlns='jabber:x:encrypted'>AAAA</x><body>This message is encrypted.</body>"],
    ["<encryption xmlns='urn:xmpp:eme:0' namespace='some:future:thing'/><body>Sorry, encrypted</body>"],
    ['<body>aesgcm://up.example/f#00</body>'],
    ['<body>\n AESGCM://up.example/f#00 \n</body>'],
    ["<body> </body><x xmlns='jabber:x:oob'><url>aesgcm://up.example/f#00</url></x>"],
    ['<body>?OTR:AAMDJ+MVmSfjFZcAAAAAAQAAAAIAAA==.</body>'],
    ["<file-sharing xmlns='urn:xmpp:sfs:0'><sources><encrypted xmlns='urn:xmpp:esfs:0'/></sources></file-sharing>"],
  ])('%s', (children) => {
    const meaning = chat(children);
    expect(meaning.kind === 'refuse' && meaning.failure.reason).toBe('encrypted');
  });

  it.each(['Look at aesgcm://up.example/f#00', 'What is ?OTR:', 'aesgcm://x y'])('but a text that only speaks of it does: %s', (text) => {
    expect(message(`<body>${text}</body>`).text).toBe(text);
  });
});

describe('a stanza without a text for a reader', () => {
  it.each([
    '', '<body/>', '<body> \n </body>', "<inactive xmlns='http://jabber.org/protocol/chatstates'/>", "<received xmlns='urn:xmpp:receipts' id='x'/>",
    "<propose xmlns='urn:xmpp:jingle-message:0' id='x'/>",
    "<sent xmlns='urn:xmpp:carbons:2'/><body>x</body>", "<body xmlns='http://www.w3.org/1999/xhtml'>x</body>", '<subject> </subject>',
  ])('is dropped: %s', (children) => {
    expect(chat(children).kind).toBe('ignore');
  });

  it.each(['', "type='normal'", "type='headline'"])('with a text is none of them, of type %s', (attrs) => {
    expect(chat('<body>x</body>', attrs).kind).toBe('message');
  });
});

describe('the quotation in a reply', () => {
  const reply = (body: string, fallback: string): string =>
    message(`<body>${body}</body><reply xmlns='urn:xmpp:reply:0' id='x'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'>${fallback}</fallback>`).text;

  it.each([
    ['&gt; a\nb', "<body start='0' end='4'/>", 'b'],
    ['&gt; 👍🏽\nb', "<body start='0' end='5'/>", 'b'],
    ['b\n&gt; a', "<body start='1' end='5'/>", 'b'],
    ['xaybz', "<body start='1' end='2'/><body start='3' end='4'/>", 'xyz'],
    ['&gt; a\nb', "<body start='0' end='99'/>", '> a\nb'],
    ['&gt; a\nb', "<body start='-1' end='4'/>", '> a\nb'],
    ['&gt; a\nb', "<body start='4' end='1'/>", '> a\nb'],
    ['&gt; a\nb', '<body/>', '> a\nb'],
    ['&gt; a', "<body start='0' end='3'/>", '> a'],
  ])('%j without %s', (body, fallback, text) => {
    expect(reply(body, fallback)).toBe(text);
  });

  it('is left when it belongs to another feature, and cut by the older form', () => {
    expect(message("<body>ab</body><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:other'><body start='0' end='1'/></fallback>").text).toBe('ab');
    expect(message("<body>ab</body><fallback xmlns='urn:xmpp:feature-fallback:0' for='urn:xmpp:reply:0'><body start='0' end='1'/></fallback>").text).toBe('b');
  });
});

describe('what rides along', () => {
  it.each([
    ['2025-01-02T03:04:05Z', NOW],
    ['2025-01-02T05:04:05.0+02:00', NOW],
    ['2025-01-02T03:04:05.001Z', undefined],
    ['1969-12-31T23:59:59Z', undefined],
    ['2025-01-02', undefined],
    ['20250102T03:04:05', undefined],
    ['2025-13-02T03:04:05Z', undefined],
    ['yesterday', undefined],
  ])('a delay stamp %s', (stamp, time) => {
    expect(message(`<body>x</body><delay xmlns='urn:xmpp:delay' stamp='${stamp}'/>`).sentAt).toBe(time);
  });

  it('a long subject and name are cut, a long thread is left out', () => {
    const found = message(`<body>x</body><subject>${'s'.repeat(5_000)}</subject><nick xmlns='http://jabber.org/protocol/nick'>${'n'.repeat(500)}</nick><thread>${'t'.repeat(5_000)}</thread>`);
    expect([found.subject?.length, found.senderName?.length, found.thread]).toEqual([900, 100, undefined]);
  });

  it('a subject and a name are one line each, without what turns text round', () => {
    const found = message("<body>x</body><subject>a\n\u2028Bcc: x@y \u202eb</subject><nick xmlns='http://jabber.org/protocol/nick'> A\tB\u2066 </nick>");
    expect([found.subject, found.senderName]).toEqual(['a Bcc: x@y b', 'A B']);
  });

  it.each(['http://a b/', 'ftp://x/y', 'javascript:alert(1)', 'file:///etc/passwd', '', 'https://', `https://x/${'y'.repeat(2_000)}`])('a link is not a file: %s', (url) => {
    expect(message(`<body>x</body><x xmlns='jabber:x:oob'><url>${url}</url></x>`).attachments).toEqual([]);
  });

  it('of files, at most fifty, each with a name that is no path', () => {
    const many = Array.from({ length: 60 }, (_, at) => `<x xmlns='jabber:x:oob'><url>https://x/..%2F..%2F${at}%00%E2%80%AE.txt</url></x>`).join('');
    const names = message(`<body>x</body>${many}`).attachments.map(({ name }) => name);
    expect(names.length).toBe(50);
    expect(names[3]).toBe('3 .txt');
  });
});

describe('any stanza', () => {
  const names = ['body', 'subject', 'thread', 'error', 'received', 'request', 'reply', 'fallback', 'delay', 'x', 'url', 'file-sharing', 'sources', 'encrypted', 'nick', 'origin-id'];
  const namespaces = ['urn:xmpp:receipts', 'urn:xmpp:reply:0', 'urn:xmpp:fallback:0', 'urn:xmpp:delay', 'jabber:x:oob', 'urn:xmpp:sfs:0', 'urn:xmpp:omemo:2', 'http://jabber.org/protocol/nick', 'urn:xmpp:sid:0', undefined];
  const values = fc.oneof(fc.constantFrom('', '0', '3', '-1', 'https://x/%ZZ', 'aesgcm:x', 'wait', '01gzzzzzzzzzzzzzzzzzzzzzzz', 'urn:xmpp:reply:0'), fc.string({ unit: 'binary', maxLength: 8 }));
  const { node } = fc.letrec<{ node: Element }>((tie) => ({
    node: fc
      .tuple(fc.constantFrom(...names), fc.constantFrom(...namespaces), fc.dictionary(fc.constantFrom('id', 'stamp', 'start', 'end', 'for', 'type', 'target'), values), fc.array(fc.oneof({ depthSize: 'small' }, values, tie('node')), { maxLength: 4 }))
      .map(([name, xmlns, attrs, children]) => xml(name, { ...attrs, xmlns }, ...children)),
  }));
  const addresses = fc.oneof(fc.constantFrom('mail.example.com', 'joe%b.example@mail.example.com', 'a@b/c', 'juliet@example.com/x', ''), values);

  it('has a meaning, and a message holds only what is clean; an error is never refused', () => {
    fc.assert(
      fc.property(addresses, addresses, fc.constantFrom('chat', 'error', 'groupchat', 'headline', undefined), values, fc.array(node, { maxLength: 5 }), (from, to, type, id, children) => {
        const meaning = fromStanza(xml('message', { from, to, type, id }, ...children), FACTS);
        if (type === 'error') expect(['bounce', 'ignore']).toContain(meaning.kind);
        if (meaning.kind !== 'message') return;
        const { message: found, recipient } = meaning;
        expect(parseMailAddress(formatMailAddress(recipient))).toEqual(recipient);
        for (const text of [found.text, found.subject, found.thread, found.senderName]) if (text !== undefined) expect(cleanText(text)).toBe(text);
        // eslint-disable-next-line no-control-regex
        expect(`${found.subject}${found.senderName}`).not.toMatch(/[\x00-\x1f]/);
        expect(found.sentAt ?? 0).toBeLessThanOrEqual(NOW);
      }),
      { numRuns: 1_500 },
    );
  });
});

describe('a retraction to the gateway itself', () => {
  const toGateway = (children: string): StanzaMeaning =>
    fromStanza(parseStanza(`<message from='juliet@example.com/balcony' to='mail.example.com' type='chat' id='a1'>${children}</message>`), FACTS);
  const fallback = "<retract xmlns='urn:xmpp:message-retract:1' id='a0'/><body>I take it back, but your client cannot show it.</body>";

  it('of a message to several is refused: nobody gets the words that stand in for it', () => {
    const several = "<addresses xmlns='http://jabber.org/protocol/address'><address type='to' jid='joe%b.example@mail.example.com'/></addresses>";
    expect(toGateway(fallback + several)).toMatchObject({ kind: 'refuse', failure: { reason: 'not-supported' } });
  });

  it('of a command is no command', () => {
    expect(toGateway(fallback).kind).toBe('ignore');
  });
});
