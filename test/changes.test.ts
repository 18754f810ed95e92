/** What a user changes of his own row: each change made of those before it, whichever of them the store takes. */
import { describe, expect, it } from 'vitest';
import { Changes } from '../src/changes.js';
import { isFailure } from '../src/failure.js';

const user = 'juliet@capulet.example';

/** A store that answers when it is told to. */
function stage() {
  const memory = new Map<string, string>();
  const stored: string[] = [];
  const asked: { readonly row: string; readonly answer: (error?: Error) => void }[] = [];
  const changes = new Changes<string>({
    get: (one) => memory.get(one),
    put: (one, row) => void (row === undefined ? memory.delete(one) : memory.set(one, row)),
    store: (row) =>
      new Promise<void>((resolve, reject) =>
        asked.push({
          row,
          answer: (error) => {
            if (error === undefined) stored.push(row);
            if (error === undefined) resolve();
            else reject(error);
          },
        }),
      ),
  });
  const add = (letter: string) => changes.change(user, (before = '') => before + letter);
  const inStore = async (): Promise<{ readonly row: string; readonly answer: (error?: Error) => void }> => {
    const one = asked.shift();
    if (one !== undefined) return one;
    await new Promise((resolve) => setImmediate(resolve));
    return inStore();
  };
  return { memory, stored, asked, changes, add, inStore, now: () => memory.get(user) };
}

const FULL = new Error('disk full');

describe('changes of one user', () => {
  it('are in memory at once, and in the store one after the other', async () => {
    const { add, now, inStore, asked, stored, changes } = stage();
    const all = [add('a'), add('b')];
    expect(now()).toBe('ab');
    expect([...changes.users()]).toEqual([user]);
    const first = await inStore();
    expect([first.row, asked.length]).toEqual(['a', 0]);
    first.answer();
    (await inStore()).answer();
    expect(await Promise.all(all)).toEqual(['a', 'ab']);
    expect(stored).toEqual(['a', 'ab']);
    expect([...changes.users()]).toEqual([]);
  });

  it('leave nothing where all of them fail', async () => {
    const { add, now, inStore } = stage();
    const all = Promise.allSettled([add('a'), add('b'), add('c')]);
    for (const shown of ['bc', 'c', undefined]) {
      (await inStore()).answer(FULL);
      await new Promise((resolve) => setImmediate(resolve));
      expect(now()).toBe(shown);
    }
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });

  it('do not carry one that failed into the store', async () => {
    const { add, now, inStore, stored } = stage();
    const all = Promise.allSettled([add('a'), add('b'), add('c')]);
    (await inStore()).answer();
    (await inStore()).answer(FULL);
    (await inStore()).answer();
    expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(stored).toEqual(['a', 'ac']);
    expect(now()).toBe('ac');
  });

  it('before he is forgotten are stored before, and none comes behind', async () => {
    const { add, now, inStore, changes, stored } = stage();
    const before = add('a');
    const forgetting = changes.forgetting(user, () => Promise.resolve(stored.splice(0)));
    const late = await add('b');
    expect(isFailure(late) && late.kind).toBe('temporary');
    expect(now()).toBe('a');
    (await inStore()).answer();
    expect(await before).toBe('a');
    expect(await forgetting).toEqual(['a']);
    expect(now()).toBeUndefined();
    const after = add('c');
    (await inStore()).answer();
    expect(await after).toBe('c');
  });

  it('go on where the store cannot forget him', async () => {
    const { add, now, inStore, changes } = stage();
    const first = add('a');
    (await inStore()).answer();
    await first;
    await expect(changes.forgetting(user, () => Promise.reject(FULL))).rejects.toBe(FULL);
    expect(now()).toBe('a');
    const next = add('b');
    (await inStore()).answer();
    expect(await next).toBe('ab');
  });

  it('that cannot even be made are not under way', async () => {
    const { changes, add, inStore } = stage();
    await expect(changes.change(user, () => { throw new Error('a bug'); })).rejects.toThrow('a bug');
    expect([...changes.users()]).toEqual([]);
    const next = add('a');
    (await inStore()).answer();
    expect(await next).toBe('a');
  });

  it('do not wait for those of others', async () => {
    const { add, changes, inStore } = stage();
    const mine = add('a');
    const hers = changes.change('nurse@capulet.example', () => 'n');
    const [first, second] = [await inStore(), await inStore()];
    expect([first.row, second.row]).toEqual(['a', 'n']);
    second.answer();
    expect(await hers).toBe('n');
    first.answer();
    expect(await mine).toBe('a');
  });
});
