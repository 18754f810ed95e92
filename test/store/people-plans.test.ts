/** What is kept of people is forgotten without a look at every row, and at every picture: the store does nothing else meanwhile. */
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { PeopleTable } from '../../src/store/people.js';
import { MIGRATIONS } from '../../src/store/schema.js';

it('people are forgotten by an index', () => {
  const db = new Database(':memory:');
  for (const migration of MIGRATIONS) db.exec(migration);
  const texts: string[] = [];
  const spied = new Proxy(db, { get: (target, key) => (key === 'prepare' ? (text: string) => (texts.push(text), target.prepare(text)) : Reflect.get(target, key) as unknown) });
  expect(new PeopleTable(spied).prune()).toBe(false);
  const plans = texts.filter((text) => !text.startsWith('INSERT')).map((text) => db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${text}`).all(...Array.from(text.matchAll(/\?/g), () => 'x')));
  const details = plans.flat().map(({ detail }) => detail);
  expect(details.filter((detail) => /TEMP B-TREE|^SCAN people$/.test(detail))).toEqual([]);
  expect(details.length).toBeGreaterThanOrEqual(5);
});
