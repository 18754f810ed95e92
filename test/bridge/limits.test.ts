/** Limits in a bridge on a real store: what is let through, what is told, and what a restart remembers. */
import { describe, expect, it } from 'vitest';
import type { Bridge } from '../../src/bridge/bridge.js';
import type { LimitName, LimitRates } from '../../src/bridge/limits.js';
import type { Accepted, Route } from '../../src/edge.js';
import type { Message } from '../../src/message.js';
import type { SqliteStore } from '../../src/store/sqlite.js';
import { freshPath, openHere } from '../store/files.js';
import { chat, DAY, HOUR, jid, juliet, letter, mail, romeo } from '../store/samples.js';
import { bridgeOn, NO_LIMITS } from './on-store.js';

const rate = (most: number, per = HOUR) => [{ most, per }];
const toJuliet: Route = { outlet: 'xmpp', recipient: juliet };
const to = (name: string): Route => ({ outlet: 'smtp', recipient: mail(name) });
const written = (parts: Partial<Message> = {}): Message => chat(romeo, parts).message;
const mailFrom = (name: string, parts: Partial<Message> = {}): Message => letter(mail(name), juliet, { returnTo: mail(name), ...parts }).message;

interface House {
  readonly bridge: Bridge;
  readonly store: SqliteStore;
  readonly hit: LimitName[];
  /** Ms since the start. */
  time: number;
}

async function house(limits: Partial<LimitRates>, path = freshPath()): Promise<House> {
  const { store } = openHere(path);
  const here = { store, hit: [] as LimitName[], time: 0 } as unknown as { -readonly [K in keyof House]: House[K] };
  here.bridge = bridgeOn(store, 0, [], { limits: { ...NO_LIMITS, ...limits }, running: () => here.time, limitHit: (limit) => here.hit.push(limit) });
  await here.bridge.load();
  return here;
}

const verdicts = (accepted: readonly Accepted[]): string[] => accepted.map(({ result }) => (typeof result === 'string' ? result : `${result.kind} ${result.status} ${result.text}`));

async function sent({ bridge }: House, message: Message, ...routes: readonly Route[]): Promise<string[]> {
  return verdicts(await bridge.accept(message, routes));
}

describe('a chat user', () => {
  it('who writes too much is told when it works again, and then it does', async () => {
    const here = await house({ chat_messages: rate(2) });
    for (let i = 0; i < 2; i++) expect(await sent(here, written(), to('romeo'))).toEqual(['stored']);
    expect(await sent(here, written(), to('romeo'))).toEqual(['temporary 4.7.1 You have sent too many messages; try again in 30 minutes.']);
    expect(await sent(here, written({ sender: jid('nurse') }), to('romeo'))).toEqual(['stored']);
    here.time = HOUR / 2;
    expect(await sent(here, written(), to('romeo'))).toEqual(['stored']);
    expect(here.hit).toEqual(['chat_messages']);
    expect(await here.store.incidents({ limit: 9 })).toMatchObject([{ what: 'refused', from: 'juliet@capulet.example', failure: { reason: 'limited' } }]);
  });

  it('is counted once for each whom a message goes to, and it goes to all or to none', async () => {
    const here = await house({ chat_messages: rate(3) });
    expect(await sent(here, written(), to('romeo'), to('tybalt'))).toEqual(['stored', 'stored']);
    expect(await sent(here, written(), to('romeo'), to('tybalt'))).toEqual([expect.stringMatching(/^temporary/), expect.stringMatching(/^temporary/)]);
    expect(await sent(here, written(), to('romeo'))).toEqual(['stored']);
    expect(await sent(here, written(), ...['a', 'b', 'c', 'd'].map(to))).toContain('permanent 5.7.1 You have sent too many messages at once: one message may not go to so many.');
  });

  it('who writes to strangers is stopped, and may go on writing to those he knows', async () => {
    const here = await house({ chat_correspondents: rate(2) });
    await sent(here, mailFrom('friend'), toJuliet);
    for (const name of ['a', 'b', 'a', 'friend', 'B']) expect(await sent(here, written(), to(name))).toEqual(['stored']);
    expect(await sent(here, written(), to('c'))).toEqual(['temporary 4.7.1 You have written to too many new people; try again in 30 minutes.']);
    expect(await sent(here, written(), to('a'), to('friend'))).toEqual(['stored', 'stored']);
  });

  it('does not get new correspondents by a restart', async () => {
    const path = freshPath();
    const before = await house({ chat_correspondents: rate(3, DAY) }, path);
    for (const name of ['a', 'b', 'c']) await sent(before, written(), to(name));
    await before.store.close();
    const after = await house({ chat_correspondents: rate(3, DAY) }, path);
    expect(await sent(after, written(), to('d'))).toEqual([expect.stringMatching(/too many new people; try again in 8 hours/)]);
    expect(await sent(after, written(), to('a'))).toEqual(['stored']);
  });

  it('whose messages wait for a look at the store keeps their order', async () => {
    const here = await house({ chat_correspondents: rate(9) });
    await sent(here, written({ text: 'zero' }), to('romeo'));
    const texts = ['one', 'two', 'three', 'four'];
    await Promise.all(texts.map((text, i) => here.bridge.accept(written({ text }), [to(i % 2 === 0 ? 'tybalt' : 'romeo')])));
    const entries = (await here.store.list({ limit: 9 })).sort((a, b) => a.seq - b.seq);
    const stored = await Promise.all(entries.map(async ({ message }) => (await here.store.message(message))?.message.text));
    expect(stored).toEqual(['zero', ...texts]);
  });
});

describe('a recipient', () => {
  it('of too much is spared, and the other recipients of the mail are not', async () => {
    const here = await house({ chat_inbox: rate(1) });
    const toNurse: Route = { outlet: 'xmpp', recipient: jid('nurse') };
    expect(await sent(here, mailFrom('a'), toJuliet)).toEqual(['stored']);
    expect(await sent(here, mailFrom('b'), toJuliet, toNurse)).toEqual(['stored', expect.stringMatching(/^temporary 4.7.1 Too much comes for this user; try again in 60 minutes/)]);
  });

  it('of bounces to mail that others sent in her name still gets letters', async () => {
    const here = await house({ chat_bounces: rate(1) });
    const bounce = (): Message => {
      const { returnTo: _, ...silent } = mailFrom('daemon', { origin: 'bounce' });
      return silent;
    };
    expect(await sent(here, bounce(), toJuliet)).toEqual(['stored']);
    expect(await sent(here, bounce(), toJuliet)).toEqual([expect.stringMatching(/^temporary/)]);
    expect(await sent(here, mailFrom('a'), toJuliet)).toEqual(['stored']);
  });

  it('domain is counted over all who write to it', async () => {
    const here = await house({ mail_domain: rate(1) });
    expect(await sent(here, written(), to('a'))).toEqual(['stored']);
    expect(await sent(here, written({ sender: jid('nurse') }), to('b'))).toEqual([expect.stringMatching(/^temporary 4.7.1 Too much mail goes to that domain/)]);
  });
});

describe('an author of mails', () => {
  it('is not stopped by what others write in his name', async () => {
    const here = await house({ mail_author: rate(1) });
    expect(await sent(here, mailFrom('list', { authenticity: 'unverified' }), toJuliet)).toEqual(['stored']);
    expect(await sent(here, mailFrom('list', { authenticity: 'unverified' }), toJuliet)).toEqual([expect.stringMatching(/^temporary/)]);
    expect(await sent(here, mailFrom('list'), toJuliet)).toEqual(['stored']);
    expect(await sent(here, mailFrom('list'), toJuliet)).toEqual([expect.stringMatching(/^temporary/)]);
  });

  it('is counted with all of his domain', async () => {
    const here = await house({ mail_author_domain: rate(1) });
    expect(await sent(here, mailFrom('a'), toJuliet)).toEqual(['stored']);
    expect(await sent(here, mailFrom('b'), toJuliet)).toEqual([expect.stringMatching(/^temporary 4.7.1 Too much mail comes from this domain/)]);
  });
});

describe('a client', () => {
  const named = { kind: 'mail', local: 'juliet', domain: 'gw.example' } as const;
  const unknown = { ...named, local: 'no!one' };
  const arrival = (peer: string, trusted = false) => ({ from: romeo, peer, trusted });

  it('that tries names is put off whatever it names, and its network with it', async () => {
    const { bridge } = await house({ peer_unknown: rate(2) });
    const peer = arrival('2001:db8::1');
    for (let i = 0; i < 2; i++) expect(bridge.admitMail(unknown, peer)).toMatchObject({ reason: 'no-such-recipient' });
    for (const name of [unknown, named]) expect(bridge.admitMail(name, arrival('2001:db8::2'))).toMatchObject({ kind: 'temporary', reason: 'limited', status: '4.7.1' });
    expect(bridge.admitMail(named, arrival('2001:db8:0:1::1'))).toMatchObject([{ outlet: 'xmpp' }]);
  });

  it('that is one of our own MTAs is not counted', async () => {
    const { bridge } = await house({ peer_unknown: rate(1), peer_recipients: rate(1) });
    for (let i = 0; i < 3; i++) await bridge.admitMail(unknown, arrival('127.0.0.1', true));
    for (let i = 0; i < 3; i++) expect(bridge.admitMail(named, arrival('127.0.0.1', true))).toMatchObject([{ outlet: 'xmpp' }]);
  });

  it('makes one incident a minute, however often it is refused', async () => {
    const here = await house({ peer_recipients: rate(1) });
    for (let i = 0; i < 100; i++) {
      const answer = here.bridge.admitMail(named, arrival('192.0.2.1'));
      if ('reason' in answer) here.bridge.refused('spam@e.example', 'juliet@gw.example', answer);
    }
    expect(await here.store.incidents({ limit: 200 })).toHaveLength(1);
    expect(here.hit).toHaveLength(99);
  });
});
