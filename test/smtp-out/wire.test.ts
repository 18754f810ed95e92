/** What stands on the wire: one address each way, exactly as it is; and what the relay's offers change. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatMailAddress, parseMailAddress, type MailAddress } from '../../src/address.js';
import { Failure } from '../../src/failure.js';
import type { Delivery, Message } from '../../src/message.js';
import { envelopeOf, wireAddress } from '../../src/smtp-out/envelope.js';
import type { RelayClient } from '../../src/smtp-out/relay-client.js';
import { clientFor, ENVELOPE, outcomeBy, RAW, settingsFor } from './harness.js';
import { ScriptedRelay } from './scripted-relay.js';

const ALL = ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'DSN', 'SIZE 1000'];
let relay: ScriptedRelay;
let client: RelayClient;

beforeAll(async () => {
  relay = await ScriptedRelay.start({ offers: ALL });
  client = clientFor(settingsFor(relay.port));
});
afterAll(async () => {
  client.close();
  await relay.stop();
});
beforeEach(() => {
  relay.commands.length = 0;
  relay.mails.length = 0;
});

const sender: MailAddress = { kind: 'mail', local: 'bounces+01j9', domain: 'gw.example' };
const message: Message = {
  id: '01j9zzzzzzzzzzzzzzzzzzzzzz',
  source: 'xmpp',
  sender: { kind: 'jid', local: 'ann', domain: 'home.example', resource: '' },
  origin: 'person',
  authenticity: 'verified',
  ids: {},
  text: 'x',
  attachments: [],
  acceptedAt: 0,
  wantsReceipt: false,
};
const delivery = (recipient: MailAddress, changes: Partial<Message> = {}): Delivery => ({
  seq: 1,
  message: { ...message, ...changes },
  recipient,
  outlet: 'smtp',
  attempts: 0,
  context: { references: [] },
});

async function send(to: MailAddress, from: MailAddress | null = sender, changes: Partial<Message> = {}, utf8 = false) {
  const envelope = envelopeOf(delivery(to, changes), from, utf8);
  return envelope instanceof Failure ? envelope : outcomeBy(client, envelope);
}
const said = (verb: string): string[] => relay.commands.filter((line) => line.startsWith(verb));
const parsed = (text: string): MailAddress => {
  const address = parseMailAddress(text);
  if (address instanceof Failure) throw new Error(text);
  return address;
};

describe('addresses', () => {
  it.each(['bob@there.example', '"joe blow"@there.example', '"a,b"@there.example', '"a\\"b\\\\c"@there.example', "o'brien@there.example", '用户@there.example', 'bob@xn--bcher-kva.example'])(
    '%s reaches the wire as it is',
    async (text) => {
      await send(parsed(text));
      expect(said('RCPT').map((line) => line.slice(0, line.indexOf('>') + 1))).toEqual([`RCPT TO:<${text}>`]);
      expect(said('MAIL')[0]).toMatch(/^MAIL FROM:<bounces\+01j9@gw\.example> /);
    },
  );

  it('an IDN goes as A-labels', async () => {
    await send(parsed('bob@bücher.example'));
    expect(said('RCPT')[0]).toContain('<bob@xn--bcher-kva.example>');
  });

  it('whatever stands in an address, at most one transaction to that very address is made', async () => {
    const nasty = fc.constantFrom('\r\n', '\n', '\r', ',', '<', '>', ' ', '"', '\\', '@', ';', ':', '(', ')', '%', '\0', '\u2028', '\u0085', '\u010d\u010a', '​', '­', '。', 'RCPT TO:<evil@e.example>', 'ü', '\ud800');
    const piece = fc.oneof(nasty, fc.string({ unit: 'grapheme', maxLength: 6 }), fc.constantFrom('a', 'b@b.example', '.'));
    const text = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));
    await fc.assert(
      fc.asyncProperty(text, fc.oneof({ weight: 3, arbitrary: fc.constant('b.example') }, { weight: 1, arbitrary: text }), async (local, domain) => {
        relay.commands.length = 0;
        const address: MailAddress = { kind: 'mail', local, domain };
        const result = await send(address);
        expect(relay.commands.map((line) => line.split(/[ :]/)[0])).toEqual(
          result instanceof Failure ? [] : expect.arrayContaining(['MAIL', 'RCPT', 'DATA']),
        );
        if (result instanceof Failure) return;
        expect(said('MAIL').length).toBe(1);
        expect(said('RCPT').map((line) => line.replace(/ NOTIFY=.*$/, ''))).toEqual([`RCPT TO:<${formatMailAddress(address)}>`]);
        expect(relay.commands.length - said('EHLO').length).toBe(3);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['a\r\nRCPT TO:<evil@e.example>', 'b.example'],
    ['a', 'b.example\r\nRCPT TO:<evil@e.example>'],
    ['a', 'b.example,evil@e.example'],
    ['a>x<b', 'b.example'],
    ['a\u2028b', 'b.example'],
    ['a', 'exa\u200bmple.com'],
    ['a', 'B.example'],
  ])('%j @ %j never leaves', (local, domain) => {
    expect(wireAddress({ kind: 'mail', local, domain })).toBeInstanceOf(Failure);
  });
});

describe('the null return path of a report', () => {
  it('is empty and asks for no DSN', async () => {
    await send(parsed('bob@there.example'), null);
    expect(said('MAIL')).toEqual([`MAIL FROM:<> SIZE=${RAW.length}`]);
    expect(said('RCPT')).toEqual(['RCPT TO:<bob@there.example>']);
  });
});

describe('DSN (RFC 3461)', () => {
  it('names the message and asks for failures and delays', async () => {
    await send(parsed('bob+x@there.example'));
    expect(said('MAIL')[0]).toContain(` RET=HDRS ENVID=${message.id}`);
    expect(said('RCPT')).toEqual(['RCPT TO:<bob+x@there.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;bob+2Bx@there.example']);
  });

  it('asks for success where the sender wants a receipt', async () => {
    await send(parsed('bob@there.example'), sender, { wantsReceipt: true });
    expect(said('RCPT')[0]).toContain(' NOTIFY=FAILURE,DELAY,SUCCESS');
  });

  it('an id cannot inject', async () => {
    await send(parsed('bob@there.example'), sender, { id: 'a\r\nRSET b=+' });
    expect(said('MAIL')[0]).toContain(' ENVID=a+0D+0ARSET+20b+3D+2B');
    expect(said('RSET')).toEqual([]);
  });
});

describe('SMTPUTF8 (RFC 6531)', () => {
  it('is said for a non-ASCII recipient', async () => {
    await send(parsed('用户@there.example'));
    expect(said('MAIL')[0]).toMatch(/ SMTPUTF8\b/);
    expect(said('MAIL')[0]?.match(/SMTPUTF8/g)).toHaveLength(1);
    expect(said('RCPT')[0]).not.toContain('ORCPT');
  });

  it('is said for non-ASCII header fields under an ASCII envelope, and not for the next message', async () => {
    await send(parsed('bob@there.example'), sender, {}, true);
    await send(parsed('bob@there.example'));
    expect(said('MAIL').map((line) => / SMTPUTF8\b/.test(line))).toEqual([true, false]);
  });
});

describe('a relay that offers nothing', () => {
  it('gets no parameter, no SMTPUTF8 mail, and any size', async () => {
    const plain = await ScriptedRelay.start({});
    const other = clientFor(settingsFor(plain.port));
    expect(await outcomeBy(other, { ...ENVELOPE, utf8: true })).toEqual({ state: 'refusal', refusal: 'needs-utf8' });
    const envelope = envelopeOf(delivery(parsed('bob@there.example')), sender, false);
    if (envelope instanceof Failure) throw new Error('envelope');
    expect((await outcomeBy(other, envelope, Buffer.alloc(5_000, 'a'))).state).toBe('taken');
    expect(plain.commands).toEqual(['EHLO gw.example', 'MAIL FROM:<bounces+01j9@gw.example>', 'RCPT TO:<bob@there.example>', 'DATA']);
    other.close();
    await plain.stop();
  });
});

describe('SIZE (RFC 1870)', () => {
  it('a message above it is not even begun', async () => {
    expect(await outcomeBy(client, ENVELOPE, Buffer.alloc(1_001, 'a'))).toEqual({ state: 'refusal', refusal: 'too-large' });
    expect(said('MAIL')).toEqual([]);
  });
});

describe('the message', () => {
  it('leaves with CRLF and stuffed dots, whatever is in it, and comes out the same', async () => {
    const line = fc.oneof(fc.constantFrom('.', '..', '.a', '', 'MAIL FROM:<x@y>', 'a.'), fc.string({ unit: 'grapheme-ascii', maxLength: 20 }));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
        relay.mails.length = 0;
        relay.commands.length = 0;
        const raw = Buffer.from(`Subject: x\r\n\r\n${lines.map((text) => text.replace(/[\r\n]/g, '')).join('\r\n')}\r\n`);
        await outcomeBy(client, ENVELOPE, raw);
        expect(relay.mails.map((mail) => mail.raw.toString())).toEqual([raw.toString()]);
        expect(relay.commands.filter((command) => !command.startsWith('EHLO'))).toHaveLength(3);
      }),
      { numRuns: 150 },
    );
  });

  it('arrives whole when it is large', async () => {
    const wide = await ScriptedRelay.start({ offers: ['PIPELINING'] });
    const other = clientFor(settingsFor(wide.port));
    const raw = Buffer.from(`Subject: x\r\n\r\n${'.a line that begins with a dot\r\n'.repeat(100_000)}`);
    expect((await outcomeBy(other, ENVELOPE, raw)).state).toBe('taken');
    expect(wide.mails[0]?.raw.equals(raw)).toBe(true);
    other.close();
    await wide.stop();
  });

  it.each(['\n.\nMAIL FROM:<x@y>\n', '\r.\rMAIL FROM:<x@y>\r', '\r\n.\nMAIL FROM:<x@y>\n', '\n.\r\nMAIL FROM:<x@y>\r\n'])('smuggles nothing: %j', async (body) => {
    await outcomeBy(client, ENVELOPE, Buffer.from(`Subject: x\r\n\r\na${body}`));
    expect(said('MAIL')).toHaveLength(1);
    expect(relay.mails).toHaveLength(1);
    expect(relay.mails[0]?.raw.toString('latin1')).not.toMatch(/(^|[^\r])\n|\r([^\n]|$)/);
  });
});
