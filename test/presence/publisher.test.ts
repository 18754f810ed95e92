/** What nobody tells the publisher: it looks for itself, once a second. */
import { expect, it } from 'vitest';
import { Publisher } from '../../src/presence/publisher.js';
import type { Publication } from '../../src/presence/publication.js';

const user = 'juliet@example.com';
const id = 'a'.repeat(26);

function stage(publication: Publication) {
  let mail: string | undefined = 'juliet+shop@gw.example';
  let now = 0;
  let served = true;
  const told: (readonly string[])[] = [];
  let asked = 0;
  const publisher = new Publisher({
    consents: { byId: () => publication, ofUser: () => publication, onChange: () => undefined },
    states: { of: () => ({ online: true }), onChange: () => undefined },
    faces: { of: () => ({}), onChange: () => undefined },
    serves: () => served,
    contactOf: () => (asked++, { jid: user, ...(mail !== undefined && { mail }) }),
  }, () => now);
  publisher.onChange((names) => told.push(names));
  return { told, asked: () => asked, look: () => publisher.look(id, {}), later: (ms: number) => (now += ms), writesBy: (address: string | undefined) => (mail = address), serve: (is: boolean) => (served = is) };
}

const published: Publication = { user, id, audience: 'link', shown: [], write: true, origins: [], keys: [] };

it('another address is told within a second, and as a change; the same is none', () => {
  const { told, look, later, writesBy } = stage(published);
  const first = look();
  expect(first?.contact).toEqual({ jid: user, mail: 'juliet+shop@gw.example' });
  later(1_000);
  expect(look()).toBe(first);
  writesBy('juliet@gw.example');
  later(999);
  expect(look()).toBe(first);
  later(1);
  const second = look();
  expect(second?.contact?.mail).toBe('juliet@gw.example');
  expect(second?.seq).toBeGreaterThan(first?.seq ?? 0);
  expect(told).toEqual([[id, user]]);
  writesBy(undefined);
  later(1_000);
  expect(look()?.contact).toEqual({ jid: user });
  expect(told).toHaveLength(2);
});

it('who tells no address is not looked up for it', () => {
  const { told, asked, look, later, writesBy } = stage({ ...published, write: false });
  const first = look();
  const before = asked();
  writesBy('juliet@gw.example');
  later(1_000);
  expect(look()).toBe(first);
  expect(first?.contact).toBeUndefined();
  expect([told, asked()]).toEqual([[], before]);
});

it('whom the operators block is hidden within a second; when he is let in again, what he shows is newer', () => {
  const { look, later, serve } = stage({ ...published, write: false });
  const first = look();
  serve(false);
  later(999);
  expect(look()).toBe(first);
  later(1);
  expect(look()).toBeUndefined();
  serve(true);
  expect(look()?.seq).toBeGreaterThan(first?.seq ?? 0);
});
