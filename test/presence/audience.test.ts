/** Who asks × what was permitted: every case stands in the table, and the table has no other. */
import { describe, expect, it } from 'vitest';
import { AUDIENCES, FACETS, isId, mayKnow, SCOPES, type AskedBy, type Asker, type Audience, type Facet, type KeyHolder, type Publication, type Scope } from '../../src/presence/publication.js';
import { Publisher, type Consents } from '../../src/presence/publisher.js';
import { viewOf, type Face, type State } from '../../src/presence/view.js';

const ID = 'abcdefghijklmnopqrstuvw234';
const OTHER_ID = 'zbcdefghijklmnopqrstuvw234';
const JULIET = 'juliet@example.com';
const SITE = 'https://example.org';

const key = (name: string, ...scopes: Scope[]): KeyHolder => ({ name, scopes });

/** Everybody who may come, by his origin and his key. */
const ORIGINS = { 'no origin': undefined, 'the named site': SITE, 'another site': 'https://evil.test', 'a site that begins like it': 'https://example.org.evil.test', 'the named site without TLS': 'http://example.org', 'the named site in capitals': 'https://EXAMPLE.ORG' } as const;
const KEYS = {
  'no key': undefined,
  'the named key': key('portal', 'read'),
  'the named key, that looks up': key('portal', 'read', 'lookup'),
  'another key': key('other', 'read'),
  'another key, that looks up': key('other', 'read', 'lookup'),
} as const;
const NAMED = { audience: 'nobody', origins: [SITE], keys: ['portal'] } as const;

type Row = readonly [audience: Audience, by: AskedBy, origin: keyof typeof ORIGINS | 'any', key: keyof typeof KEYS | 'any', mayKnow: boolean];

/** The first row that fits counts. */
const TABLE: readonly Row[] = [
  ['nobody', 'id', 'any', 'any', false],
  ['nobody', 'address', 'any', 'any', false],
  ['link', 'id', 'any', 'any', true],
  ['link', 'address', 'any', 'any', false],
  ['sites', 'id', 'any', 'the named key', true],
  ['sites', 'id', 'any', 'the named key, that looks up', true],
  ['sites', 'id', 'the named site', 'any', true],
  ['sites', 'id', 'no origin', 'any', false],
  ['sites', 'id', 'another site', 'any', false],
  ['sites', 'id', 'a site that begins like it', 'any', false],
  ['sites', 'id', 'the named site without TLS', 'any', false],
  ['sites', 'id', 'the named site in capitals', 'any', false],
  ['sites', 'address', 'any', 'the named key, that looks up', true],
  ['sites', 'address', 'any', 'no key', false],
  ['sites', 'address', 'any', 'the named key', false],
  ['sites', 'address', 'any', 'another key', false],
  ['sites', 'address', 'any', 'another key, that looks up', false],
  ['everybody', 'id', 'any', 'any', true],
  ['everybody', 'address', 'any', 'any', true],
];

const namesOf = <T extends object>(table: T): readonly (keyof T)[] => Object.keys(table) as (keyof T)[];

function* everyCase(): Iterable<readonly [Audience, AskedBy, keyof typeof ORIGINS, keyof typeof KEYS]> {
  for (const audience of AUDIENCES) for (const by of ['id', 'address'] as const) for (const origin of namesOf(ORIGINS)) for (const held of namesOf(KEYS)) yield [audience, by, origin, held];
}

const CASES = [...everyCase()];
const rowOf = ([audience, by, origin, held]: (typeof CASES)[number]): Row | undefined =>
  TABLE.find((row) => row[0] === audience && row[1] === by && [origin, 'any'].includes(row[2]) && [held, 'any'].includes(row[3]));

function askerOf(origin: keyof typeof ORIGINS, held: keyof typeof KEYS): Asker {
  return { ...(ORIGINS[origin] && { origin: ORIGINS[origin] }), ...(KEYS[held] && { key: KEYS[held] }) };
}

function publicationOf(more: Partial<Publication> = {}): Publication {
  return { user: JULIET, id: ID, shown: FACETS, write: true, ...NAMED, ...more };
}

const STATE: State = { online: true, show: 'away', status: 'tea', client: 'phone', idleSince: 1, changedAt: 2, seenAt: 3 };
const FACE: Face = { name: 'Juliet', picture: { id: 'aa', type: 'image/png', bytes: new Uint8Array() } };

function stage(publication: Publication | undefined, serves = true) {
  const world = { publication, state: STATE, face: FACE, serves };
  const listeners: { consent: Parameters<Consents['onChange']>[0][]; state: ((user: string) => void)[]; face: ((user: string) => void)[] } = { consent: [], state: [], face: [] };
  const told: string[][] = [];
  /** What was asked of him. */
  const asked: string[] = [];
  const publisher = new Publisher({
    consents: {
      byId: (id) => (world.publication?.id === id ? world.publication : undefined),
      ofUser: (user) => (world.publication?.user === user ? world.publication : undefined),
      onChange: (listener) => void listeners.consent.push(listener),
    },
    states: { of: () => (asked.push('state'), world.state), onChange: (listener) => void listeners.state.push(listener) },
    faces: { of: () => (asked.push('face'), world.face), onChange: (listener) => void listeners.face.push(listener) },
    serves: () => world.serves,
    contactOf: (user) => (asked.push('contact'), { jid: user, mail: `${user}.mail` }),
  });
  publisher.onChange((names) => told.push([...names]));
  const change = (after: Publication | undefined): void => {
    const before = world.publication;
    world.publication = after;
    for (const listener of listeners.consent) listener(before, after);
  };
  const move = (state: State): void => {
    world.state = state;
    for (const listener of listeners.state) listener(JULIET);
  };
  const look = (face: Face): void => {
    world.face = face;
    for (const listener of listeners.face) listener(JULIET);
  };
  return { publisher, world, told, asked, change, move, look };
}

describe('the audience', () => {
  it('has a row for every case, and no row without one', () => {
    expect(CASES).toHaveLength(AUDIENCES.length * 2 * Object.keys(ORIGINS).length * Object.keys(KEYS).length);
    expect(CASES.filter((one) => rowOf(one) === undefined)).toEqual([]);
    expect(TABLE.filter((row) => !CASES.some((one) => rowOf(one) === row))).toEqual([]);
    expect(Object.values(KEYS).flatMap((one) => one?.scopes ?? [])).toEqual(expect.arrayContaining([...SCOPES]));
  });

  it.each(CASES)('%s, asked by %s, %s, %s', (audience, by, origin, held) => {
    const publication = publicationOf({ audience });
    const asker = askerOf(origin, held);
    const expected = rowOf([audience, by, origin, held])?.[4];
    expect(mayKnow(publication, asker, by)).toBe(expected);
    const name = by === 'id' ? ID : JULIET;
    expect(stage(publication).publisher.look(name, asker) !== undefined).toBe(expected);
    // Whoever is no user any more, or blocked by the operators, is hidden from all.
    expect(stage(publication, false).publisher.look(name, asker)).toBeUndefined();
    expect(stage(undefined).publisher.look(name, asker)).toBeUndefined();
    expect(stage(publicationOf({ audience, id: OTHER_ID })).publisher.look(ID, asker)).toBeUndefined();
  });

  it('makes nothing of who is hidden, so that it takes no time by which he is found', () => {
    const hidden = CASES.filter((one) => rowOf(one)?.[4] === false).map(([audience, by, origin, held]) => ({ name: by === 'id' ? ID : JULIET, asker: askerOf(origin, held), one: stage(publicationOf({ audience })) }));
    const blocked = AUDIENCES.map((audience) => ({ name: ID, asker: {}, one: stage(publicationOf({ audience }), false) }));
    for (const { name, asker, one } of [...hidden, ...blocked]) {
      expect(one.publisher.look(name, asker)).toBeUndefined();
      expect(one.asked).toEqual([]);
    }
    const { publisher, asked } = stage(publicationOf({ audience: 'link' }));
    publisher.look(ID, {});
    expect(asked).toEqual(['state', 'face', 'contact']);
  });

  it('names nobody by a list that is empty', () => {
    const publication = publicationOf({ audience: 'sites', origins: [], keys: [] });
    for (const [, by, origin, held] of CASES) expect(mayKnow(publication, askerOf(origin, held), by)).toBe(false);
  });
});

const FACET_FIELDS: Readonly<Record<Facet, readonly string[]>> = { show: ['show'], status: ['status'], client: ['client'], seen: ['changedAt', 'idleSince', 'seenAt'], name: ['face.name'], picture: ['face.picture'] };

function fieldsOf(shown: readonly Facet[], write: boolean): string[] {
  const { face, ...view } = viewOf(publicationOf({ shown, write }), STATE, FACE, { jid: JULIET });
  return [...Object.keys(view), ...Object.keys(face).map((name) => `face.${name}`)].sort();
}

describe('what is shown', () => {
  /** All subsets. */
  const choices = Array.from({ length: 2 ** FACETS.length }, (_, i) => FACETS.filter((_facet, n) => (i >> n) & 1));

  it.each(choices.flatMap((shown) => [true, false].map((write) => ({ shown, write }))))('$shown, strangers may write: $write', ({ shown, write }) => {
    expect(fieldsOf(shown, write)).toEqual(['online', ...(write ? ['contact'] : []), ...shown.flatMap((facet) => FACET_FIELDS[facet])].sort());
  });

  it('tells neither the JID to whoever has the link, nor the link to whoever has the JID', () => {
    const { publisher } = stage(publicationOf({ audience: 'everybody', write: false }));
    expect(JSON.stringify(publisher.look(ID, {}))).not.toContain('juliet');
    expect(JSON.stringify(publisher.look(JULIET, {}))).not.toContain(ID);
  });
});

describe('the publisher', () => {
  it('shows the same object until something shown changes', () => {
    const { publisher, move, told } = stage(publicationOf({ audience: 'link', shown: ['show'] }));
    const first = publisher.look(ID, {});
    expect(first).toMatchObject({ name: ID, online: true, show: 'away' });
    expect(publisher.look(ID, {})).toBe(first);
    move({ ...STATE, status: 'on holiday, ring 0123', changedAt: 99 });
    expect(publisher.look(ID, {})).toBe(first);
    expect(told).toEqual([]);
    move({ ...STATE, show: 'dnd' });
    expect(publisher.look(ID, {})).toMatchObject({ show: 'dnd' });
    expect(publisher.look(ID, {})?.seq).toBeGreaterThan(first?.seq ?? Infinity);
    expect(told).toEqual([[ID, JULIET]]);
  });

  it('tells of each name when consent is given, taken, or its link replaced', () => {
    const { publisher, change, told } = stage(undefined);
    change(publicationOf({ audience: 'link' }));
    expect(publisher.look(ID, {})?.online).toBe(true);
    change(publicationOf({ audience: 'link', id: OTHER_ID }));
    expect(publisher.look(ID, {})).toBeUndefined();
    expect(publisher.look(OTHER_ID, {})?.online).toBe(true);
    change(publicationOf({ audience: 'nobody', id: OTHER_ID }));
    expect(publisher.look(OTHER_ID, {})).toBeUndefined();
    change(undefined);
    expect(told).toEqual([[ID, JULIET], [ID, OTHER_ID, JULIET], [OTHER_ID, JULIET], [OTHER_ID, JULIET]]);
  });

  it('does not tell when a user changes what shows nothing else', () => {
    const { publisher, change, told } = stage(publicationOf({ audience: 'link', shown: ['show'] }));
    const first = publisher.look(ID, {});
    change(publicationOf({ audience: 'link', shown: ['show'], keys: ['portal', 'other'], origins: [] }));
    expect([publisher.look(ID, {}) === first, told]).toEqual([true, []]);
    change(publicationOf({ audience: 'link', shown: ['status'] }));
    expect(publisher.look(ID, {})).not.toHaveProperty('show');
    expect(told).toEqual([[ID, JULIET]]);
    change(publicationOf({ audience: 'sites', keys: ['portal'] }));
    expect(publisher.look(ID, { key: key('other', 'read') })).toBeUndefined();
    expect(publisher.look(ID, { key: key('portal', 'read') })).toBeDefined();
    change(publicationOf({ audience: 'sites', keys: ['portal', 'other'] }));
    expect(publisher.look(ID, { key: key('other', 'read') })?.seq).toBe(publisher.last);
    expect(told).toHaveLength(3);
  });

  it('tells of another name and of another picture, where they are shown, and of no other bytes of the same', () => {
    const { publisher, look, told } = stage(publicationOf({ audience: 'link', shown: ['name', 'picture'] }));
    const first = publisher.look(ID, {});
    look({ name: 'Juliet', picture: { id: 'aa', type: 'image/png', bytes: new Uint8Array(1) } });
    expect([told.length, publisher.look(ID, {})]).toEqual([0, first]);
    look({ name: 'Juliet', picture: { id: 'bb', type: 'image/png', bytes: new Uint8Array() } });
    expect([told.length, publisher.look(ID, {})?.face.picture?.id]).toEqual([1, 'bb']);
    look({ name: 'Julie', picture: { id: 'bb', type: 'image/png', bytes: new Uint8Array() } });
    expect([told.length, publisher.look(ID, {})?.face.name]).toEqual([2, 'Julie']);
    look({ name: 'Julie' });
    expect([told.length, publisher.look(ID, {})?.face.picture]).toEqual([3, undefined]);
  });

  it('says nothing of who publishes nothing', () => {
    const { move, told } = stage(publicationOf({ audience: 'nobody' }));
    move({ online: false });
    expect(told).toEqual([]);
  });

  it.each(['juliet@example.com', 'Juliet@EXAMPLE.com', 'juliet@example.com/phone'])('finds %s', (name) => {
    expect(stage(publicationOf({ audience: 'everybody' })).publisher.look(name, {})?.name).toBe(JULIET);
  });

  it.each(['', 'example.com', '__proto__', 'constructor', ID.toUpperCase(), `${ID}a`, ' ', '@', `${ID}@example.com`])('knows nobody called %j', (name) => {
    expect(stage(publicationOf({ audience: 'everybody' })).publisher.look(name, {})).toBeUndefined();
    expect(isId(name)).toBe(false);
  });
});
