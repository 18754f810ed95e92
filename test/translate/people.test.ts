/** Whoever gets a message blind stands in no byte of what anybody is sent; and what counts as the same subject. */
import fc from 'fast-check';
import xml from '@xmpp/xml';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/message.js';
import { topicOf } from '../../src/subject.js';
import { fromMail } from '../../src/translate/from-mail.js';
import { fromStanza } from '../../src/translate/from-stanza.js';
import { toMail } from '../../src/translate/to-mail.js';
import { toStanzas } from '../../src/translate/to-stanza.js';
import { withoutForbidden } from '../../src/translate/xml-text.js';
import { FACTS as MAIL_FACTS, good, read } from './mail-helpers.js';
import { FACTS, GATEWAY, NOW, parseStanza } from './stanza-helpers.js';

const type = fc.constantFrom('to', 'cc', 'bcc');
/** Each address is different, and those of bcc say so. */
const address = (kind: string, i: number, asUri: boolean): Record<string, string> => {
  const local = `${kind === 'bcc' ? 'blind' : 'open'}${i}`;
  return asUri ? { type: kind, uri: `mailto:${local}@b.example` } : { type: kind, jid: `${local}%b.example@mail.example.com` };
};
const addresses = fc
  .array(fc.record({ kind: type, asUri: fc.boolean(), delivered: fc.boolean(), desc: fc.option(fc.string()) }), { minLength: 1, maxLength: 50 })
  .map((all) => all.map(({ kind, asUri, delivered, desc }, i) => ({ ...address(kind, i, asUri), ...(delivered && { delivered: 'true' }), ...(desc !== null && kind !== 'bcc' && { desc: desc.replaceAll('blind', '') }) })));

describe('who gets it blind', () => {
  it('stands in no mail and no stanza, nor does anybody else stand there twice', () => {
    fc.assert(
      fc.property(addresses, (all) => {
        const stanza = xml('message', { from: 'juliet@example.com/b', to: 'mail.example.com', id: 'm', type: 'chat' }, xml('body', {}, 'Hello'), xml('addresses', { xmlns: 'http://jabber.org/protocol/address' }, ...all.map((attrs) => xml('address', attrs))));
        const meaning = fromStanza(parseStanza(withoutForbidden(stanza.toString())), FACTS);
        if (meaning.kind === 'command') return;
        if (meaning.kind !== 'people') throw new Error(meaning.kind);
        expect(meaning.recipients).toHaveLength(all.filter((one) => !('delivered' in one)).length);
        const delivery = (recipient: Delivery['recipient']): Delivery => ({ seq: 1, message: meaning.message, recipient, outlet: 'smtp', attempts: 0, context: { references: [] } });
        for (const recipient of meaning.recipients) {
          const { raw } = good(toMail(delivery(recipient), { gateway: GATEWAY, now: NOW }));
          const text = raw.toString('latin1');
          expect(text).not.toMatch(/blind|^bcc/im);
          for (const found of text.match(/open\d+@/g) ?? []) expect(text.split(found)).toHaveLength(2);
        }
        const stanzas = good(toStanzas(delivery({ kind: 'jid', local: 'nurse', domain: 'example.com', resource: '' }), { gateway: GATEWAY, maxBytes: 262_144, now: NOW }));
        expect(stanzas.join('')).not.toMatch(/blind|bcc/i);
      }),
    );
  });

  it.each(['Bcc', 'BCC', 'Resent-Bcc'])('is not told where a mail has a %s field', async (field) => {
    const mail = await read(`From: bob@example.net\nTo: carol@example.org\n${field}: blind@example.org, anna@mail.example.com\nSubject: x\n\nHello`);
    const delivery: Delivery = { seq: 1, message: fromMail(mail, MAIL_FACTS), recipient: { kind: 'jid', local: 'anna', domain: 'example.com', resource: '' }, outlet: 'xmpp', attempts: 0, context: { references: [] } };
    const stanzas = toStanzas(delivery, { gateway: GATEWAY, maxBytes: 262_144, now: NOW });
    const text = good(stanzas).join('');
    expect(text).toContain('to: carol@example.org');
    expect(text).not.toMatch(/blind|bcc|anna@mail/i);
  });
});

describe('a topic', () => {
  it.each(['Re: The feast', 'AW: Re: the  feast', 'Fwd: [verona] The feast', '[verona] Re: The feast', 'RE[2]: The\u00a0feast ', 'WG: The feast', '回复：The feast'])('%s is the same', (subject) => {
    expect(topicOf(subject)).toBe(topicOf('The feast'));
  });

  it.each(['The feasts', 'Re:', '[verona]', 'Feast', 'Reply: The feast'])('%s is another', (subject) => {
    expect(topicOf(subject)).not.toBe(topicOf('The feast'));
  });
});

describe('a long list of people', () => {
  it('leaves out what is for clients before it leaves out the message', () => {
    const named = Array.from({ length: 100 }, (_, i) => ({ address: { kind: 'mail', local: `person-with-a-long-name-${i}`, domain: 'department.example.org' } as const, name: '"'.repeat(80) }));
    const message: Delivery['message'] = { id: '01h00000000000000000000000', source: 'mail', sender: { kind: 'mail', local: 'joe', domain: 'b.example' }, origin: 'person', authenticity: 'verified', ids: {}, text: 'Hello', attachments: [], acceptedAt: NOW, wantsReceipt: false, addressees: { to: named, cc: [] } };
    const delivery: Delivery = { seq: 1, message, recipient: { kind: 'jid', local: 'anna', domain: 'example.com', resource: '' }, outlet: 'xmpp', attempts: 0, context: { references: [] } };
    const at = (maxBytes: number) => good(toStanzas(delivery, { gateway: GATEWAY, maxBytes, now: NOW }));
    expect(at(262_144)[0]?.getChild('addresses')?.getChildren('address')).toHaveLength(100);
    const [small] = at(8_192);
    expect(small?.getChild('addresses')).toBeUndefined();
    expect(small?.getChildText('body')).toContain('and 80 more');
  });
});
