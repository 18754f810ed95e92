/** What is on the wire, for whoever would tell the hidden from the unknown by it. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { isFailure } from '../../../src/failure.js';
import { createLog } from '../../../src/log.js';
import { Front } from '../../../src/web/front.js';
import { startPublicListener } from '../../../src/web/public.js';
import type { Part } from '../../../src/web/answer.js';
import { Api } from '../../../src/web/presence/api.js';
import { checkAnswer } from './conformance.js';
import { apiOf, idOf, publicationOf, URL_OF_ALL } from './world.js';

/** A bug of ours. */
const fails: Part = { answer: () => { throw new Error('on purpose'); } };
const rejects: Part = { answer: () => Promise.reject(new Error('on purpose')) };

const { publisher, door } = apiOf(
  { publication: publicationOf('a'), state: { online: true } },
  { publication: publicationOf('b', { audience: 'nobody' }), state: { online: true, status: 'nobody is to know' } },
  { publication: publicationOf('c'), blocked: true, state: { online: true } },
  { publication: publicationOf('d', { audience: 'sites', origins: ['https://verona.test'], keys: ['other'] }), state: { online: true } },
);
const api = new Api({ publisher, door, publicUrl: URL_OF_ALL, running: () => 0, more: new Map([['fails', fails], ['rejects', rejects]]) });
const front = new Front({ publicUrl: URL_OF_ALL, parts: new Map<string, Part>([['v1', api], ['elsewhere', fails]]), mails: { answer: () => Promise.reject(new Error('no mail is asked for')) } });
const listener = await startPublicListener({ host: '127.0.0.1', port: 0 }, front, createLog('fatal', { write: () => undefined }));
if (isFailure(listener)) throw new Error(listener.text);
const { port } = listener;
afterAll(() => listener.close());

/** All that comes back, but for the time of day. */
async function raw(method: string, target: string, headers = ''): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.setEncoding('latin1').on('data', (piece: string) => (received += piece));
  socket.write(`${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`);
  await once(socket, 'close');
  return received.replace(/^Date: .*\r\n/m, '');
}

describe.each(['GET', 'HEAD', 'OPTIONS', 'DELETE'])('%s', (method) => {
  test.each(['', 'Origin: https://mantua.test\r\n', 'Authorization: Bearer platform\r\n', 'Accept: application/pidf+xml\r\nIf-None-Match: *\r\n'])('of hidden, blocked and unknown users is the same bytes, with %j', async (headers) => {
    const answers = await Promise.all(['b', 'c', 'd', 'z'].map((letter) => raw(method, `/post/v1/presence/${idOf(letter)}`, headers)));
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(method === 'OPTIONS' ? /^HTTP\/1\.1 204 / : method === 'DELETE' ? /^HTTP\/1\.1 405 / : /^HTTP\/1\.1 404 /);
  });
});

test('by the JID too, and in a batch', async () => {
  const asked = ['b', 'c', 'd', 'z'].map((letter) => `${letter}@verona.test`);
  expect(new Set(await Promise.all(asked.map((jid) => raw('GET', `/post/v1/presence/${jid}`)))).size).toBe(1);
  const batches = await Promise.all(asked.map(async (jid) => (await raw('GET', `/post/v1/presence?id=${jid}`)).replaceAll(jid, 'NAME').replace(/^etag: .*\r\n/m, '')));
  expect(new Set(batches).size).toBe(1);
});

test('who may be seen is seen; HEAD has the same headers and no body', async () => {
  const [got, head] = await Promise.all([raw('GET', `/v1/presence/${idOf('a')}`), raw('HEAD', `/v1/presence/${idOf('a')}`)]);
  expect(got.startsWith(head)).toBe(true);
  expect(JSON.parse(got.slice(head.length))).toEqual({ id: idOf('a'), presence: 'online', strangers: false });
});

test.each(['/v1/fails', '/post/v1/rejects?a=b'])('%s, a fault of ours, is told as the API tells errors, and any page may read it', async (target) => {
  const got = await fetch(`http://127.0.0.1:${port}${target}`, { headers: { origin: 'https://mantua.test' } });
  const answer = { status: got.status, headers: Object.fromEntries(got.headers), body: Buffer.from(await got.arrayBuffer()) };
  expect([answer.status, answer.headers['access-control-allow-origin'], answer.headers['cache-control']]).toEqual([500, '*', 'private, no-store']);
  checkAnswer({ method: 'GET', target: '/v1/presence' }, answer);
});

test('a fault elsewhere is told in words, and to no page of another site', async () => {
  const got = await fetch(`http://127.0.0.1:${port}/elsewhere`);
  expect([got.status, got.headers.get('access-control-allow-origin'), await got.text()]).toEqual([500, null, 'This does not work now.\n']);
});
