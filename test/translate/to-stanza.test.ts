import type { Element } from '@xmpp/xml';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFailure } from '../../src/failure.js';
import type { Delivery, Message } from '../../src/message.js';
import { fromStanza } from '../../src/translate/from-stanza.js';
import { toStanzas } from '../../src/translate/to-stanza.js';
import { FACTS, GATEWAY, NOW, parseStanza, strictText } from './stanza-helpers.js';

const MESSAGE: Message = {
  id: '01gzzzzzzzzzzzzzzzzzzzzzzz',
  source: 'mail',
  sender: { kind: 'mail', local: 'joe', domain: 'b.example' },
  origin: 'person',
  authenticity: 'verified',
  ids: { stanza: '01gzzzzzzzzzzzzzzzzzzzzzzz', mail: '<m1@b.example>' },
  text: 'Hello',
  attachments: [],
  acceptedAt: NOW,
  wantsReceipt: false,
};
const USER = { kind: 'jid', local: 'juliet', domain: 'example.com', resource: '' } as const;

const deliveryOf = (message: Partial<Message>): Delivery => ({
  seq: 1, message: { ...MESSAGE, ...message }, recipient: USER, outlet: 'xmpp', attempts: 0, context: { references: [] },
});
const stanzas = (message: Partial<Message>, maxBytes: number): Element[] => {
  const made = toStanzas(deliveryOf(message), { gateway: GATEWAY, maxBytes, now: NOW });
  if (isFailure(made)) throw new Error(made.text);
  return made;
};
const body = (stanza: Element): string => stanza.getChildText('body') ?? '';

const WORLD = { Chinese: '你好，世界。', Arabic: 'مرحبا بالعالم\n', emoji: '👩‍👩‍👧🇩🇪👋🏽', markup: '<&>"\' ]]> ' };

describe('what was cut', () => {
  const bodyWith = (hint: string): string => {
    const made = toStanzas(deliveryOf({ cutLines: 3 }), { gateway: GATEWAY, maxBytes: 512_000, now: NOW, originalHint: () => hint });
    return isFailure(made) ? made.text : made.map(body).join();
  };

  it('is behind a link that ends the line, or to be asked for', () => {
    expect(bodyWith('https://mail.example.com/m/a-v-b-c')).toBe('Hello\n\n[… 3 lines] https://mail.example.com/m/a-v-b-c');
    expect(bodyWith('write "original 1"')).toBe('Hello\n\n[… 3 lines; write "original 1"]');
  });
});

describe('a name that looks like an address', () => {
  it.each(['ceo@victim.example', 'ceo＠victim.example', 'ceo﹫victim.example'])('is not shown: %s', (senderName) => {
    expect(stanzas({ senderName }, 512_000)[0]?.getChild('nick')).toBeUndefined();
  });
});

describe.each(Object.entries(WORLD))('200 KB of %s', (_, unit) => {
  const text = unit.repeat(Math.ceil(200_000 / Buffer.byteLength(unit)));

  it('arrives byte for byte in one stanza when it fits', () => {
    const [stanza, ...more] = stanzas({ text }, 1_000_000);
    expect(more).toEqual([]);
    expect(body(parseStanza(String(stanza)))).toBe(text);
  });

  it('arrives byte for byte in parts that say so when it does not', () => {
    const made = stanzas({ text, subject: 'Long' }, 65_536);
    const parts = made.map((stanza, index) => {
      expect(Buffer.byteLength(stanza.toString())).toBeLessThanOrEqual(65_536);
      const prefix = `(${index + 1}/${made.length})\n`;
      const part = body(parseStanza(stanza.toString()));
      expect(part.slice(0, prefix.length)).toBe(prefix);
      return part.slice(prefix.length);
    });
    expect(parts.join('')).toBe(`Subject: Long\n\n${text}`);
    expect(made.map(({ attrs }) => attrs.id)).toEqual(made.map((__, index) => (index === 0 ? MESSAGE.id : `${MESSAGE.id}.${index + 1}`)));
    expect(made.map((stanza) => stanza.getChild('subject') !== undefined)).toEqual(made.map((__, index) => index === 0));
    expect(made.map((stanza) => stanza.getChild('request') !== undefined)).toEqual(made.map((__, index) => index === made.length - 1));
  });

  it('comes from chat byte for byte', () => {
    const escaped = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
    const meaning = fromStanza(parseStanza(`<message from='j@example.com/x' to='joe%b.example@mail.example.com'><body>${escaped}</body></message>`), FACTS);
    expect(meaning.kind === 'message' && meaning.message.text === text).toBe(true);
  });
});

describe('a delivery', () => {
  it('is the same at every try', () => {
    expect(stanzas({ text: 'x'.repeat(40_000) }, 9_000).map(String)).toEqual(stanzas({ text: 'x'.repeat(40_000) }, 9_000).map(String));
  });

  it.each([
    ['a text in more than fifty parts', deliveryOf({ text: 'x'.repeat(9_000 * 51) }), 'too-large'],
    ['a subject that fills the stanza', deliveryOf({ subject: 'x'.repeat(9_000) }), 'too-large'],
    ['a recipient that is no chat user', { ...deliveryOf({}), recipient: MESSAGE.sender }, 'bad-address'],
    ['a sender of the gateway itself', deliveryOf({ sender: { kind: 'mail', local: 'a', domain: GATEWAY.domain } }), 'no-such-recipient'],
  ])('fails for good: %s', (_, delivery, reason) => {
    const made = toStanzas(delivery, { gateway: GATEWAY, maxBytes: 9_000, now: NOW });
    expect(isFailure(made) && `${made.kind} ${made.reason}`).toBe(`permanent ${reason}`);
  });

  it('is well-formed XML within the limit, whatever the mail holds', () => {
    const foreign = fc.string({ unit: 'binary', maxLength: 300 });
    const broken = fc.array(fc.constantFrom('\0', '\x1b', '\ufffe', '\ud83d', '\u{1f600}', '<', '&', ']]>', '\r', 'a'), { maxLength: 200 }).map((pieces) => pieces.join(''));
    const any = fc.oneof(foreign, broken);
    fc.assert(
      fc.property(any, any, any, any, (text, subject, senderName, name) => {
        const attachments = [{ name, type: 'x/y', size: 1, where: { part: 0 } }];
        const made = toStanzas(
          { ...deliveryOf({ text, subject, senderName, attachments }), context: { references: [], thread: name, answered: { stanza: text } } },
          { gateway: GATEWAY, maxBytes: 8_192, now: NOW },
        );
        if (isFailure(made)) throw new Error(made.text);
        for (const stanza of made) {
          strictText(stanza.toString());
          expect(Buffer.byteLength(stanza.toString())).toBeLessThanOrEqual(8_192);
          expect(body(stanza)).not.toBe('');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('files that are somewhere', () => {
  const file = (name: string, part: number) => ({ name, type: 'image/png', size: 5, where: { part } });
  const url = (name: string): string => `https://upload.example.com/${name}`;
  const sent = (message: Partial<Message>, placed: readonly number[]): Element[] => {
    const places = new Map(placed.map((at) => [at, { url: url(String(at)), sha256: 'AA==' }]));
    const stanzas = toStanzas(deliveryOf(message), { gateway: GATEWAY, maxBytes: 100_000, now: NOW, placed: places });
    if (isFailure(stanzas)) throw new Error(stanzas.text);
    return stanzas;
  };
  const bodies = (stanzas: readonly Element[]): (string | null | undefined)[] => stanzas.map((stanza) => stanza.getChildText('body'));
  const receipts = (stanzas: readonly Element[]): boolean[] => stanzas.map((stanza) => stanza.getChild('request') !== undefined);

  it('are messages of their own behind the text, which names only the others', () => {
    const stanzas = sent({ text: 'Look', attachments: [file('a', 0), file('b', 1), file('c', 2)] }, [0, 2]);
    expect(bodies(stanzas)).toEqual(['Look\n\n[file: b, 5 bytes]', url('0'), url('2')]);
    expect(receipts(stanzas)).toEqual([false, false, true]);
    expect(new Set(stanzas.map(({ attrs }) => attrs.id)).size).toBe(3);
  });

  it('are all there is of a mail without words', () => {
    const stanzas = sent({ text: '', senderName: 'Romeo', attachments: [file('a', 0)] }, [0]);
    expect(bodies(stanzas)).toEqual([url('0')]);
    expect(receipts(stanzas)).toEqual([true]);
    expect(stanzas[0]?.getChildText('nick')).toBe('Romeo');
    expect(bodies(sent({ text: '', attachments: [file('a', 0)], authenticity: 'unverified' }, [0]))).toEqual([expect.stringContaining('not verified'), url('0')]);
  });

  it('have names that harm no stream', () => {
    for (const name of ['a\u0000b', '<x>&"', 'x\ud800y', '\ufffe']) {
      const [stanza] = sent({ text: '', attachments: [file(name, 0)] }, [0]);
      expect(strictText(String(stanza))).toContain(url('0'));
    }
  });
});

describe('a receipt', () => {
  const delivered = (local: string, addressedAs: string): Element[] => {
    const recipient = { kind: 'mail', local, domain: 'b.example' } as const;
    const report = { state: 'delivered', about: { id: MESSAGE.id, ids: { stanza: 's1' }, acceptedAt: NOW, addressedAs }, recipient } as const;
    return stanzas({ source: 'gateway', sender: recipient, report }, 512_000);
  };

  it('comes from a contact only when the contact has it, not another of those it was sent to', () => {
    expect(delivered('joe', 'joe%b.example@mail.example.com')[0]?.attrs.from).toBe('joe%b.example@mail.example.com');
    expect(delivered('joe', 'joe\\40b.example@mail.example.com')).toHaveLength(1);
    expect(delivered('ann', 'mail.example.com')[0]?.attrs.from).toBe('mail.example.com');
    expect(delivered('ann', 'joe%b.example@mail.example.com')).toEqual([]);
  });
});

describe('who answers by his telephone number', () => {
  const gateway = { ...GATEWAY, phones: true };
  const number = { kind: 'mail', local: '+15551234567', domain: GATEWAY.domain } as const;
  const joe = { address: { kind: 'mail', local: 'joe', domain: 'b.example' } } as const;

  it.each(['example.com', 'b.example'])('is named by nothing else to the chat users among several (%s)', (domain) => {
    const nurse = { kind: 'jid', local: 'nurse', domain, resource: '' } as const;
    const delivery = deliveryOf({ source: 'xmpp', sender: nurse, addressees: { to: [joe], cc: [{ address: { ...number, local: 'romeo' } }] } });
    const told = (seenBy?: () => typeof number): string => {
      const made = toStanzas(delivery, { gateway, maxBytes: 512_000, now: NOW, ...(seenBy && { seenBy }) });
      return isFailure(made) ? made.text : made.map(String).join();
    };
    expect(told()).toContain('nurse');
    expect(told(() => number)).not.toContain('nurse');
    expect(told(() => number)).toContain('type="to" jid="joe%b.example@mail.example.com"');
  });
});
