/** Large originals, in files beside the database. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { originalsBeside } from '../../src/store/originals.js';
import type { Store } from '../../src/store/store.js';
import { freshPath, openHere, openStore } from './files.js';
import { juliet, letter, romeo, T0 } from './samples.js';

const PIECE = 256 * 1024;
const DAY = 86_400_000;
const PIECES = [Buffer.alloc(PIECE, 'arise fair sun'), Buffer.alloc(PIECE, 'and kill'), Buffer.from('the envious moon')];
const WHOLE = Buffer.concat(PIECES);

async function write(store: Store, id: string): Promise<void> {
  for (const [seq, piece] of PIECES.entries()) await store.write(id, seq, Buffer.from(piece));
}

async function accept(store: Store, id: string) {
  return store.accept([letter(romeo, juliet, { original: id })]);
}

async function read(store: Store, id: string): Promise<Buffer> {
  const pieces = [];
  for await (const piece of store.content(id)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function stored(): Promise<{ store: Store; directory: string; file: string }> {
  const path = freshPath();
  const { store } = openHere(path);
  await write(store, 'c1');
  await accept(store, 'c1');
  const directory = originalsBeside(path);
  return { store, directory, file: join(directory, 'c1') };
}

describe('a large original', () => {
  it('is a file that only its owner can read, byte for byte the mail', async () => {
    const { store, directory, file } = await stored();
    expect(readFileSync(file).equals(WHOLE)).toBe(true);
    expect([statSync(directory).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600]);
    expect((await read(store, 'c1')).equals(WHOLE)).toBe(true);
  });

  it('is that of several messages of one mail', async () => {
    const { store } = openHere();
    await write(store, 'c1');
    expect(await Promise.all([accept(store, 'c1'), accept(store, 'c1')])).toEqual([[['stored']], [['stored']]]);
    expect((await read(store, 'c1')).equals(WHOLE)).toBe(true);
  });

  it('is there after a restart, and a file that nobody owns is not', async () => {
    const path = freshPath();
    const store = await openStore(path);
    await write(store, 'c1');
    await accept(store, 'c1');
    await store.close();
    writeFileSync(join(originalsBeside(path), 'half'), 'a mail that was cut off by a crash');
    const again = await openStore(path);
    expect((await read(again, 'c1')).equals(WHOLE)).toBe(true);
    expect(readdirSync(originalsBeside(path))).toEqual(['c1']);
  });

  it('goes with its keeping time', async () => {
    const { store, file } = await stored();
    while (await store.prune(T0 + 29 * DAY));
    expect(existsSync(file)).toBe(true);
    while (await store.prune(T0 + 31 * DAY));
    expect(existsSync(file)).toBe(false);
    expect(await read(store, 'c1')).toHaveLength(0);
  });

  it('goes when its mail is not accepted, and stays when it is', async () => {
    const { store, directory } = await stored();
    await write(store, 'refused');
    await Promise.all([store.discard('refused'), store.discard('c1'), store.discard('unknown')]);
    expect(readdirSync(directory)).toEqual(['c1']);
    await expect(accept(store, 'refused')).rejects.toThrow('original');
  });

  it('goes with the store when its mail is still arriving', async () => {
    const path = freshPath();
    const { store } = openHere(path);
    await write(store, 'half');
    await store.close();
    expect(readdirSync(originalsBeside(path))).toEqual([]);
  });
});

describe('a large original that is damaged', () => {
  it.each([
    ['changed', (file: string) => writeFileSync(file, Buffer.from(WHOLE).fill('x', PIECE, PIECE + 1))],
    ['cut', (file: string) => truncateSync(file, PIECE)],
    ['gone', (file: string) => rmSync(file)],
  ])('is told (%s)', async (_, damage) => {
    const { store, file } = await stored();
    damage(file);
    await expect(read(store, 'c1')).rejects.toThrow(/original c1/);
  });

  it('is told when it is a small one in the database, too', async () => {
    const { store, db } = openHere();
    await store.write('c1', 0, Buffer.from('It is the east'));
    await accept(store, 'c1');
    expect((await read(store, 'c1')).toString()).toBe('It is the east');
    db.exec(`UPDATE pieces SET bytes = CAST(replace(bytes, 'east', 'west') AS BLOB)`);
    await expect(read(store, 'c1')).rejects.toThrow(/damaged/);
  });
});

describe('a large original that cannot be written', () => {
  it('fails its mail, and the next one goes well when the fault is gone', async () => {
    const path = freshPath();
    const { store } = openHere(path);
    writeFileSync(originalsBeside(path), 'in the way of the directory');
    await expect(store.write('c1', 0, Buffer.alloc(PIECE))).rejects.toThrow('EEXIST');
    await expect(store.write('c1', 1, Buffer.from('more'))).rejects.toThrow('EEXIST');
    await expect(accept(store, 'c1')).rejects.toThrow(/original/);
    await store.discard('c1');
    rmSync(originalsBeside(path));
    await write(store, 'c2');
    expect(await accept(store, 'c2')).toEqual([['stored']]);
  });

  it('is not there for a message when its directory was taken away meanwhile', async () => {
    const { store, directory } = await stored();
    rmSync(directory, { recursive: true });
    await expect(store.write('c2', 0, Buffer.alloc(PIECE))).rejects.toThrow('ENOENT');
    await expect(accept(store, 'c2')).rejects.toThrow(/original/);
    await store.discard('c2');
    await write(store, 'c3');
    expect(await accept(store, 'c3')).toEqual([['stored']]);
  });
});
