/** Mailboxes are bound by a code that was mailed there; the clock is the test's. */
import { describe, expect, it } from 'vitest';
import { formatAddress, type Jid } from '../../src/address.js';
import { formatCode, newCode, parseCode } from '../../src/bridge/code.js';
import { createCommands } from '../../src/bridge/commands.js';
import { Mailboxes } from '../../src/bridge/mailboxes.js';
import { Preferences } from '../../src/bridge/preferences.js';
import { OwnAddresses } from '../../src/bridge/own-addresses.js';
import { isFailure } from '../../src/failure.js';
import type { NewMessage } from '../../src/store/new-message.js';
import { openHere } from '../store/files.js';
import { DAY, HOUR, jid, juliet, mail, T0 } from '../store/samples.js';
import { rules, silentServer } from './on-store.js';

function setUp({ store, db }: Pick<ReturnType<typeof openHere>, 'store' | 'db'> = openHere()) {
  const time = { now: T0 };
  const sent: NewMessage[] = [];
  const clock = (): number => time.now;
  const { gateway } = rules;
  const send = (one: NewMessage): Promise<void> => Promise.resolve(void sent.push(one));
  const preferences = new Preferences([], store, {});
  const own = new OwnAddresses({ store, rules, preferences, clock, own: silentServer, send });
  const commands = createCommands({ rules, preferences, store, render: () => Promise.resolve(''), more: own.commands });
  const say = (line: string, user: Jid = juliet): Promise<string> => commands.say({ ...user, resource: 'balcony' }, line);
  const code = (): string => /Code: ([\d ]+)/.exec(sent.at(-1)?.message.text ?? '')?.[1] ?? '';
  const published = new Map<string, ReturnType<typeof mail>>();
  const shutOut = new Set<string>();
  const mailboxes = new Mailboxes({ bindings: store.bindings, gateway, isBlocked: (address) => shutOut.has(formatAddress(address)), published: (user) => Promise.resolve(published.get(user.local)) });
  return { store, db, time, sent, say, code, mailboxes, published, shutOut };
}

const other = (code: string): string => (code.startsWith('0') ? `1${code.slice(1)}` : `0${code.slice(1)}`);
const nurse = jid('nurse');

it('gets nothing while it is blocked for everybody, bound or published', async () => {
  const { say, code, mailboxes, published, shutOut } = setUp();
  await say('mailbox kitchen@montague.example');
  await say(code());
  published.set('juliet', mail('published'));
  shutOut.add('kitchen@montague.example');
  expect(await mailboxes.verifiedOf(juliet)).toBeUndefined();
  expect(await mailboxes.mailboxOf(juliet)).toEqual(mail('published'));
  shutOut.add('published@montague.example');
  expect(await mailboxes.mailboxOf(juliet)).toBeUndefined();
  shutOut.clear();
  expect(await mailboxes.mailboxOf(juliet)).toEqual(mail('kitchen'));
});

describe('a code', () => {
  it('has eight digits, in groups for reading, with or without spaces when typed', () => {
    const code = newCode();
    expect(code).toMatch(/^\d{8}$/);
    expect(parseCode(formatCode(code))).toBe(code);
    expect(parseCode(`${code.slice(0, 4)}-${code.slice(4)}`)).toBe(code);
    for (const text of ['1234567', '123456789', '1234567a', '١٢٣٤٥٦٧٨', '']) expect(parseCode(text)).toBeUndefined();
  });

  it('is mailed by the gateway, with no word of who asked for it', async () => {
    const { say, sent, db } = setUp();
    expect(await say('mailbox Juliet.Capulet+evil=words@montague.example')).toMatch(/^A code goes to/);
    const [one] = sent;
    expect(one?.message).toMatchObject({ source: 'gateway', sender: { local: '', domain: 'gw.example' }, origin: 'auto-generated' });
    expect(one?.message).not.toHaveProperty('returnTo');
    expect(one?.message.text).toMatch(/^The chat user juliet@capulet\.example wants/);
    expect(one?.message.text + (one?.message.subject ?? '')).not.toMatch(/evil/);
    expect(one?.deliveries).toMatchObject([{ outlet: 'smtp', dueAt: T0, expiresAt: T0 + HOUR }]);
    const kept = db.prepare<[], { code_hash: Uint8Array }>('SELECT code_hash FROM bindings').all();
    expect(kept).toHaveLength(1);
    expect(Buffer.from(kept[0]?.code_hash ?? []).toString('latin1')).not.toContain(parseCode(/Code: ([\d ]+)/.exec(one?.message.text ?? '')?.[1] ?? '') ?? 'no code');
  });

  it('alone in a line confirms, for who asked and nobody else', async () => {
    const { say, code, mailboxes } = setUp();
    await say('mailbox kitchen@montague.example');
    expect(await say(code(), nurse)).toMatch(/No code of yours is awaited/);
    expect(await say(code())).toBe('kitchen@montague.example is your mailbox now.');
    expect(await say(code())).toMatch(/No code of yours is awaited/);
    expect(await mailboxes.mailboxOf({ ...juliet, resource: 'balcony' })).toEqual(mail('kitchen'));
    expect(await mailboxes.userOf(mail('KITCHEN'))).toEqual(juliet);
  });

  it('is good for five tries and an hour', async () => {
    const { say, code, time } = setUp();
    await say('mailbox kitchen@montague.example');
    expect(await say(`mailbox confirm ${other(code())}`)).toBe('This is not the code. You have 4 more tries.');
    for (let i = 0; i < 4; i++) await say(other(code()));
    expect(await say(code())).toMatch(/tried too often/);
    await say('mailbox kitchen@montague.example');
    time.now += HOUR;
    expect(await say(code())).toMatch(/has expired/);
    await say('mailbox kitchen@montague.example');
    time.now += HOUR - 1;
    expect(await say(code())).toMatch(/is your mailbox now/);
  });

  it.each(['gw.example', 'GW.example'])('is not mailed to the gateway itself (%s)', async (domain) => {
    const { say, sent } = setUp();
    expect(await say(`mailbox nurse@${domain}`)).toMatch(/address of the gateway itself/);
    expect(await say('mailbox no address')).toMatch(/not a mail address/);
    expect(await say('mailbox a@b.example\r\nBcc: c@d.example')).toMatch(/not a mail address/);
    expect(sent).toEqual([]);
  });
});

describe('codes are mailed', () => {
  it('so often to one mailbox, however it is spelt and whoever asks', async () => {
    const { say, sent, time } = setUp();
    await say('mailbox kitchen@montague.example');
    await say('mailbox Kitchen+2@montague.example', nurse);
    await say('mailbox kit.chen@montague.example', jid('tybalt'));
    expect(await say('mailbox kitchen+3@montague.example', jid('paris'))).toMatch(/try again tomorrow/);
    time.now += DAY;
    expect(await say('mailbox kitchen+3@montague.example', jid('paris'))).toMatch(/^A code goes/);
    expect(sent).toHaveLength(4);
  });

  it('so often for one user', async () => {
    const { say, sent, time } = setUp();
    for (let i = 0; i < 5; i++) await say(`mailbox m${i}@montague.example`);
    expect(await say('mailbox m5@montague.example')).toMatch(/5 codes within an hour/);
    time.now += HOUR;
    expect(await say('mailbox m5@montague.example')).toMatch(/^A code goes/);
    expect(sent).toHaveLength(6);
  });

  it('and are counted also after a restart, with no word of who asked', async () => {
    const { say, store, db } = setUp();
    for (let i = 0; i < 3; i++) await say('mailbox kitchen@montague.example');
    const { say: sayAgain, sent, time } = setUp({ store, db });
    expect(await sayAgain('mailbox kitchen@montague.example', nurse)).toMatch(/try again tomorrow/);
    expect(sent).toEqual([]);
    expect(JSON.stringify(db.prepare('SELECT * FROM codes_sent').all())).not.toMatch(/kitchen|juliet|nurse|montague/);
    await store.prune(time.now + 2 * DAY + 1);
    expect(db.prepare('SELECT * FROM codes_sent').all()).toEqual([]);
  });

  it('so often in all', async () => {
    const { say, sent } = setUp();
    for (let i = 0; i < 200; i++) await say(`mailbox m${i}@montague.example`, jid(`u${i}`));
    expect(await say('mailbox last@montague.example')).toMatch(/very many codes/);
    expect(sent).toHaveLength(200);
  });
});

describe('mailboxes', () => {
  it('pass to who verified last, and the former is told', async () => {
    const { say, code, sent, mailboxes } = setUp();
    await say('mailbox kitchen@montague.example');
    await say(code());
    await say('mailbox kitchen@montague.example', nurse);
    expect(await mailboxes.userOf(mail('kitchen'))).toEqual(juliet);
    await say(code(), nurse);
    expect(await mailboxes.userOf(mail('kitchen'))).toEqual(nurse);
    expect(sent.at(-1)?.message.text).toMatch(/no mailbox of yours any more/);
    expect(sent.at(-1)?.deliveries.map(({ outlet, recipient }) => [outlet, formatAddress(recipient)])).toEqual([['xmpp', 'juliet@capulet.example']]);
    expect(await say('mailbox')).toMatch(/You have bound no mailbox/);
  });

  it('are several, listed, chosen and removed', async () => {
    const { say, code, mailboxes } = setUp();
    for (const name of ['kitchen', 'balcony']) {
      await say(`mailbox ${name}@montague.example`);
      await say(code());
    }
    await say('mailbox garden@montague.example');
    expect(await say('mailbox first balcony@montague.example')).toMatch(/first choice now/);
    expect((await say('mailbox')).split('\n')).toEqual(['balcony@montague.example (first choice)', 'kitchen@montague.example', expect.stringMatching(/^garden@montague\.example: its code is awaited until/)]);
    expect(await say('mailbox kitchen@montague.example')).toBe('kitchen@montague.example is verified already.');
    expect(await say('mailbox remove balcony@montague.example')).toMatch(/no mailbox of yours any more/);
    expect(await say('mailbox remove balcony@montague.example')).toMatch(/is no mailbox of yours/);
    expect(await mailboxes.mailboxOf(juliet)).toEqual(mail('kitchen'));
  });

  it('are the published ones where none is verified, which prove nothing', async () => {
    const { mailboxes, published, say, code } = setUp();
    expect(await mailboxes.mailboxOf(juliet)).toBeUndefined();
    published.set('juliet', mail('card'));
    published.set('nurse', { ...mail('card'), domain: 'gw.example' });
    expect(await mailboxes.mailboxOf(juliet)).toEqual(mail('card'));
    expect(await mailboxes.mailboxOf(nurse)).toBeUndefined();
    expect(await mailboxes.userOf(mail('card'))).toBeUndefined();
    await say('mailbox kitchen@montague.example');
    await say(code());
    expect(await mailboxes.mailboxOf(juliet)).toEqual(mail('kitchen'));
  });
});

it('the forms do what the lines do', async () => {
  const { store } = openHere();
  const sent: NewMessage[] = [];
  const preferences = new Preferences([], store, {});
  const own = new OwnAddresses({ store, rules, preferences, clock: () => T0, own: silentServer, send: (one) => Promise.resolve(sent.push(one)) });
  const commands = createCommands({ rules, preferences, store, render: () => Promise.resolve(''), more: own.commands });
  expect(commands.list(juliet).map(({ node }) => node)).toEqual(expect.arrayContaining(['mailbox', 'mailbox-confirm', 'mailbox-first', 'mailbox-remove']));
  expect(await commands.run(juliet, 'mailbox', { address: 'kitchen@montague.example' })).toMatch(/^A code goes/);
  expect(isFailure(await commands.run(juliet, 'mailbox-confirm', { code: '1' }))).toBe(true);
  expect(await commands.run(juliet, 'mailbox-confirm', { code: /Code: ([\d ]+)/.exec(sent[0]?.message.text ?? '')?.[1] ?? '' })).toMatch(/is your mailbox now/);
});
