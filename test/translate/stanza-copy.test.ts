import { describe, expect, it } from 'vitest';
import { fromStanza, type StanzaMeaning } from '../../src/translate/from-stanza.js';
import { FACTS, parseStanza } from './stanza-helpers.js';

const copy = ({ by = 'example.com', from = 'nurse@example.com/x', to = 'romeo@example.com', children = '<body>Anon!</body>', at = 'mail.example.com' } = {}): StanzaMeaning =>
  fromStanza(
    parseStanza(
      `<message from='${by}' to='${at}'><offline xmlns='urn:stanzapost:offline:0'/><forwarded xmlns='urn:xmpp:forward:0'>
       <message xmlns='jabber:client' from='${from}' to='${to}' type='chat' id='n1'>${children}</message></forwarded></message>`,
    ),
    FACTS,
  );

describe('a copy of what the home server keeps', () => {
  it('is the message as its author wrote it to the contact, and answers him nothing', () => {
    const meaning = copy({ children: "<body>/mail Anon!</body><request xmlns='urn:xmpp:receipts'/>" });
    expect(meaning).toMatchObject({ kind: 'copy', from: { local: 'nurse' }, recipient: { local: 'romeo', domain: 'mail.example.com' }, message: { text: 'Anon!', wantsReceipt: false, addressedAs: 'romeo@mail.example.com' } });
    expect(meaning.kind === 'copy' && ['returnTo' in meaning.message, 'asMail' in meaning.message]).toEqual([false, false]);
  });

  it.each([
    ['a user', { by: 'tybalt@example.com/x' }],
    ['another server', { by: 'evil.example' }],
    ['a server below the home one', { by: 'pubsub.example.com' }],
    ['the home server, for another server', { to: 'romeo@evil.example' }],
    ['the home server, of what the gateway wrote', { from: 'juliet@mail.example.com' }],
    ['the home server, at a contact', { at: 'joe%b.example@mail.example.com' }],
  ])('is none by %s', (_, facts) => {
    expect(copy(facts).kind).not.toBe('copy');
  });

  it.each([
    ['encrypted', "<body>x</body><encrypted xmlns='urn:xmpp:omemo:2'/>"],
    ['empty', "<composing xmlns='http://jabber.org/protocol/chatstates'/>"],
    ['taken back', "<body>x</body><retract xmlns='urn:xmpp:message-retract:1' id='n0'/>"],
    ['a reaction', "<reactions xmlns='urn:xmpp:reactions:0' id='n0'><reaction>🌹</reaction></reactions>"],
  ])('is dropped without a word when it is %s', (_, children) => {
    expect(copy({ children }).kind).toBe('ignore');
  });
});
