/** When users are asked how they look, and what is kept of it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseJid, type Jid } from '../../src/address.js';
import { Faces } from '../../src/presence/faces.js';
import type { Picture } from '../../src/presence/view.js';

const jid = (text: string): Jid => parseJid(text) as Jid;
const picture = (id: string, size = 10): Picture => ({ id, type: 'image/png', bytes: new Uint8Array(size) });

function stage() {
  const looks: { name?: string; picture?: Picture | 'none' | undefined } = { name: 'Juliet', picture: picture('one') };
  const asked: string[] = [];
  const changed: string[] = [];
  let gate: Promise<unknown> = Promise.resolve();
  const source = {
    nameOf: () => Promise.resolve(looks.name),
    pictureOf: async ({ local }: Jid) => {
      asked.push(local);
      await gate;
      return looks.picture;
    },
  };
  const faces = new Faces({ source: () => source, running: () => Date.now() });
  faces.onChange((user) => changed.push(user));
  const hold = () => {
    let open: () => void = () => undefined;
    gate = new Promise<void>((resolve) => (open = resolve));
    return () => open();
  };
  return { faces, looks, asked, changed, hold, settle: () => vi.advanceTimersByTimeAsync(0) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('faces', () => {
  it('are asked of who begins to publish, and of nobody else', async () => {
    const { faces, asked, changed, settle } = stage();
    faces.came(jid('romeo@x.test/a'));
    faces.told(jid('romeo@x.test/a'), { about: 'picture', value: 'abc' });
    faces.add('juliet@x.test');
    faces.add('juliet@x.test');
    expect(faces.of('juliet@x.test')).toEqual({});
    await settle();
    expect([asked, changed]).toEqual([['juliet'], ['juliet@x.test']]);
    expect(faces.of('juliet@x.test')).toMatchObject({ name: 'Juliet', picture: { id: 'one' } });
    expect(faces.of('romeo@x.test')).toEqual({});
    faces.remove('juliet@x.test');
    expect(faces.of('juliet@x.test')).toEqual({});
  });

  it('are asked again where presence tells of another picture, no more often than every two seconds', async () => {
    const { faces, looks, asked, settle } = stage();
    faces.add('juliet@x.test');
    await settle();
    faces.told(jid('juliet@x.test/a'), { about: 'picture', value: 'one' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveLength(1);
    looks.picture = picture('two');
    for (let i = 0; i < 100; i++) faces.told(jid('juliet@x.test/a'), { about: 'picture', value: `hash${i}` });
    await settle();
    expect(asked).toHaveLength(2);
    expect(faces.of('juliet@x.test').picture?.id).toBe('two');
    for (let i = 0; i < 100; i++) faces.told(jid('juliet@x.test/a'), { about: 'picture', value: `other${i}` });
    await vi.advanceTimersByTimeAsync(1_999);
    expect(asked).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toHaveLength(3);
  });

  it('are asked where an event tells of another name, once for each', async () => {
    const { faces, looks, asked } = stage();
    const juliet = jid('juliet@x.test');
    faces.add('juliet@x.test');
    await vi.advanceTimersByTimeAsync(2_000);
    faces.told(juliet, { about: 'card', value: 'Juliet' });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked).toHaveLength(1);
    looks.name = 'Julia';
    // The card may have changed while he was asked for the nickname. Of both a server tells again at each login; the nickname need not be what is shown.
    for (let login = 0; login < 3; login++) {
      faces.told(juliet, { about: 'nick', value: 'Jule' });
      faces.told(juliet, { about: 'card', value: 'Julia' });
      await vi.advanceTimersByTimeAsync(2_000);
    }
    expect([asked.length, faces.of('juliet@x.test').name]).toEqual([3, 'Julia']);
  });

  it('are not asked again for what was told already, however often it is, and whatever the picture is called', async () => {
    const { faces, asked, settle } = stage();
    faces.add('juliet@x.test');
    await settle();
    for (let i = 0; i < 20; i++) {
      faces.told(jid('juliet@x.test/a'), { about: 'picture', value: 'of another size' });
      await vi.advanceTimersByTimeAsync(5_000);
    }
    expect(asked).toHaveLength(2);
  });

  it('are not asked of who has withdrawn while he waited', async () => {
    const { faces, asked, hold, settle } = stage();
    const open = hold();
    for (let i = 0; i < 11; i++) faces.add(`u${i}@x.test`);
    await settle();
    faces.remove('u10@x.test');
    open();
    await settle();
    faces.came(jid('u0@x.test'));
    faces.remove('u0@x.test');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toEqual(Array.from({ length: 10 }, (_, i) => `u${i}`));
  });

  it('stay as they were without an answer, and are asked when the link is up', async () => {
    const { faces, looks, asked, changed, settle } = stage();
    faces.add('juliet@x.test');
    await settle();
    faces.online();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked).toHaveLength(1);
    looks.picture = undefined;
    delete looks.name;
    faces.came(jid('juliet@x.test'));
    await settle();
    expect([asked.length, changed.length, faces.of('juliet@x.test').picture?.id, faces.of('juliet@x.test').name]).toEqual([2, 1, 'one', 'Juliet']);
    looks.picture = 'none';
    faces.online();
    await vi.advanceTimersByTimeAsync(2_000);
    expect([asked.length, changed.length, faces.of('juliet@x.test')]).toEqual([3, 2, { name: 'Juliet' }]);
    looks.name = '';
    faces.came(jid('juliet@x.test'));
    await vi.advanceTimersByTimeAsync(2_000);
    expect([changed.length, faces.of('juliet@x.test')]).toEqual([3, {}]);
  });

  it('what changes while it is asked is asked once more; who withdraws meanwhile is forgotten', async () => {
    const { faces, asked, changed, hold, settle } = stage();
    const open = hold();
    faces.add('juliet@x.test');
    faces.add('romeo@x.test');
    await settle();
    faces.came(jid('juliet@x.test'));
    faces.came(jid('juliet@x.test'));
    faces.remove('romeo@x.test');
    open();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([asked, changed]).toEqual([['juliet', 'romeo', 'juliet'], ['juliet@x.test']]);
    expect(faces.of('romeo@x.test')).toEqual({});
  });

  it('ten are asked at once', async () => {
    const { faces, asked, hold, settle } = stage();
    const open = hold();
    for (let i = 0; i < 35; i++) faces.add(`u${i}@x.test`);
    await settle();
    expect(asked).toHaveLength(10);
    open();
    await settle();
    expect(asked).toHaveLength(35);
  });

  it('keep so many bytes of pictures in all: who comes then has none, until another goes', async () => {
    const { faces, looks, settle } = stage();
    looks.picture = picture('large', 64 * 1_048_576);
    for (const name of ['a', 'b', 'c']) {
      faces.add(`${name}@x.test`);
      await settle();
    }
    expect(['a', 'b', 'c'].map((name) => faces.of(`${name}@x.test`).picture !== undefined)).toEqual([true, true, false]);
    faces.remove('a@x.test');
    faces.came(jid('c@x.test'));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(faces.of('c@x.test').picture).toBeDefined();
  });
});
