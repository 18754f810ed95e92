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
    where.available(phone, { priority: 1 });
    expect(where.clients(phone).map(({ resource }) => resource)).toEqual(['tv', 'phone', 'desk']);
  });

  it('has whoever says the same again as the last that spoke, but not where it is only told again', () => {
    const { where } = watch();
    where.available(phone, { priority: 1, show: 'away' });
    where.available(desk, { priority: 1 });
    where.available(phone, { priority: 1, show: 'away' }, 77);
    expect(where.clients(phone).map(({ resource, at }) => [resource, at])).toEqual([['desk', 2], ['phone', 1]]);
    where.available(phone, { priority: 1, show: 'dnd' }, 77);
    expect(where.clients(phone).map(({ resource, at }) => [resource, at])).toEqual([['phone', 77], ['desk', 2]]);
  });

  it('does not count what a client tells only some of ours beside what is seen of it, until that is shown no more', () => {
    const { where } = watch();
    where.available(phone, { priority: 1, status: 'for all', seen: true });
    where.available(phone, { priority: 1, status: 'for Ann' });
    expect(where.clients(phone)[0]?.status).toBe('for all');
    where.hidden(desk);
    where.hidden(phone);
    expect(where.clients(phone)).toMatchObject([{ resource: 'phone', status: 'for all' }]);
    expect(where.clients(phone)[0]).not.toHaveProperty('seen');
    where.available(phone, { priority: 1, status: 'for Ann' });
    expect(where.clients(phone)[0]?.status).toBe('for Ann');
  });

  it('is kept of 50 clients of a user, of 256 characters of a status, and of so many users', () => {
    let now = 0;
    const where = new Whereabouts(() => ++now, 2);
    for (let i = 0; i < 60; i++) where.available(jid(`juliet@example.com/${i}`), { priority: 0, status: 'x'.repeat(300) });
    expect([where.clients(phone).length, where.clients(phone)[0]?.status?.length]).toEqual([50, 256]);
    where.available(jid('juliet@example.com/7'), { priority: 9 });
    expect(where.clients(phone)[0]?.priority).toBe(9);
    where.available(jid('romeo@example.com/x'), { priority: 0 });
    where.available(jid('tybalt@example.com/x'), { priority: 0 });
    where.unavailable(jid('paris@example.com'));
    expect(['romeo', 'tybalt', 'paris'].map((name) => where.standing(jid(`${name}@example.com`)))).toEqual(['online', 'unknown', 'unknown']);
    where.available(jid('romeo@example.com/y'), { priority: 3 });
    expect(where.clients(jid('romeo@example.com'))).toHaveLength(2);
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
