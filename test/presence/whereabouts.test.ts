import { describe, expect, it } from 'vitest';
import { formatJid } from '../../src/address.js';
import { Whereabouts } from '../../src/presence/whereabouts.js';
import { jid } from '../address/parsed.js';

const phone = jid('juliet@example.com/phone');
const desk = jid('juliet@example.com/desk');

function watch(): { where: Whereabouts; told: string[] } {
  let now = 0;
  const where = new Whereabouts(() => ++now);
  const told: string[] = [];
  for (const standing of ['online', 'offline'] as const) where.on(standing, (user) => told.push(`${formatJid(user)} ${standing}`));
  return { where, told };
}

describe('where users are', () => {
  it('is unknown until somebody tells', () => {
    const { where, told } = watch();
    expect(where.standing(phone)).toBe('unknown');
    where.unavailable(jid('juliet@example.com'));
    expect(where.standing(desk)).toBe('offline');
    expect(told).toEqual(['juliet@example.com offline']);
  });

  it('is online as long as one client takes messages', () => {
    const { where, told } = watch();
    where.available(phone, { priority: 5 });
    where.available(desk, { priority: 0, show: 'away', status: 'tea' });
    where.unavailable(phone);
    expect(where.standing(phone)).toBe('online');
    where.unavailable(desk);
    expect(where.standing(phone)).toBe('offline');
    expect(told).toEqual(['juliet@example.com online', 'juliet@example.com offline']);
  });

  it('is offline with a negative priority alone', () => {
    const { where, told } = watch();
    where.available(desk, { priority: -1 });
    expect(where.standing(desk)).toBe('offline');
    where.available(desk, { priority: 0 });
    where.available(desk, { priority: -5 });
    expect(told).toEqual(['juliet@example.com offline', 'juliet@example.com online', 'juliet@example.com offline']);
  });

  it('lists clients by priority, then by who spoke last', () => {
    const { where } = watch();
    where.available(phone, { priority: 1 });
    where.available(desk, { priority: 1 });
    where.available(jid('juliet@example.com/tv'), { priority: 7 });
    expect(where.clients(phone).map(({ resource }) => resource)).toEqual(['tv', 'desk', 'phone']);
  });

  it('forgets all when the link is lost', () => {
    const { where, told } = watch();
    where.available(phone, { priority: 1 });
    where.lost();
    expect(where.standing(phone)).toBe('unknown');
    where.available(phone, { priority: 1 });
    expect(told).toEqual(['juliet@example.com online', 'juliet@example.com online']);
  });
});
