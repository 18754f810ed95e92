/** When users are looked for, and which answers count. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Whereabouts } from '../../src/presence/whereabouts.js';
import { Looks } from '../../src/xmpp/looks.js';
import { jid } from '../address/parsed.js';

const EVERY = 60_000;
const juliet = jid('juliet@example.test');
const phone = jid('juliet@example.test/phone');
const gateway = jid('gw.example');

function stage() {
  let by: string | undefined = 'gw.example';
  const whereabouts = new Whereabouts(() => Date.now());
  const sent: string[] = [];
  const answer = (): void => whereabouts.available(phone, { priority: 0, seen: true });
  const looks = new Looks({
    whereabouts,
    watching: { subscriber: () => by, sees: (ours) => by !== undefined && ours.local === '' },
    isManaged: () => false,
    every: EVERY,
    send: (stanza) => {
      sent.push(String(stanza.attrs.from));
      setTimeout(answer, 10);
      return undefined;
    },
    pong: () => Promise.resolve(),
  });
  looks.add(juliet);
  looks.start();
  answer();
  return { looks, sent, revoke: () => (by = undefined) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('an answer that comes after the user has taken back his leave shows nothing', () => {
  const { looks, revoke } = stage();
  expect(looks.shows({ ...gateway, resource: 'look' }, phone)).toBe(true);
  revoke();
  expect(looks.shows({ ...gateway, resource: 'look' }, phone)).toBe(false);
});

it('he is looked for in time also where the clock of the machine is set back', async () => {
  const { looks, sent } = stage();
  await vi.advanceTimersByTimeAsync(EVERY + 1_000);
  expect(sent).toEqual(['gw.example/look']);
  vi.setSystemTime(Date.now() - 3_600_000);
  await vi.advanceTimersByTimeAsync(EVERY + 1_000);
  expect(sent).toHaveLength(3);
  looks.stop();
});
