/** Who a mail address is, for keys that may ask. */
import { describe, expect, test } from 'vitest';
import { formatMailAddress, parseJid, type Jid } from '../../../src/address.js';
import type { KnownKey } from '../../../src/presence/keys.js';
import type { Answer, WebRequest } from '../../../src/web/answer.js';
import { Api } from '../../../src/web/presence/api.js';
import { Door } from '../../../src/web/presence/door.js';
import { Lookup } from '../../../src/web/presence/lookup.js';
import { recordingLog } from '../../xmpp/harness.js';
import { checkAnswer } from './conformance.js';
import { publicationOf, requestOf, textOf, URL_OF_ALL, worldOf } from './world.js';

const KEYS: Readonly<Record<string, KnownKey>> = {
  portal: { name: 'portal', scopes: ['read', 'lookup'], rate: 30, madeAt: 0 },
  reader: { name: 'reader', scopes: ['read'], rate: 1_000, madeAt: 0 },
};

function lookupOf(ownerOf = (mail: string): Promise<string | undefined> => Promise.resolve(mail.endsWith('@mail.test') ? mail.replace('mail', 'verona') : undefined)) {
  const { publisher } = worldOf([
    { publication: publicationOf('a', { audience: 'everybody' }), state: { online: true } },
    { publication: publicationOf('b', { audience: 'sites', keys: ['portal'] }) },
    { publication: publicationOf('c', { audience: 'sites', keys: ['reader'] }) },
    { publication: publicationOf('d', { audience: 'link' }) },
    { publication: publicationOf('e', { audience: 'nobody' }) },
    { publication: publicationOf('f', { audience: 'everybody' }), blocked: true },
  ]);
  const door = new Door({ holder: (secret) => KEYS[secret], rate: 1_000, publicUrl: URL_OF_ALL, running: () => 0 });
  const owner = async (mail: Parameters<typeof formatMailAddress>[0]): Promise<Jid | undefined> => {
    const user = await ownerOf(formatMailAddress(mail));
    return user === undefined ? undefined : (parseJid(user) as Jid);
  };
  const { log, lines } = recordingLog();
  const api = new Api({ publisher, door, publicUrl: URL_OF_ALL, running: () => 0, more: new Map([['lookup', new Lookup({ publisher, door, publicUrl: URL_OF_ALL, ownerOf: owner, log })]]) });
  const ask = async (target: string, key?: string, more: Partial<WebRequest> = {}): Promise<Answer> => {
    const request = requestOf(target, key === undefined ? {} : { authorization: `Bearer ${key}` }, more);
    const answer = await api.answer(request);
    checkAnswer(request, answer);
    return answer;
  };
  return { ask, lines, post: (mail: unknown, key?: string) => ask('/v1/lookup', key, { method: 'POST', body: () => Promise.resolve(Buffer.from(JSON.stringify({ mail }))) }) };
}

describe('/v1/lookup', () => {
  test('tells the chat identity and its state', async () => {
    const { ask } = lookupOf();
    const { status, headers, body } = await ask('/v1/lookup?mail=a%40mail.test', 'portal');
    expect([status, JSON.parse(textOf(body))]).toEqual([200, { id: 'a@verona.test', presence: 'online', strangers: false }]);
    expect(headers).toMatchObject({ 'cache-control': 'private, no-store', 'content-type': 'application/json' });
    expect((await ask('/v1/lookup?mail=b%40mail.test', 'portal')).status).toBe(200);
  });

  test('hidden, by link only, named to another key, blocked, and not there are one answer', async () => {
    const { ask } = lookupOf();
    const answers = await Promise.all(['c', 'd', 'e', 'f', 'x'].map((letter) => ask(`/v1/lookup?mail=${letter}%40mail.test`, 'portal')));
    expect(new Set([...answers, await ask('/v1/lookup?mail=a%40elsewhere.test', 'portal')]).size).toBe(1);
    expect(answers[0]?.status).toBe(404);
  });

  test('is for keys with the scope, and says so', async () => {
    const { ask, post } = lookupOf();
    for (const answer of [await ask('/v1/lookup?mail=a%40mail.test'), await post(['a@mail.test'])]) {
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer realm="presence"']);
    }
    const noScope = await ask('/v1/lookup?mail=a%40mail.test', 'reader');
    expect([noScope.status, noScope.headers['www-authenticate']]).toEqual([403, 'Bearer realm="presence", error="insufficient_scope", scope="lookup"']);
    expect((await ask('/v1/lookup?mail=a%40mail.test', 'stolen')).headers['www-authenticate']).toContain('invalid_token');
  });

  test('takes many at once, in their order, and counts them', async () => {
    const { post } = lookupOf();
    const asked = ['b@mail.test', 'x@mail.test', 'no address', 'a@mail.test', 'e@mail.test'];
    const { body } = await post(asked, 'portal');
    expect(JSON.parse(textOf(body))).toEqual({
      presences: [
        { id: 'b@verona.test', presence: 'offline', strangers: false },
        { id: 'x@mail.test', presence: 'unknown' },
        { id: 'no address', presence: 'unknown' },
        { id: 'a@verona.test', presence: 'online', strangers: false },
        { id: 'e@mail.test', presence: 'unknown' },
      ],
    });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await post(Array.from({ length: 1_000 }, (_, n) => `${n}@mail.test`), 'portal')).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
  });

  test.each(['', '?mail=', '?mail=juliet', '?mail=a%40mail.test&mail=b%40mail.test', '?mail=%00@mail.test', '?mail=%3Cscript%3E'])('refuses %j', async (query) => {
    expect((await lookupOf().ask(`/v1/lookup${query}`, 'portal')).status).toBe(400);
  });

  test('refuses what is no list, other methods, and other paths', async () => {
    const { ask, post } = lookupOf();
    for (const mail of [undefined, 'a@mail.test', [1], [''], Array.from({ length: 1_001 }, () => 'a@mail.test')]) expect((await post(mail, 'portal')).status).toBe(400);
    expect((await ask('/v1/lookup', 'portal', { method: 'OPTIONS' })).status).toBe(405);
    expect((await ask('/v1/lookup/x?mail=a%40mail.test', 'portal')).status).toBe(404);
  });

  test('a store that fails is no answer about anybody', async () => {
    const { ask, post, lines } = lookupOf(() => Promise.reject(new Error('the disk is full')));
    for (let i = 0; i < 3; i++) {
      const { status, headers } = await ask('/v1/lookup?mail=a%40mail.test', 'portal');
      expect([status, headers['retry-after']]).toEqual([503, '5']);
    }
    expect((await post(['a@mail.test'], 'portal')).status).toBe(503);
    // The log has no address of anybody, and is not filled.
    expect(lines.filter(({ level }) => level === 50)).toHaveLength(1);
    expect(JSON.stringify(lines)).toContain('the disk is full');
    expect(JSON.stringify(lines)).not.toMatch(/mail\.test|%40|portal/);
  });
});
