import { describe, expect, it } from 'vitest';
import type { Jid, MailAddress } from '../../src/address.js';
import { reportFor } from '../../src/bridge/report.js';
import { sourceKey } from '../../src/bridge/source-key.js';
import { UnknownUsers } from '../../src/bridge/unknown-users.js';
import { Failure } from '../../src/failure.js';
import type { Message } from '../../src/message.js';

const juliet: Jid = { kind: 'jid', local: 'juliet', domain: 'example.com', resource: 'phone' };
const romeo: MailAddress = { kind: 'mail', local: 'romeo', domain: 'montague.example' };
const rules = { now: 2_000, lifetime: 10_000, domain: 'mail.example.com' };
const failure = Failure.permanent('no-such-recipient', 'No such user.', { remote: '550 5.1.1 unknown' });

const chat: Message = {
  id: '01chat', source: 'xmpp', sender: { ...juliet, resource: '' }, returnTo: juliet, origin: 'person',
  authenticity: 'verified', ids: { stanza: 'a-long-stanza-id-1' }, text: 'hello', attachments: [], acceptedAt: 1_000,
  wantsReceipt: true, addressedAs: 'romeo\\40montague.example@mail.example.com',
};
const mail: Message = { ...chat, source: 'mail', sender: romeo, returnTo: romeo, ids: { mail: '<1@montague.example>' } };

describe('a report', () => {
  it('goes to the full JID of a chat sender, with what names the message there', () => {
    const report = reportFor({ message: chat, recipient: romeo, state: 'failed', failure }, rules);
    expect(report?.deliveries).toMatchObject([{ outlet: 'xmpp', recipient: juliet, dueAt: 2_000, expiresAt: 12_000 }]);
    expect(report?.message.report).toMatchObject({
      state: 'failed', about: { id: '01chat', ids: chat.ids, addressedAs: chat.addressedAs }, recipient: romeo,
      failure: { kind: 'permanent', status: '5.1.1', remote: '550 5.1.1 unknown' },
    });
    expect(report?.message.text).toContain('550 5.1.1 unknown');
  });

  it('goes by mail to a verified envelope sender', () => {
    expect(reportFor({ message: mail, recipient: juliet, state: 'failed', failure }, rules)?.deliveries).toMatchObject([{ outlet: 'smtp', recipient: romeo }]);
  });

  it.each<[string, Message]>([
    ['a null return path', (({ returnTo: _, ...rest }) => rest)(mail)],
    ['a sender who may be forged', { ...mail, authenticity: 'unverified' }],
    ['an automatic reply', { ...mail, origin: 'auto-replied' }],
    ['an automatic mail', { ...mail, origin: 'auto-generated' }],
    ['a list', { ...mail, origin: 'list' }],
    ['a bounce', { ...mail, origin: 'bounce' }],
    ['an address at the gateway itself', { ...mail, returnTo: { ...romeo, domain: 'mail.example.com' } }],
    ['a report', reportFor({ message: chat, recipient: romeo, state: 'failed', failure }, rules)!.message],
  ])('is never written to %s', (_name, message) => {
    expect(reportFor({ message, recipient: juliet, state: 'failed', failure }, rules)).toBeUndefined();
  });

  it('of success is only for those who asked', () => {
    expect(reportFor({ message: chat, recipient: romeo, state: 'delivered' }, rules)).toBeDefined();
    expect(reportFor({ message: { ...chat, wantsReceipt: false }, recipient: romeo, state: 'delivered' }, rules)).toBeUndefined();
  });
});

describe('the same message again', () => {
  it('is known by sender, recipient, id and text', () => {
    const key = sourceKey(chat, romeo);
    expect(key).toBeDefined();
    expect(sourceKey({ ...chat, id: '02other', acceptedAt: 9 }, romeo)).toBe(key);
    expect(sourceKey({ ...chat, text: 'other' }, romeo)).not.toBe(key);
    expect(sourceKey(chat, { ...romeo, local: 'paris' })).not.toBe(key);
    expect(sourceKey({ ...chat, sender: { ...juliet, local: 'nurse', resource: '' } }, romeo)).not.toBe(key);
  });

  it('is not guessed from an id that may be a counter', () => {
    expect(sourceKey({ ...chat, ids: { stanza: '1' } }, romeo)).toBeUndefined();
    expect(sourceKey({ ...chat, ids: { stanza: '1', origin: '2' } }, romeo)).toBeDefined();
  });
});

describe('users the server refused', () => {
  let now = 0;
  const nobody = { ...juliet, local: 'nobody', resource: '' };

  it.each([
    [Failure.permanent('no-such-recipient', 'no'), 'permanent 5.1.1'],
    [Failure.permanent('recipient-unavailable', 'no'), 'temporary 4.2.1'],
  ])('are answered for a while, and then tried again', (failure, answer) => {
    const unknown = new UnknownUsers(() => now);
    unknown.note(nobody, failure);
    const given = unknown.answerFor(nobody);
    expect(`${given?.kind} ${given?.status}`).toBe(answer);
    now += 11 * 60_000;
    expect(unknown.answerFor(nobody)).toBeUndefined();
  });

  it('are not made of what fails for other reasons', () => {
    const unknown = new UnknownUsers(() => now);
    unknown.note(nobody, Failure.temporary('no-such-recipient', 'later'));
    unknown.note(nobody, Failure.permanent('too-large', 'large'));
    unknown.note(romeo, Failure.permanent('no-such-recipient', 'no'));
    expect(unknown.answerFor(nobody)).toBeUndefined();
    expect(unknown.answerFor(romeo)).toBeUndefined();
  });
});
