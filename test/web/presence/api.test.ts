import { describe, expect, test } from 'vitest';
import { apiOf, idOf, publicationOf, textOf, URL_OF_ALL, type Inhabitant } from './world.js';

const SITE = 'https://verona.test';
const ROMEO: Inhabitant = {
  publication: publicationOf('a', { write: true }),
  state: { online: true, show: 'dnd', status: 'In <b>Mantua</b>', client: 'phone', idleSince: 1_800_000_000_000, changedAt: 1_800_000_001_000 },
  face: { name: 'Romeo', picture: { id: 'deadbeef'.repeat(8), type: 'image/png', bytes: new Uint8Array() } },
};
const JULIET: Inhabitant = { publication: publicationOf('b', { audience: 'sites', origins: [SITE], keys: ['platform'], shown: [] }), state: { online: false, seenAt: 1_800_000_000_000 } };
const TYBALT: Inhabitant = { publication: publicationOf('c', { audience: 'nobody' }), state: { online: true } };
const PARIS: Inhabitant = { publication: publicationOf('d'), state: { online: true }, blocked: true };
const NURSE: Inhabitant = { publication: publicationOf('e', { audience: 'everybody', shown: [] }), state: { online: true } };

const world = () => apiOf(ROMEO, JULIET, TYBALT, PARIS, NURSE);
const one = (letter: string): string => `/v1/presence/${idOf(letter)}`;
const NAMES = ['a', 'z', 'a', 'c', 'b'].map(idOf);

describe('one', () => {
  test('is told as JSON, with all that may be shown', async () => {
    const { status, headers, body } = await world().ask(one('a'));
    expect([status, headers['content-type'], headers['content-length']]).toEqual([200, 'application/json', `${(body as Buffer).length}`]);
    expect(JSON.parse(textOf(body))).toEqual({
      id: idOf('a'), presence: 'online', show: 'dnd', status: 'In <b>Mantua</b>', client: 'phone', idle_since: '2027-01-15T08:00:00Z', changed_at: '2027-01-15T08:00:01Z',
      name: 'Romeo', picture: `${URL_OF_ALL}/u/${idOf('a')}/picture?v=deadbeefdeadbeef`, strangers: true, xmpp: 'xmpp:a@verona.test', mail: 'mailto:a@mail.test',
    });
    expect(textOf(body)).not.toContain('<');
  });

  test('under the JID, in any spelling, where everybody may', async () => {
    const { ask } = world();
    for (const name of ['e@verona.test', 'E%40Verona.Test', 'e@verona.test/phone'.replace('/', '%2F')]) {
      expect(JSON.parse(textOf((await ask(`/v1/presence/${name}`)).body))).toEqual({ id: 'e@verona.test', presence: 'online', strangers: false });
    }
    expect((await ask('/v1/presence/a@verona.test')).status).toBe(404);
  });

  test.each([['json', 'application/json'], ['xml', 'application/xml; charset=utf-8'], ['pidf', 'application/pidf+xml; charset=utf-8'], ['text', 'text/plain; charset=utf-8']])('as %s, by Accept or by ?format', async (format, type) => {
    const { ask } = world();
    const accepted = await ask(one('a'), { accept: type });
    expect(accepted.headers['content-type']).toBe(type);
    expect(await ask(`${one('a')}?format=${format}`, { accept: 'text/html' })).toEqual(accepted);
  });
});

describe('who is hidden', () => {
  const asked = [{}, { origin: 'https://mantua.test' }, { accept: 'application/xml' }, { 'if-none-match': '*' }];

  test.each(asked)('is the same as who is not there, asked with %j', async (headers) => {
    const { ask } = world();
    const answers = await Promise.all([...['b', 'c', 'd', 'z'].map(one), '/v1/presence/a@verona.test', '/v1/presence/nobody@verona.test', '/v1/presence/%zz', '/v1/presence/%00', `/v1/presence/${'x'.repeat(16_000)}`].map((target) => ask(target, headers)));
    // Not only equal: one object, so the way from here to the socket is one as well.
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 404, headers: { 'content-type': 'application/problem+json', 'access-control-allow-origin': '*', 'cache-control': 'private, no-store', vary: 'accept, origin, sec-fetch-site' } });
  });

  test('in a batch too, but for the name that was asked for', async () => {
    const { ask } = world();
    const told = async (letter: string): Promise<string> => textOf((await ask(`/v1/presence?id=${idOf(letter)}`)).body).replaceAll(letter.repeat(26), '');
    expect(new Set([await told('b'), await told('c'), await told('d'), await told('z')])).toEqual(new Set(['{"presences":[{"id":"","presence":"unknown"}]}']));
  });
});

describe('pages of other sites', () => {
  test('may read what anybody can ask for', async () => {
    const { ask } = world();
    const answer = await ask(one('a'), { origin: 'https://any.test' });
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*', 'access-control-expose-headers': 'etag, retry-after', vary: 'accept, origin, sec-fetch-site', 'cache-control': 'no-cache' });
    expect(await ask(one('a'))).toBe(answer);
  });

  test('that the user has named may read the rest', async () => {
    const { ask } = world();
    const { status, headers } = await ask(one('b'), { origin: SITE });
    expect([status, headers['access-control-allow-origin'], headers.vary, headers['cache-control']]).toEqual([200, SITE, 'accept, origin, sec-fetch-site', 'private, no-cache']);
    expect((await ask(one('b'), { origin: 'https://verona.test.evil.test' })).status).toBe(404);
    expect((await ask(`/v1/presence?id=${idOf('b')}`, { origin: SITE })).headers['access-control-allow-origin']).toBe(SITE);
  });

  test('are told beforehand the same for every name, and that keys are not for browsers', async () => {
    const { ask } = world();
    const [seen, hidden, many] = await Promise.all([one('a'), one('z'), '/v1/presence'].map((target) => ask(target, { origin: SITE, 'access-control-request-method': 'GET' }, { method: 'OPTIONS' })));
    expect(seen).toEqual(hidden);
    expect(seen).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': '*', 'access-control-allow-methods': 'GET, HEAD', allow: 'GET, HEAD, OPTIONS' } });
    expect(seen?.headers['access-control-allow-headers']).not.toMatch(/authorization|\*/i);
    expect(many?.headers['access-control-allow-methods']).toBe('GET, HEAD, POST');
  });

  test('no answer allows cookies', async () => {
    const { ask } = world();
    for (const answer of [await ask(one('a'), { origin: SITE }), await ask(one('b'), { origin: SITE }), await ask(one('z'), { origin: SITE })]) expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
  });
});

test('the holder of a key that the user has named sees him, for himself alone', async () => {
  const { status, headers } = await world().ask(one('b'), { authorization: 'Bearer platform' });
  expect([status, headers['cache-control']]).toEqual([200, 'private, no-cache']);
});

describe('an answer is known again', () => {
  test.each(['application/json', 'application/xml', 'application/pidf+xml', 'text/plain'])('as %s: 304 until something changes', async (accept) => {
    const { ask, change } = world();
    const first = await ask(one('a'), { accept });
    const etag = first.headers.etag ?? '';
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const { status, headers, body } = await ask(one('a'), { accept, 'if-none-match': known });
      expect([status, body]).toEqual([304, '']);
      expect(headers).toMatchObject({ etag, vary: 'accept, origin, sec-fetch-site', 'cache-control': 'no-cache', 'access-control-allow-origin': '*' });
    }
    change('e', { online: false });
    expect(await ask(one('a'), { accept })).toBe(first);
    change('a', { online: false });
    const next = await ask(one('a'), { accept, 'if-none-match': etag });
    expect([next.status, next.headers.etag === etag]).toEqual([200, false]);
  });

  test('formats have different ones, and so have the names of one user', async () => {
    const { ask } = world();
    const tags = [await ask(one('e')), await ask(`${one('e')}?format=xml`), await ask(`${one('e')}?format=pidf`), await ask(`${one('e')}?format=text`), await ask('/v1/presence/e@verona.test')].map(({ headers }) => headers.etag);
    expect(new Set(tags).size).toBe(5);
  });

  test('also one of several', async () => {
    const { ask, change } = world();
    const target = `/v1/presence?id=${idOf('a')}&id=${idOf('z')}`;
    const known = { 'if-none-match': (await ask(target)).headers.etag ?? '' };
    expect((await ask(target, known)).status).toBe(304);
    change('a', { online: false });
    expect((await ask(target, known)).status).toBe(200);
  });
});

describe('several', () => {
  const expected = [[idOf('a'), 'online'], [idOf('z'), 'unknown'], [idOf('a'), 'online'], [idOf('c'), 'unknown'], [idOf('b'), 'unknown']];
  const told = (text: string): string[][] => (JSON.parse(text) as { presences: { id: string; presence: string }[] }).presences.map(({ id, presence }) => [id, presence]);

  test('in the order asked, with repeats: by GET, by POST of JSON, and of text, which needs no preflight', async () => {
    const { ask, post } = world();
    expect(told(textOf((await ask(`/v1/presence?${NAMES.map((id) => `id=${id}`).join('&')}`)).body))).toEqual(expected);
    for (const type of ['application/json', 'application/json; charset=utf-8', 'text/plain;charset=UTF-8', undefined]) {
      expect(told(textOf((await post(JSON.stringify({ ids: NAMES }), type === undefined ? {} : { 'content-type': type })).body))).toEqual(expected);
    }
    expect(told(textOf((await post('{"ids":[]}')).body))).toEqual([]);
  });

  test('as XML and as text; there is no PIDF of several', async () => {
    const { ask } = world();
    const target = `/v1/presence?id=${idOf('e')}&id=x%26y@z.test`;
    expect(textOf((await ask(target, { accept: 'application/xml' })).body)).toBe(`<?xml version="1.0" encoding="UTF-8"?>\n<presences>\n<user><id>${idOf('e')}</id><presence>online</presence><strangers>false</strangers></user>\n<user><id>x&amp;y@z.test</id><presence>unknown</presence></user>\n</presences>\n`);
    expect(textOf((await ask(target, { accept: 'text/plain' })).body)).toBe(`${idOf('e')}\tonline\nx&y@z.test\tunknown\n`);
    expect((await ask(target, { accept: 'application/pidf+xml' })).status).toBe(406);
    expect((await ask(`${target}&format=pidf`)).status).toBe(400);
  });

  test('the same question is answered from what was told just now, until somebody changes, or a second has gone', async () => {
    const { post, change, block, time } = world();
    const question = JSON.stringify({ ids: [idOf('a'), idOf('e')] });
    const first = await post(question);
    expect((await post(question)).body).toBe(first.body);
    expect((await post(question, { accept: 'text/plain' })).body).not.toEqual(first.body);
    change('a', { online: false });
    expect(told(textOf((await post(question)).body))).toEqual([[idOf('a'), 'offline'], [idOf('e'), 'online']]);
    block('e');
    time.now = 1_000;
    expect(told(textOf((await post(question)).body))).toEqual([[idOf('a'), 'offline'], [idOf('e'), 'unknown']]);
  });

  test('nobody gets what was told to another', async () => {
    const { ask, post } = world();
    const question = JSON.stringify({ ids: [idOf('b')] });
    const presence = async (headers: Record<string, string>): Promise<unknown> => told(textOf((await post(question, headers)).body))[0]?.[1];
    for (const _ of [1, 2]) {
      expect([await presence({}), await presence({ origin: SITE }), await presence({ authorization: 'Bearer platform' }), await presence({ origin: 'https://mantua.test' })]).toEqual(['unknown', 'offline', 'offline', 'unknown']);
    }
    expect((await ask('/v1/presence', {}, { method: 'POST', body: () => Promise.resolve(Buffer.from('?id=a')) })).status).toBe(400);
  });

  test('nor what was told to the holder of another key, or of one of the same name that may ask for more', async () => {
    const { ask, post } = world();
    const asked = [JSON.stringify({ ids: [idOf('b')] }), JSON.stringify({ ids: ['b@verona.test'] })];
    const seen = async (question: string, secret: string): Promise<unknown> => told(textOf((await post(question, { authorization: `Bearer ${secret}` })).body))[0]?.[1];
    for (const _ of [1, 2]) {
      for (const [secret, expected] of [['platform', ['offline', 'unknown']], ['other', ['unknown', 'unknown']], ['platform-lookup', ['offline', 'offline']]] as const) {
        expect([secret, await Promise.all(asked.map((question) => seen(question, secret)))]).toEqual([secret, expected]);
        expect([secret, told(textOf((await ask('/v1/presence?id=b@verona.test', { authorization: `Bearer ${secret}` })).body))[0]?.[1]]).toEqual([secret, expected[1]]);
      }
    }
  });

  test('nor does a body mean what a query meant just now', async () => {
    const { ask, post } = world();
    for (const _ of [1, 2]) {
      expect((await ask(`/v1/presence?id=${idOf('a')}`)).status).toBe(200);
      expect((await post(`?id=${idOf('a')}`)).status).toBe(400);
      expect((await post(JSON.stringify({ ids: [idOf('a')] }))).status).toBe(200);
      expect((await ask(`/v1/presence?${JSON.stringify({ ids: [idOf('a')] })}`)).status).toBe(400);
    }
  });

  test('what is asked by a body is kept by nobody, and read by the page that may', async () => {
    const { post } = world();
    const question = JSON.stringify({ ids: [idOf('a')] });
    expect((await post(question)).headers).toMatchObject({ 'cache-control': 'private, no-store', 'access-control-allow-origin': '*', vary: expect.stringContaining('origin') as string });
    expect((await post(question, { origin: SITE })).headers).toMatchObject({ 'cache-control': 'private, no-store', 'access-control-allow-origin': SITE });
    expect((await post(question)).headers).not.toHaveProperty('etag');
  });

  test('a thousand, and not one more', async () => {
    const { post } = world();
    const ids = (many: number): string => JSON.stringify({ ids: Array.from({ length: many }, () => idOf('a')) });
    expect(told(textOf((await post(ids(1_000))).body))).toHaveLength(1_000);
    expect((await post(ids(1_001))).status).toBe(400);
  });
});

describe('a problem says what is wrong', () => {
  const json = { 'content-type': 'application/json' };
  test.each([
    ['not JSON', '{"ids":[', json, 400], ['no ids', '{"id":["a"]}', json, 400], ['ids that are no list', '{"ids":"a"}', json, 400], ['null', 'null', json, 400], ['a number among them', '{"ids":["a",1]}', json, 400],
    ['an empty name', '{"ids":[""]}', json, 400], ['a control character', '{"ids":["a\\u0000"]}', json, 400], ['half a character', '{"ids":["\\ud800"]}', json, 400], ['a name beyond all JIDs', JSON.stringify({ ids: ['a'.repeat(3_072)] }), json, 400],
    ['too much', `{"ids":["${'a'.repeat(65_536)}"]}`, json, 413], ['a form', 'ids=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415], ['packed', '{"ids":[]}', { ...json, 'content-encoding': 'gzip' }, 415], ['not acceptable', '{"ids":[]}', { ...json, accept: 'image/png' }, 406],
  ])('%s', async (_, body, headers, status) => {
    const answer = await world().post(body, headers);
    expect([answer.status, answer.headers['content-type'], answer.headers['access-control-allow-origin']]).toEqual([status, 'application/problem+json', '*']);
    expect(JSON.parse(textOf(answer.body))).toMatchObject({ type: 'about:blank', status });
  });

  test.each([
    ['/v1/presence', 'GET', 400, undefined], ['/v1/presence?id=', 'GET', 400, undefined], [`/v1/presence?${'id=a&'.repeat(1_001)}`, 'GET', 400, undefined], ['/v1/presence?id=a&format=html', 'GET', 400, undefined],
    [one('a'), 'POST', 405, 'GET, HEAD, OPTIONS'], ['/v1/presence', 'DELETE', 405, 'GET, HEAD, POST, OPTIONS'], ['/v1', 'GET', 404, undefined], ['/v1/', 'GET', 404, undefined], ['/v1/presences', 'GET', 404, undefined], ['/v1/../m/x', 'GET', 404, undefined],
  ])('%s by %s is %i', async (target, method, status, allow) => {
    const answer = await world().ask(target, {}, { method });
    expect([answer.status, answer.headers.allow]).toEqual([status, allow]);
    expect(JSON.parse(textOf(answer.body))).toMatchObject({ status });
  });

  test('a key that is not good, and who goes while he sends', async () => {
    const { ask } = world();
    expect((await ask(one('a'), { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await ask('/v1/presence', {}, { method: 'POST', body: () => Promise.reject(new Error('gone')) })).status).toBe(400);
  });
});
