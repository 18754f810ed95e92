/** Whom the gateway asks to let it see him, and whom it does not. */
import { describe, expect, it } from 'vitest';
import { formatJid, type Jid } from '../../src/address.js';
import { Following } from '../../src/xmpp/following.js';
import type { Looks } from '../../src/xmpp/looks.js';
import { jid } from '../address/parsed.js';

const juliet = jid('juliet@example.test');
const romeo = jid('romeo@example.test');

function stage() {
  const done: string[] = [];
  const note = (what: string) => (user?: Jid): void => void done.push(user === undefined ? what : `${what} ${user.local}`);
  const looks = { add: note('look at'), remove: note('look no more at'), start: note('look'), stop: note('look no more') } as unknown as Looks;
  const seen = new Set<string>();
  const gates: (() => void)[] = [];
  const ports = {
    watching: {
      ask: (user: Jid, by: Jid) => (done.push(`ask ${user.local} as ${formatJid(by)}`), Promise.resolve()),
      watch: (user: Jid) => (done.push(`watch ${user.local}`), Promise.resolve()),
      seen: ({ local }: Jid) => seen.has(local),
    },
    looks,
    domain: 'gw.example',
    connected: true,
    here: (user: Jid) => void done.push(`here for ${formatJid(user)}`),
    room: () => new Promise<void>((resolve) => void gates.push(resolve)),
  };
  const following = new Following(ports);
  /** The way out has room for one more. */
  const room = async (): Promise<void> => {
    gates.shift()?.();
    for (let i = 0; i < 5; i++) await Promise.resolve();
  };
  const said = (): string[] => done.splice(0);
  return { following, ports, seen, room, said, waiting: () => gates.length };
}

describe('who publishes', () => {
  it('is asked anew where he has refused before, and is told that the gateway is there once he lets himself be seen', async () => {
    const { following, seen, said } = stage();
    await following.follow(juliet);
    expect(said()).toEqual(['look at juliet', 'watch juliet']);
    seen.add('juliet');
    following.came(jid('juliet@example.test/phone'));
    following.came(romeo);
    expect(said()).toEqual(['here for juliet@example.test']);
    expect([following.has(jid('juliet@example.test/x')), following.isSeen(juliet), following.has(romeo)]).toEqual([true, true, false]);
  });

  it('and does no more is not looked at, asked, or told anything', async () => {
    const { following, seen, said, waiting } = stage();
    seen.add('juliet');
    following.add(juliet);
    following.unfollow(juliet);
    following.came(juliet);
    await following.online();
    expect([said(), waiting(), following.has(juliet)]).toEqual([['look at juliet', 'look no more at juliet', 'look'], 0, false]);
  });
});

describe('when the link is up', () => {
  it('all are asked, one after the other, as there is room', async () => {
    const { following, room, said } = stage();
    following.add(juliet);
    following.add(romeo);
    said();
    const asking = following.online();
    expect(said()).toEqual(['look']);
    await room();
    expect(said()).toEqual(['ask juliet as gw.example']);
    await room();
    await asking;
    expect(said()).toEqual(['ask romeo as gw.example']);
  });

  it('and goes down again, the rest is not asked; nor twice, when it is up once more', async () => {
    const { following, room, said } = stage();
    following.add(juliet);
    following.add(romeo);
    said();
    const first = following.online();
    await room();
    following.lost();
    const second = following.online();
    await room();
    await first;
    await room();
    await room();
    await second;
    expect(said()).toEqual(['look', 'ask juliet as gw.example', 'look no more', 'look', 'ask juliet as gw.example', 'ask romeo as gw.example']);
  });

  it('but is not when there is room, nobody is asked', async () => {
    const { following, ports, room, said } = stage();
    following.add(juliet);
    said();
    const asking = following.online();
    ports.connected = false;
    await room();
    await asking;
    expect(said()).toEqual(['look']);
  });
});
