/** Telephone numbers are bound by a code that goes by SMS, and are their owner's address; the clock is the test's. */
import { describe, expect, it, vi } from 'vitest';
import { formatAddress, parsePhoneNumber, type Jid, type PhoneNumber } from '../../src/address.js';
import { createCommands } from '../../src/bridge/commands.js';
import { Numbers } from '../../src/bridge/numbers.js';
import { OwnAddresses } from '../../src/bridge/own-addresses.js';
import { SEGMENT, smsText, type SmsRules } from '../../src/bridge/phone-means.js';
import { admitChat, admitMail, admitPeople, type AccessRules } from '../../src/bridge/policy.js';
import { Preferences } from '../../src/bridge/preferences.js';
import { ReplyToAll } from '../../src/bridge/reply-to-all.js';
import { parseSmsMail } from '../../src/bridge/sms-mail.js';
import { Failure, isFailure } from '../../src/failure.js';
import type { Message } from '../../src/message.js';
import type { NewMessage } from '../../src/store/new-message.js';
import type { Store } from '../../src/store/store.js';
import { openHere } from '../store/files.js';
import { chat, DAY, HOUR, jid, juliet, letter, mail, romeo as romeoMail, T0 } from '../store/samples.js';
import { rules as plain, silentServer } from './on-store.js';

const NUMBER = '+15551234567';
const nurse = jid('nurse');
const romeo = jid('romeo');
const here = (local = NUMBER) => ({ kind: 'mail' as const, local, domain: 'gw.example' });

function setUp(sms: Partial<SmsRules> = {}, store = openHere().store) {
  const time = { now: T0, running: 0 };
  const sent: NewMessage[] = [];
  const gateway = { ...plain.gateway, phones: true };
  const form = parseSmsMail('{number}@sms.example.net');
  if (form === undefined) throw new Error('no form');
  const numbers = new Numbers({ store: store.bindings, gateway, running: () => time.running });
  const rules: AccessRules = { ...plain, gateway, numbers };
  const preferences = new Preferences([], store, {});
  const send = (one: NewMessage): Promise<void> => Promise.resolve(void sent.push(one));
  const own = new OwnAddresses({ store, rules, preferences, clock: () => time.now, own: silentServer, send, phones: { numbers, sms: { mail: form, prefixes: [], codesPerDay: 100, ...sms } } });
  const commands = createCommands({ rules, preferences, store, render: () => Promise.resolve(''), more: own.commands });
  const say = (line: string, user: Jid = juliet): Promise<string> => commands.say({ ...user, resource: 'balcony' }, line);
  const code = (): string => /Code: (\d{4} \d{4})/.exec(sent.at(-1)?.message.text ?? '')?.[1] ?? '';
  const bind = async (number = NUMBER, user: Jid = juliet): Promise<string> => {
    await say(`phone ${number}`, user);
    return say(code(), user);
  };
  return { store, time, sent, numbers, rules, own, commands, say, code, bind };
}

function number(text: string): PhoneNumber {
  const read = parsePhoneNumber(text);
  if (isFailure(read)) throw new Error(read.text);
  return read;
}

describe('a phone number', () => {
  it('is bound by the code that was sent to it', async () => {
    const { say, code, sent, numbers } = setUp();
    expect(await say('phone +1 (555) 123-4567')).toBe('A code goes to +15551234567 now. Write it here within an hour.');
    expect(sent[0]?.deliveries).toMatchObject([{ outlet: 'smtp', dueAt: T0, expiresAt: T0 + HOUR }]);
    expect(sent[0]?.deliveries.map(({ recipient }) => formatAddress(recipient))).toEqual(['15551234567@sms.example.net']);
    expect(sent[0]?.message.text).toMatch(/^Code: \d{4} \d{4}\nWrite it to gw\.example in chat within an hour\./);
    expect(await say('phone')).toMatch(/^\+15551234567: its code is awaited until/);
    expect(numbers.userOf(number(NUMBER))).toBeUndefined();
    expect(await say(code(), nurse)).toMatch(/No code of yours is awaited.*"mailbox ADDRESS" or "phone NUMBER"/);
    expect(await say(code())).toBe('+15551234567 is your phone number now.');
    expect(await say('phone')).toBe('+15551234567');
    expect(await say('mailbox')).toMatch(/bound no mailbox/);
    expect(numbers.userOf(number(NUMBER))).toEqual(juliet);
    expect(await say('phone 0015551234567')).toMatch(/with \+ and the country code/);
  });

  it('is told from a mailbox whose code is awaited as well', async () => {
    const { say, code, numbers } = setUp();
    await say('mailbox kitchen@montague.example');
    const mailed = code();
    await say(`phone ${NUMBER}`);
    expect(await say(code())).toMatch(/is your phone number now/);
    expect(await say(mailed)).toBe('kitchen@montague.example is your mailbox now.');
    expect(numbers.userOf(number(NUMBER))).toEqual(juliet);
  });

  it('is known again after a restart, and no more when it is removed or its owner is forgotten', async () => {
    const { bind, say, store, numbers, own, rules } = setUp();
    await bind();
    await bind('+15557654321');
    const later = new Numbers({ store: store.bindings, gateway: rules.gateway, running: () => 0 });
    await later.load();
    expect(later.userOf(number(NUMBER))).toEqual(juliet);
    expect(await say('phone remove +1 555 123 4567')).toBe('+15551234567 is no phone number of yours any more.');
    expect(await say('phone remove +1 555 123 4567')).toBe('+15551234567 is no phone number of yours.');
    expect(numbers.userOf(number(NUMBER))).toBeUndefined();
    own.forget(juliet);
    expect(numbers.userOf(number('+15557654321'))).toBeUndefined();
  });

  it('passes to who showed last that it is his; who removes it late removes nothing', async () => {
    const { bind, say, sent, numbers } = setUp();
    await bind();
    await bind(NUMBER, nurse);
    expect(numbers.userOf(number(NUMBER))).toEqual(nurse);
    expect(sent.at(-1)?.message.text).toBe('+15551234567 is no phone number of yours any more: somebody else has shown that it is his.');
    expect(sent.at(-1)?.deliveries.map(({ recipient }) => formatAddress(recipient))).toEqual(['juliet@capulet.example']);
    expect(await say(`phone remove ${NUMBER}`)).toMatch(/is no phone number of yours/);
    await say(`phone ${NUMBER}`);
    expect(await say(`phone remove ${NUMBER}`)).toMatch(/no phone number of yours any more/);
    expect(numbers.userOf(number(NUMBER))).toEqual(nurse);
  });

  it('by form as by chat', async () => {
    const { commands, code } = setUp();
    expect(commands.list(juliet).map(({ node }) => node)).toEqual(expect.arrayContaining(['phone', 'phone-confirm', 'phone-remove']));
    expect(await commands.run(juliet, 'phone', { number: NUMBER })).toMatch(/^A code goes/);
    expect(await commands.run(juliet, 'phone-confirm', { code: code() })).toMatch(/is your phone number now/);
  });

  it('is refused, in words and in no list, where no SMS can be sent', async () => {
    const { store } = openHere();
    const preferences = new Preferences([], store, {});
    const own = new OwnAddresses({ store, rules: plain, preferences, clock: () => T0, own: silentServer, send: () => Promise.resolve() });
    const commands = createCommands({ rules: plain, preferences, store, render: () => Promise.resolve(''), more: own.commands });
    expect(await commands.say(juliet, `phone ${NUMBER}`)).toMatch(/sends no SMS/);
    expect(await commands.say(juliet, 'help')).not.toMatch(/phone/i);
    expect(commands.list(juliet).map(({ node }) => node)).not.toContain('phone');
  });
});

describe('codes by SMS', () => {
  it('are three a day for a user, and for a number', async () => {
    const { say, sent, time } = setUp();
    for (let i = 0; i < 3; i++) await say(`phone ${NUMBER}`, jid(`u${i}`));
    expect(await say(`phone ${NUMBER}`, nurse)).toMatch(/This number has been sent its codes/);
    for (const text of ['+491511234567', '+491521234567', '+491531234567']) await say(`phone ${text}`);
    await say('phone remove +491511234567');
    expect(await say('phone +491541234567')).toMatch(/sent 3 codes to phones within a day/);
    time.now += DAY;
    expect(await say('phone +491541234567')).toMatch(/^A code goes/);
    expect(sent).toHaveLength(7);
  });

  it('are counted also after a restart, and when he has left and come again', async () => {
    const { say, store } = setUp({ codesPerDay: 4 });
    for (let i = 0; i < 2; i++) await say(`phone ${NUMBER}`);
    await store.accounts.forgetUser(juliet, T0);
    const { say: sayAgain, sent, time } = setUp({ codesPerDay: 4 }, store);
    expect(await sayAgain(`phone ${NUMBER}`)).toMatch(/^A code goes/);
    expect(await sayAgain('phone +491511234567')).toMatch(/sent 3 codes to phones within a day/);
    expect(await sayAgain(`phone ${NUMBER}`, nurse)).toMatch(/This number has been sent its codes/);
    expect(await sayAgain('phone +491511234567', nurse)).toMatch(/^A code goes/);
    expect(await sayAgain('phone +491521234567', romeo)).toMatch(/codes to phones for today/);
    expect(sent).toHaveLength(2);
    time.now += DAY;
    expect(await sayAgain(`phone ${NUMBER}`, romeo)).toMatch(/^A code goes/);
  });

  it('are not sent where they cannot be counted, nor by two questions at once', async () => {
    const { say, store, sent } = setUp();
    const refusing = vi.spyOn(store.codesSent, 'codesSentSince').mockRejectedValueOnce(new Error('disk full'));
    await expect(say(`phone ${NUMBER}`)).rejects.toThrow('disk full');
    expect(sent).toEqual([]);
    await Promise.all(Array.from({ length: 9 }, (_, i) => say(`phone ${NUMBER}`, jid(`u${i}`))));
    expect([sent.length, refusing.mock.calls.length]).toEqual([3, 2]);
  });

  it('do not go to a block of numbers, whoever asks, and never to more than so many in all', async () => {
    const { say, sent } = setUp({ codesPerDay: 8 });
    for (let i = 0; i < 6; i++) await say(`phone +371200010${i}1`, jid(`u${i}`));
    expect(await say('phone +37120001099', jid('u7'))).toMatch(/Numbers like this one/);
    for (const text of ['+37120002011', '+37120003011']) await say(`phone ${text}`, jid('u8'));
    expect(await say('phone +4915112345678', jid('u9'))).toMatch(/codes to phones for today/);
    expect(sent).toHaveLength(8);
  });

  it('go where the administrator says, and to no number of no country', async () => {
    const { say, sent } = setUp({ prefixes: ['+1', '+49151'] });
    for (const text of ['+4915212345678', '+37120001011']) expect(await say(`phone ${text}`)).toMatch(/no codes to numbers of this kind/);
    expect(await say('phone +4915112345678')).toMatch(/^A code goes/);
    const anywhere = setUp();
    for (const text of ['+979123456789', '+881612345678', '+80012345678', '+882123456789']) expect(await anywhere.say(`phone ${text}`)).toMatch(/no codes to numbers of this kind/);
    expect(sent).toHaveLength(1);
  });

  it('are one message each', () => {
    for (const domain of ['a.example', 'mail.example.com', `${'x'.repeat(60)}.example.com`, `${'x'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(60)}.example.com`]) {
      const text = smsText('12345678', domain);
      expect(text).toMatch(/^Code: 1234 5678$/m);
      expect(text.length).toBeLessThanOrEqual(SEGMENT);
      // GSM 03.38, one septet each.
      expect(text).toMatch(/^[A-Za-z0-9 .,:\n-]*$/);
    }
    expect(smsText('12345678', 'mail.example.com')).toMatch(/Write it to mail\.example\.com .*\n.* ignore it\.$/);
  });
});

describe('who writes to a number', () => {
  it('by mail reaches its owner, and is told of the number alone', async () => {
    const { bind, rules } = setUp();
    expect(admitMail(here(), rules)).toMatchObject({ kind: 'permanent', reason: 'no-such-recipient' });
    await bind();
    expect(admitMail(here(), rules)).toEqual([{ outlet: 'xmpp', recipient: juliet, cameBy: here() }]);
    expect(admitMail(here(), { ...rules, allow: ['elsewhere.example'] })).toBeInstanceOf(Failure);
    expect(admitMail(here(), plain)).toEqual([{ outlet: 'xmpp', recipient: jid(NUMBER) }]);
  });

  it('by chat reaches its owner, but not among several', async () => {
    const { bind, rules } = setUp();
    await bind();
    expect(admitChat(romeo, here(), rules)).toEqual({ outlet: 'xmpp', recipient: juliet, cameBy: here() });
    expect(admitChat({ ...juliet, resource: 'x' }, here(), rules)).toMatchObject({ text: 'This is your own address.' });
    expect(admitPeople(romeo, [here(), mail('nurse')], rules)).toMatchObject({ reason: 'not-supported' });
    expect(admitChat({ ...romeo, domain: 'elsewhere.example' }, here(), rules)).toMatchObject({ reason: 'not-allowed' });
  });

  it('is not written to where an answer goes to all: its owner would answer by name', async () => {
    const { bind, rules } = setUp();
    await bind();
    const group = { to: [{ address: romeoMail }, { address: here() }, { address: here('nurse') }], cc: [] };
    const talking = { answered: {}, toAll: true, addressees: group };
    const all = new ReplyToAll({ rules, clock: () => T0, store: { usersToAll: () => Promise.resolve([]), talking: () => Promise.resolve(talking) } });
    const plan = await all.plan(chat(romeoMail, { sender: jid('paris'), toAll: true }).message, { outlet: 'smtp', recipient: romeoMail });
    expect(plan.routes.map(({ recipient }) => formatAddress(recipient))).toEqual([formatAddress(romeoMail), 'nurse@capulet.example']);
    expect(JSON.stringify([plan.message?.addressees, plan.notice?.message.text])).not.toContain(NUMBER);
  });

  it('by chat cannot try out who has one', async () => {
    const { bind, rules, time } = setUp();
    await bind();
    const tried = Array.from({ length: 20 }, (_, i) => admitChat(romeo, here(`+1555000${1000 + i}`), rules));
    expect(tried).toEqual(Array.from({ length: 20 }, () => expect.objectContaining({ reason: 'no-such-recipient' }) as unknown));
    for (const local of ['+15550009999', NUMBER]) expect(admitChat(romeo, here(local), rules)).toMatchObject({ kind: 'temporary', reason: 'limited' });
    expect(admitChat(nurse, here(), rules)).not.toBeInstanceOf(Failure);
    time.running += HOUR;
    expect(admitChat(romeo, here(), rules)).not.toBeInstanceOf(Failure);
  });

  it('is answered by the number, as long as it is his who answers', async () => {
    const { bind, own, numbers, say } = setUp();
    await bind();
    const written = `${NUMBER}@gw.example`;
    expect(own.writesBy({ ...juliet, resource: 'x' }, written)).toEqual(here());
    expect(own.writesBy(nurse, written)).toBeUndefined();
    expect(numbers.usable(juliet, 'kitchen@gw.example')).toBeUndefined();
    await say(`phone remove ${NUMBER}`);
    expect(own.writesBy(juliet, written)).toBeUndefined();
  });
});

describe('a conversation by number', () => {
  const line = (sender: Jid, to: Jid, parts: Partial<Message> = {}): NewMessage => {
    const { message, deliveries: [only] } = chat(romeoMail, { sender, ...parts });
    if (only === undefined) throw new Error('no delivery');
    return { message, deliveries: [{ ...only, outlet: 'xmpp', recipient: to }] };
  };
  const runsBy = async (store: Store, one: NewMessage): Promise<string | undefined> => {
    await store.accept([one]);
    const lanes = await store.claim('xmpp', 99, 99, T0 + 90 * DAY);
    for (const { lane, deliveries } of lanes) await store.settle({ lane, ended: deliveries.map(({ seq }) => ({ seq, state: 'handed-over' })), deferred: [], dueAt: T0, at: T0, reports: [] });
    const found = lanes.flatMap(({ deliveries }) => deliveries).find(({ message }) => message.id === one.message.id);
    if (found === undefined) throw new Error('not claimed');
    return found.context.cameBy;
  };

  it('stays one, also when its owner begins another thread, or answers after months', async () => {
    const { store } = openHere();
    const written = `${NUMBER}@gw.example`;
    await runsBy(store, line(romeo, juliet, { cameBy: here(), thread: 'a' }));
    expect(await runsBy(store, line(juliet, romeo, { thread: 'a' }))).toBe(written);
    expect(await runsBy(store, line(juliet, romeo, { thread: 'her client’s' }))).toBe(written);
    expect(await runsBy(store, line(juliet, romeo, { subject: 'Something else' }))).toBe(written);
    expect(await runsBy(store, line(juliet, romeo, { acceptedAt: T0 + 60 * DAY }))).toBe(written);
    expect(await runsBy(store, line(juliet, nurse))).toBeUndefined();
  });

  it('with somebody who writes mail to an alias stays by the alias, until the plain address is written to', async () => {
    const { store } = openHere();
    const alias = { kind: 'mail', local: 'juliet+shop', domain: 'gw.example' } as const;
    const goesOn = async (parts: Parameters<typeof chat>[1]): Promise<string | undefined> => {
      await store.accept([chat(romeoMail, { sender: juliet, ...parts })]);
      const [lane] = await store.claim('smtp', 1, 9, T0 + 90 * DAY);
      if (lane === undefined) throw new Error('not claimed');
      await store.settle({ lane: lane.lane, ended: lane.deliveries.map(({ seq }) => ({ seq, state: 'handed-over' })), deferred: [], dueAt: T0, at: T0, reports: [] });
      return lane.deliveries[0]?.context.cameBy;
    };
    await store.accept([letter(romeoMail, juliet, { cameBy: alias })]);
    expect(await goesOn({ thread: 'of her client' })).toBe('juliet+shop@gw.example');
    expect(await goesOn({ subject: 'Something else' })).toBe('juliet+shop@gw.example');
    await store.accept([letter(romeoMail, juliet)]);
    expect(await goesOn({ thread: 'a third' })).toBeUndefined();
  });
});

describe('the mail address of a number', () => {
  it.each(['{number}@sms.example.net', '{+number}@sms.example.net', 'key-{number}@sms.example.net', '{number}.sms@example.net'])('%s', (text) => {
    expect(parseSmsMail(text)).toBeDefined();
  });

  it.each(['number@sms.example.net', '{number}', '{number}{number}@sms.example.net', 'x@{number}.example.net', '{number}@', '{Number}@sms.example.net', '{number}@a b', `${'x'.repeat(60)}{number}@sms.example.net`, '<{number}@sms.example.net>'])('%s is none', (text) => {
    expect(parseSmsMail(text)).toBeUndefined();
  });
});
