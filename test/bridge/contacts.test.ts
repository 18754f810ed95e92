/** Who becomes a contact by itself, and who does not. */
import { expect, it, vi } from 'vitest';
import { formatJid, formatMailAddress } from '../../src/address.js';
import { Contacts } from '../../src/bridge/contacts.js';
import { Preferences } from '../../src/bridge/preferences.js';
import type { Introduction } from '../../src/edge.js';
import { SparingLog } from '../../src/log.js';
import type { Delivery, Message } from '../../src/message.js';
import type { PreferenceRow } from '../../src/store/preference-rows.js';
import { openHere, quiet } from '../store/files.js';
import { chat, jid, juliet, letter, mail, romeo, T0 } from '../store/samples.js';
import { rules } from './on-store.js';

function stage(rows: readonly PreferenceRow[] = []) {
  const { store } = openHere();
  const told: string[] = [];
  let now = T0;
  let present = true;
  let answered = Promise.resolve();
  const introduce = async ({ user, mail: address, name }: Introduction): Promise<boolean> => {
    const shown = present;
    if (shown) told.push(`${formatJid(user)} ${formatMailAddress(address)} ${name ?? '-'}`);
    await answered;
    return shown;
  };
  const contacts = new Contacts({ store, preferences: new Preferences(rows, store, {}), gateway: rules.gateway, clock: () => now, log: new SparingLog(quiet), introduce });
  const delivered = (parts: Partial<Message> = {}, from = romeo): Promise<void> => contacts.arrived(delivery(letter(from, jid('juliet', 'phone'), parts).message));
  /** Until the function is called that this returns, no client answers. */
  const slow = (): (() => void) => {
    let answer: () => void = () => undefined;
    answered = new Promise((resolve) => (answer = resolve));
    return answer;
  };
  return { store, contacts, told, delivered, slow, away: () => (present = false), back: () => (present = true), later: (ms: number) => (now += ms) };
}

function delivery(message: Message, parts: Partial<Delivery> = {}): Delivery {
  return { seq: 1, message, recipient: jid('juliet', 'phone'), outlet: 'xmpp', attempts: 0, context: { references: [] }, ...parts };
}

it('a person who has proven its address becomes one, once, with its name', async () => {
  const { told, delivered } = stage();
  await delivered({ senderName: 'Romeo' });
  await delivered({ senderName: 'Romeo again' });
  await delivered({}, mail('tybalt'));
  expect(told).toEqual(['juliet@capulet.example romeo@montague.example Romeo', 'juliet@capulet.example tybalt@montague.example -']);
});

it.each<[string, Partial<Message>]>([
  ['nobody who proved nothing', { authenticity: 'unverified' }],
  ['nobody whose mail is marked as spam', { spam: true }],
  ['no list', { origin: 'list' }],
  ['no machine', { origin: 'auto-generated' }],
  ['no automatic answer', { origin: 'auto-replied' }],
  ['no bounce', { origin: 'bounce' }],
  ['no word of the gateway', { source: 'gateway' }],
])('%s becomes one', async (_what, parts) => {
  const { told, delivered } = stage();
  await delivered(parts);
  expect(told).toEqual([]);
});

it('a chat message, or one on its way to a mailbox, makes none', async () => {
  const { told, contacts } = stage();
  const { message } = chat(romeo);
  await contacts.arrived(delivery(message));
  await contacts.arrived(delivery(letter(romeo, juliet).message, { outlet: 'smtp', recipient: romeo }));
  expect(told).toEqual([]);
});

it('who adds contacts himself gets none', async () => {
  const { told, delivered } = stage([{ user: 'juliet@capulet.example', set: { contacts: false } }]);
  await delivered();
  expect(told).toEqual([]);
});

it('what could not be shown waits until the user comes', async () => {
  const { told, delivered, contacts, away, back } = stage();
  away();
  await delivered({ senderName: 'Romeo' });
  await contacts.online(juliet);
  back();
  await contacts.online(juliet);
  await contacts.online(juliet);
  expect(told).toEqual(['juliet@capulet.example romeo@montague.example Romeo']);
});

it('is shown once, however often the user comes before the client has answered', async () => {
  const { store, told, delivered, contacts, slow } = stage();
  const answer = slow();
  const first = delivered();
  await vi.waitUntil(() => told.length === 1);
  const comes = [contacts.online(juliet), contacts.online(juliet)];
  await store.introductions.waitingIntroductions(formatJid(juliet));
  answer();
  await Promise.all([first, ...comes]);
  expect(told).toHaveLength(1);
  expect(await store.introductions.waitingIntroductions(formatJid(juliet))).toEqual([]);
});

it('is shown once when the user comes again while what waited is shown', async () => {
  const { told, delivered, contacts, slow, away, back } = stage();
  away();
  await delivered();
  await delivered({}, mail('tybalt'));
  back();
  const answer = slow();
  const comes = [contacts.online(juliet), contacts.online(juliet), contacts.online(juliet)];
  await vi.waitUntil(() => told.length > 0);
  answer();
  await Promise.all(comes);
  expect(told).toHaveLength(2);
});

it('is shown once also where that could not be stored, which is made up for', async () => {
  const { store, told, delivered, contacts } = stage();
  const failing = vi.spyOn(store.introductions, 'introduced').mockRejectedValueOnce(new Error('disk full'));
  await delivered();
  await contacts.online(juliet);
  expect(failing).toHaveBeenCalledTimes(2);
  expect(told).toHaveLength(1);
  expect(await store.introductions.waitingIntroductions(formatJid(juliet))).toEqual([]);
});

it('is shown again to a user who was forgotten meanwhile', async () => {
  const { store, told, delivered, contacts } = stage();
  await delivered();
  await store.accounts.forgetUser(juliet, T0);
  contacts.forget(juliet);
  await delivered();
  await delivered();
  expect(told).toHaveLength(2);
});

it('ten within an hour, and no more', async () => {
  const { told, delivered, later } = stage();
  for (let i = 0; i < 12; i++) await delivered({}, mail(`person${i}`));
  expect(told).toHaveLength(10);
  later(59 * 60_000);
  await delivered({}, mail('person12'));
  expect(told).toHaveLength(10);
  later(61_000);
  await delivered({}, mail('person13'));
  expect(told).toHaveLength(11);
});

it('the store is asked once a minute about one who was told of too many, and at once when he was forgotten', async () => {
  const { store, contacts, delivered, later } = stage();
  for (let i = 0; i < 10; i++) await delivered({}, mail(`person${i}`));
  const asked = vi.spyOn(store.introductions, 'introduce');
  for (let i = 10; i < 15; i++) await delivered({}, mail(`person${i}`));
  expect(asked).toHaveBeenCalledTimes(1);
  later(60_000);
  await delivered({}, mail('person15'));
  await delivered({}, mail('person16'));
  expect(asked).toHaveBeenCalledTimes(2);
  contacts.forget(juliet);
  await delivered({}, mail('person17'));
  expect(asked).toHaveBeenCalledTimes(3);
});
