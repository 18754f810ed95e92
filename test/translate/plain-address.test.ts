import fc from 'fast-check';
import addressparser from 'nodemailer/lib/addressparser';
import { expect, it } from 'vitest';
import { plainAddress } from '../../src/translate/plain-address.js';

it.each([
  ['romeo@montague.example', { name: '', address: 'romeo@montague.example' }],
  ['Romeo Montague <romeo@montague.example>', { name: 'Romeo Montague', address: 'romeo@montague.example' }],
  ['Romeo Montague romeo@montague.example', undefined],
  ['Romeo <romeo@montague.example>, juliet@capulet.example', undefined],
  ['"Romeo" <romeo@montague.example>', undefined],
  ['Lovers: romeo@montague.example;', undefined],
  ['Romeo (Montague) <romeo@montague.example>', undefined],
  ['=?utf-8?q?Rom=C3=A9o?= <romeo@montague.example>', undefined],
  ['', undefined],
])('%s', (value, address) => {
  expect(plainAddress(value)).toEqual(address);
});

it('is what the parser of all spellings makes of it', () => {
  const of = (...units: string[]): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom(...units), minLength: 1, maxLength: 6 });
  const [name, local, domain] = [of('a', 'B', '1', ' ', '-'), of('a', 'B', '1', '.', '-', '_', '+'), of('a', 'B', '1', '.', '-')];
  const address = fc.tuple(local, domain).map((parts) => parts.join('@'));
  const written = fc.oneof(address, fc.tuple(name, address).map(([before, spec]) => `${before} <${spec}>`));
  let plain = 0;
  fc.assert(fc.property(written, (value) => {
    const address = plainAddress(value);
    if (address === undefined) return;
    plain++;
    expect([address]).toEqual(addressparser(value, { flatten: true }).map((entry) => ({ name: entry.name, address: entry.address })));
  }), { numRuns: 2_000 });
  expect(plain).toBeGreaterThan(500);
});
