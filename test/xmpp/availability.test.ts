/** What presence stanzas say of where users are, and whom they are believed. */
import xml from '@xmpp/xml';
import { describe, expect, it } from 'vitest';
import { formatJid, type Jid } from '../../src/address.js';
import { Whereabouts } from '../../src/presence/whereabouts.js';
import { Availability } from '../../src/xmpp/availability.js';
import { jid } from '../address/parsed.js';

const PHONE = 'juliet@home.test/phone';
const DESK = 'juliet@home.test/desk';
const ANN = 'ann%x.test@gw.test';
const NOW = Date.UTC(2026, 10, 27, 12);
const BOB = 'bob%x.test@gw.test';

/** `seenBy`: the JID of ours that is subscribed to each user. */
function stage(seenBy?: string) {
  const where = new Whereabouts(() => NOW);
  const came: string[] = [];
  const availability = new Availability({
    faces: { take: () => undefined },
    came: ({ resource }) => void came.push(resource),
    whereabouts: where,
    serves: (user: Jid) => user.domain === 'home.test',
    sees: (ours: Jid) => formatJid(ours) === seenBy,
    seen: () => seenBy !== undefined,
    looks: { shows: (ours) => formatJid(ours) === seenBy, isAnswer: () => false },
  });
  const say = (from: string, to: string, type?: string, ...children: xml.Element[]) =>
    availability.take(xml('presence', { from, to, type }, children), jid(from), jid(to));
  return { where, came, say, standing: () => where.standing(jid(PHONE)) };
}

describe('availability', () => {
  it('has priority, show and status of each client', () => {
    const { where, say } = stage();
    say(PHONE, ANN, undefined, xml('priority', {}, '5'), xml('show', {}, 'away'), xml('status', {}, 'x'.repeat(999)));
    say(DESK, BOB, undefined, xml('priority', {}, '-200'), xml('show', {}, 'nonsense'));
    say('juliet@home.test/tv', BOB, undefined, xml('priority', {}, 'five'));
    expect(where.clients(jid(PHONE))).toEqual([
      { resource: 'phone', priority: 5, show: 'away', status: 'x'.repeat(256), at: NOW },
      { resource: 'tv', priority: 0, at: NOW },
      { resource: 'desk', priority: -128, at: NOW },
    ]);
  });

  it('tells once that a client has come', () => {
    const { came, say } = stage(ANN);
    for (const client of [PHONE, PHONE, DESK, 'romeo@other.test/x']) say(client, ANN);
    say(PHONE, BOB);
    expect(came).toEqual(['phone', 'desk']);
    say(PHONE, ANN, 'unavailable');
    say(PHONE, ANN);
    expect(came).toEqual(['phone', 'desk', 'phone']);
  });

  it('of strangers, and of bare JIDs, is not kept', () => {
    const { where, say, standing } = stage();
    say('romeo@other.test/x', ANN);
    say('juliet@home.test', ANN);
    expect([where.standing(jid('romeo@other.test')), standing(), where.counts()]).toEqual(['unknown', 'unknown', { known: 0, online: 0 }]);
  });

  it('that only the client itself has told leaves nobody known to be offline', () => {
    const { say, standing } = stage();
    say(PHONE, ANN);
    say(DESK, BOB);
    say(DESK, BOB, 'unavailable');
    expect(standing()).toBe('online');
    say('juliet@home.test', BOB, 'unavailable');
    expect(standing()).toBe('online');
    say(PHONE, ANN, 'unavailable');
    expect(standing()).toBe('unknown');
  });

  it('ends with what the subscribed JID is told, and with nothing else', () => {
    const { say, standing } = stage(ANN);
    say(PHONE, ANN);
    say(PHONE, BOB, 'unavailable');
    expect(standing()).toBe('online');
    say('juliet@home.test', ANN, 'unavailable');
    expect(standing()).toBe('offline');
  });
});

it('whereabouts are bounded per user', () => {
  const { where, say } = stage();
  for (let i = 0; i < 60; i++) say(`juliet@home.test/${i}`, ANN);
  expect(where.clients(jid(PHONE))).toHaveLength(50);
});

describe('since when a client is idle', () => {
  it.each([
    ['2026-11-27T11:30:00Z', Date.UTC(2026, 10, 27, 11, 30)],
    ['2026-11-27T11:30:00.123456789+01:00', Date.UTC(2026, 10, 27, 10, 30, 0, 123)],
    ['2999-01-01T00:00:00Z', NOW],
    ['1970-01-01T00:00:00Z', undefined],
    ['2026-02-31T99:99:99Z', undefined],
    ['2026-11-27', undefined],
    ['Fri, 27 Nov 2026 11:30:00 GMT', undefined],
    ['+275760-09-13T00:00:00Z', undefined],
    [`2026-11-27T11:30:00.${'9'.repeat(100_000)}Z`, undefined],
    ['"><script>', undefined],
  ])('%.40s', (since, expected) => {
    const { where, say } = stage(ANN);
    say(PHONE, ANN, undefined, xml('idle', { xmlns: 'urn:xmpp:idle:1', since }));
    expect(where.clients(jid(PHONE))[0]?.idleSince).toBe(expected);
  });
});

it('what a client tells one of ours alone does not hide what is seen of it', () => {
  const { where, say } = stage(ANN);
  say(PHONE, BOB, undefined, xml('status', {}, 'for Bob'));
  expect(where.clients(jid(PHONE))).toEqual([{ resource: 'phone', priority: 0, status: 'for Bob', at: NOW }]);
  say(PHONE, ANN, undefined, xml('status', {}, 'for all'));
  say(PHONE, BOB, undefined, xml('status', {}, 'for Bob'));
  expect(where.clients(jid(PHONE))).toEqual([{ resource: 'phone', priority: 0, status: 'for all', seen: true, at: NOW }]);
});
