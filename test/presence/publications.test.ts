/** What users let be published, in memory and in the store. */
import { describe, expect, it } from 'vitest';
import { isId, type Publication } from '../../src/presence/publication.js';
import { newId, Publications } from '../../src/presence/publications.js';
import { isFailure } from '../../src/failure.js';
import { openHere } from '../store/files.js';
import { juliet, T0 } from '../store/samples.js';

const user = 'juliet@capulet.example';
const nurse = 'nurse@capulet.example';

type Change = [before: string | undefined, after: string | undefined];

async function stage() {
  const { store } = openHere();
  const publications = new Publications(store.publications);
  await publications.load();
  const changes: Change[] = [];
  publications.onChange((before, after) => changes.push([before?.audience, after?.audience]));
  /** Of who is not being forgotten. */
  const change = async (of: string, edit: (before: Publication) => Publication): Promise<Publication> => {
    const changed = await publications.change(of, edit);
    if (isFailure(changed)) throw new Error(changed.text);
    return changed;
  };
  return { store, publications, changes, change };
}

const to = (audience: Publication['audience']) => (before: Publication): Publication => ({ ...before, audience });

it('ids are 26 letters, each its own', () => {
  const ids = new Set(Array.from({ length: 1_000 }, newId));
  expect(ids.size).toBe(1_000);
  expect([...ids].every(isId)).toBe(true);
  expect(new Set([...ids].join('')).size).toBe(32);
});

describe('publications', () => {
  it('are nothing until the user says so, then found by id and by user, also after a restart', async () => {
    const { store, publications, changes, change } = await stage();
    expect(publications.ofUser(user)).toBeUndefined();
    const published = await change(user, to('link'));
    expect(published).toMatchObject({ user, audience: 'link', shown: [], write: false, origins: [], keys: [] });
    expect(publications.ofUser(user)).toBe(published);
    expect(publications.byId(published.id)).toBe(published);
    expect([...publications.publishing()]).toEqual([user]);
    expect(changes).toEqual([[undefined, 'link']]);
    const restarted = new Publications(store.publications);
    await restarted.load();
    expect(restarted.byId(published.id)).toEqual(published);
  });

  it('keep the settings and the id of who withdraws, and drop the id that is replaced', async () => {
    const { publications, change } = await stage();
    const { id } = await change(user, (before) => ({ ...before, audience: 'link', shown: ['status'] }));
    expect(await publications.change(user, to('nobody'))).toMatchObject({ id, shown: ['status'] });
    expect([...publications.publishing()]).toEqual([]);
    const replaced = await change(user, (before) => ({ ...before, audience: 'link', id: newId() }));
    expect(replaced.id).not.toBe(id);
    expect(publications.byId(id)).toBeUndefined();
    expect(publications.byId(replaced.id)).toBe(replaced);
  });

  it('hold two changes at once, and are as before where the store fails', async () => {
    const { store, publications, changes } = await stage();
    await Promise.all([publications.change(user, to('link')), publications.change(user, (before) => ({ ...before, write: true }))]);
    expect(await store.publications.publications()).toMatchObject([{ audience: 'link', write: true }]);
    await store.close();
    await expect(publications.change(user, to('everybody'))).rejects.toThrow();
    expect(publications.ofUser(user)).toMatchObject({ audience: 'link' });
    expect(changes.at(-1)).toEqual(['everybody', 'link']);
  });

  it('are as the store holds them where two changes that overlap fail', async () => {
    const { store, publications, change } = await stage();
    const { id } = await change(user, to('link'));
    await store.close();
    const both = await Promise.allSettled([change(user, to('everybody')), change(user, (before) => ({ ...before, id: newId(), write: true }))]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(publications.ofUser(user)).toMatchObject({ audience: 'link', write: false, id });
    expect(publications.byId(id)).toBe(publications.ofUser(user));
  });

  it('go with the user', async () => {
    const { store, publications, changes, change } = await stage();
    const { id } = await change(user, to('link'));
    await publications.forgetting(user, () => store.accounts.forgetUser(juliet, T0));
    expect(publications.byId(id)).toBeUndefined();
    expect(publications.ofUser(user)).toBeUndefined();
    expect(changes.at(-1)).toEqual(['link', undefined]);
  });

  it('go with the user also where he changes something just before, and are never written behind it', async () => {
    const { store, publications, change } = await stage();
    await change(user, to('link'));
    const before = publications.change(user, to('everybody'));
    let rows: unknown = 'not asked for';
    const forgetting = publications.forgetting(user, async () => {
      await store.accounts.forgetUser(juliet, T0);
      // What a gateway that is killed now leaves.
      rows = await store.publications.publications();
    });
    const late = publications.change(user, to('link'));
    await forgetting;
    expect(rows).toEqual([]);
    expect([isFailure(await before), isFailure(await late)]).toEqual([false, true]);
    expect(publications.ofUser(user)).toBeUndefined();
    expect(await store.publications.publications()).toEqual([]);
  });

  it('are read again when another process has changed them, and tell only what changed', async () => {
    const { store, publications, changes, change } = await stage();
    await store.apiKeys.addApiKey({ name: 'verona', hash: Buffer.alloc(32), scopes: ['read'], rate: 60, madeAt: T0 });
    const { id } = await change(user, (before) => ({ ...before, audience: 'sites', keys: ['verona'] }));
    const other = await change(nurse, to('link'));
    await store.apiKeys.removeApiKey('verona');
    changes.length = 0;
    await publications.load();
    expect(publications.byId(id)).toMatchObject({ keys: [] });
    expect(publications.ofUser(nurse)).toBe(other);
    expect(changes).toEqual([['sites', 'sites']]);
  });

  it('do not lose to what was read before what the user says meanwhile', async () => {
    const { publications } = await stage();
    await publications.change(user, to('link'));
    const reading = publications.load();
    const changing = publications.change(user, to('nobody'));
    await Promise.all([reading, changing]);
    expect(publications.ofUser(user)).toMatchObject({ audience: 'nobody' });
  });
});
