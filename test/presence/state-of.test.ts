import { describe, expect, it } from 'vitest';
import { kindIn, stateOf } from '../../src/presence/state-of.js';
import type { Client } from '../../src/presence/whereabouts.js';

const client = (more: Partial<Client> = {}): Client => ({ resource: 'x', priority: 0, at: 1, ...more });
const of = (...clients: Client[]) => stateOf(clients, () => undefined);

describe('the state of all clients', () => {
  it.each([
    ['nobody is offline', [], { online: false }],
    ['a negative priority alone is offline', [client({ priority: -1, status: 'x' })], { online: false }],
    ['the first speaks', [client({ priority: 5, show: 'away' }), client({ show: 'dnd', status: 'no' })], { online: true, show: 'away' }],
    ['a status in one line', [client({ status: ' a\n\tb\u2028c ' })], { online: true, status: 'a b c' }],
    ['a status of nothing', [client({ status: '\u200b\u202e \u0000' })], { online: true }],
    ['a status that turns round, and half a character', [client({ status: 'gpj.\u202eexe \ud83d' })], { online: true, status: 'gpj.exe' }],
    ['a joined emoji', [client({ status: '\u{1f469}\u200d\u{1f4bb}' })], { online: true, status: '\u{1f469}\u200d\u{1f4bb}' }],
  ])('%s', (_, clients, expected) => expect(of(...clients)).toEqual(expected));

  it('has the kind of the client that speaks', () => {
    const kindOf = ({ resource }: Client) => (resource === 'phone' ? ('phone' as const) : undefined);
    expect(stateOf([client({ resource: 'phone' }), client()], kindOf)).toEqual({ online: true, client: 'phone' });
  });
});

it.each([
  [['gateway/smtp', 'client/web'], 'web'],
  [['client/toaster', 'CLIENT/pc', 'account/registered'], undefined],
  [[], undefined],
])('of %j the kind is %s', (kinds, expected) => expect(kindIn(kinds)).toBe(expected));
