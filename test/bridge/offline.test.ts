import { describe, expect, it } from 'vitest';
import { formatMailAddress } from '../../src/address.js';
import { OFFLINE, QUIET, KEEP, type OfflinePolicy } from '../../src/bridge/offline-settings.js';
import { Preferences } from '../../src/bridge/preferences.js';
import { isQuiet, parseQuietHours } from '../../src/bridge/quiet-hours.js';
import type { Way } from '../../src/bridge/way.js';
import type { Message } from '../../src/message.js';
import type { Standing } from '../../src/presence/whereabouts.js';
import { openHere } from '../store/files.js';
import { chat, DAY, juliet, letter, mail, romeo, T0 } from '../store/samples.js';
import { offlineOn } from './on-store.js';

const mailbox = mail('juliet.reads');
const away = { state: 'held', keep: 14 * DAY, warn: 13 * DAY };
const report = { state: 'failed', about: { id: 'x', ids: {}, acceptedAt: T0 }, recipient: romeo } as const;

interface Case {
  readonly policy?: OfflinePolicy;
  readonly standing?: Standing;
  readonly mailbox?: typeof mailbox;
  readonly quiet?: string;
  readonly message?: Partial<Message>;
}

function offline({ policy = 'auto', standing = 'offline', mailbox: bound, quiet = 'off' }: Case) {
  const { store } = openHere();
  const preferences = new Preferences([{ user: 'juliet@capulet.example', set: { offline: policy, quiet: QUIET.take(quiet)?.value } }], store, {});
  const forward = () => Promise.resolve(bound && { state: 'forwarded' as const, as: chat(bound, { text: 'forwarded' }) });
  const forwarding = { forward, onRequest: () => Promise.reject(new Error('nobody asked for it')) };
  return { store, preferences, offline: offlineOn(store, { standing: () => standing, preferences, forwarding, isWaitedFor: () => true }) };
}

async function way(of: Case): Promise<Way> {
  const { message } = letter(romeo, juliet, of.message);
  return offline(of).offline.wayOf({ seq: 1, message, recipient: juliet, outlet: 'xmpp', attempts: 0, context: { references: [] } });
}

describe('what becomes of a message to somebody', () => {
  it.each<[OfflinePolicy, Standing, string]>([
    ['auto', 'online', 'now'], ['auto', 'offline', 'held'], ['auto', 'unknown', 'now'],
    ['hold', 'online', 'now'], ['hold', 'offline', 'held'], ['hold', 'unknown', 'held'],
    ['pass', 'online', 'now'], ['pass', 'offline', 'now'], ['pass', 'unknown', 'now'],
    ['mailbox', 'online', 'now'], ['mailbox', 'offline', 'forwarded'], ['mailbox', 'unknown', 'now'],
    ['refuse', 'online', 'now'], ['refuse', 'offline', 'failed'], ['refuse', 'unknown', 'now'],
  ])('policy %s, %s: %s', async (policy, standing, expected) => {
    const decided = await way({ policy, standing, mailbox });
    expect(decided === 'now' ? 'now' : decided.state).toBe(expected);
  });

  it('without a mailbox waits, for as long as he says', async () => {
    expect(await way({ policy: 'mailbox' })).toEqual(away);
  });

  it('goes to the mailbox that is his', async () => {
    const decided = await way({ policy: 'mailbox', mailbox });
    expect(decided).toMatchObject({ state: 'forwarded' });
    const [delivery] = decided !== 'now' && decided.state === 'forwarded' ? decided.as.deliveries : [];
    expect(delivery?.recipient.kind === 'mail' && formatMailAddress(delivery.recipient)).toBe('juliet.reads@montague.example');
  });

  it.each<OfflinePolicy>(['pass', 'mailbox', 'refuse', 'auto'])('a report waits while he is offline, whatever his policy (%s)', async (policy) => {
    expect(await way({ policy, mailbox, message: { source: 'gateway', report } })).toEqual(away);
    expect(await way({ policy, standing: 'unknown', message: { source: 'gateway', report } })).toBe('now');
  });

  it('what the gateway says by itself is not forwarded', async () => {
    expect(await way({ policy: 'mailbox', mailbox, message: { source: 'gateway' } })).toEqual(away);
  });

  it('waits in quiet hours, but for reports', async () => {
    const hour = new Date(T0).getUTCHours();
    const quiet = `${hour}:00-${(hour + 2) % 24}:00`;
    expect(await way({ standing: 'online', quiet })).toEqual(away);
    expect(await way({ standing: 'online', quiet, policy: 'pass' })).toEqual(away);
    expect(await way({ standing: 'online', quiet, message: { report } })).toBe('now');
    expect(await way({ standing: 'online', quiet: `${(hour + 2) % 24}:00-${(hour + 3) % 24}:00` })).toBe('now');
  });
});

describe('when it comes', () => {
  it('it is stored held, with his time and the quota, where he is known to be away', () => {
    const { message } = letter(romeo, juliet);
    expect(offline({}).offline.atAccept(message, juliet)).toEqual({ hold: 'away', quota: 3, warnAt: T0 + 13 * DAY, expiresAt: T0 + 14 * DAY });
    expect(offline({ standing: 'online' }).offline.atAccept(message, juliet)).toEqual({ quota: 3 });
    expect(offline({}).offline.atAccept({ ...message, report }, juliet)).not.toHaveProperty('quota');
    expect(offline({}).offline.atAccept(message, romeo)).toEqual({});
  });

  it('too much of it is refused at RCPT', async () => {
    const { store, offline: one } = offline({});
    for (let i = 0; i < 3; i++) await store.accept([letter(romeo, juliet, { delivery: { hold: 'away' } })]);
    const failure = await one.refusal(juliet);
    expect(failure?.status).toBe('4.2.2');
  });
});

describe('somebody for whom something is held', () => {
  it('is let go when he wants it another way, or nobody tells of him for long', async () => {
    const { offline: one, preferences } = offline({});
    const first = one.look(juliet, undefined);
    expect(first.free).toBe(false);
    await preferences.change(juliet, [[OFFLINE, 'pass']]);
    const second = one.look(juliet, first);
    expect(second.free).toBe(true);
    expect(one.look(juliet, second).free).toBe(false);
    const unknown = offline({ standing: 'unknown' }).offline.look(juliet, undefined);
    expect(unknown).toMatchObject({ free: false, unknownSince: T0 });
    expect(offline({ standing: 'unknown' }).offline.look(juliet, { ...unknown, unknownSince: T0 - 10 * 60_000 }).free).toBe(true);
  });
});

describe('settings', () => {
  it.each([['22:00-07:00 Europe/Berlin', 22 * 60, 7 * 60, 'Europe/Berlin'], ['9:30-10:00', 570, 600, 'UTC']])('takes quiet hours %s', (text, from, to, zone) => {
    expect(parseQuietHours(text)).toEqual({ from, to, zone });
  });

  it.each(['22-7', '25:00-07:00', '22:00-22:00', '22:00-07:00 Mars/Base', '22:00-07:00 Europe/Berlin; rm', ''])('refuses %j', (text) => {
    expect(parseQuietHours(text)).toBeUndefined();
  });

  it('quiet hours go by the wall clock of their zone, over midnight, in summer and winter', () => {
    const night = parseQuietHours('22:00-07:00 Europe/Berlin')!;
    expect(isQuiet(night, Date.UTC(2026, 0, 10, 21, 0))).toBe(true);
    expect(isQuiet(night, Date.UTC(2026, 0, 10, 20, 59))).toBe(false);
    expect(isQuiet(night, Date.UTC(2026, 6, 10, 20, 0))).toBe(true);
    expect(isQuiet(night, Date.UTC(2026, 6, 10, 5, 0))).toBe(false);
    expect(isQuiet(night, Date.UTC(2026, 6, 10, 4, 59))).toBe(true);
  });

  it('what is kept is what was typed', () => {
    expect(KEEP.take('3')).toMatchObject({ value: 3 * DAY });
    expect(KEEP.take('0')).toBeUndefined();
    expect(OFFLINE.take('Hold')).toMatchObject({ value: 'hold' });
    expect(OFFLINE.take('none')).toBeUndefined();
    expect(QUIET.show(QUIET.take('22:00-7:00 Europe/Berlin')?.value).typed).toBe('22:00-07:00 Europe/Berlin');
  });
});
