import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { checkAnswer } from './conformance.js';
import { apiOf, idOf, publicationOf, textOf, URL_OF_ALL } from './world.js';

test('the document is one of OpenAPI 3.1, served to every page, and known again', async () => {
  const { ask } = apiOf();
  const { status, headers, body } = await ask('/v1/openapi.json');
  expect([status, headers['content-type'], headers['access-control-allow-origin']]).toEqual([200, 'application/json', '*']);
  const document = JSON.parse(textOf(body)) as { servers: unknown };
  expect(document.servers).toEqual([{ url: URL_OF_ALL }]);
  const validator = new Validator();
  expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
  expect((await ask('/v1/openapi.json', { 'if-none-match': headers.etag ?? '' })).status).toBe(304);
  expect((await ask('/v1/openapi.json', {}, { method: 'POST' })).status).toBe(405);
});

test('an answer that it does not foresee is found out', async () => {
  const request = { method: 'GET', target: `/v1/presence/${idOf('a')}` };
  const answer = await apiOf({ publication: publicationOf('a') }).ask(request.target);
  expect(() => checkAnswer(request, answer)).not.toThrow();
  const other = (text: string): typeof answer => ({ ...answer, body: Buffer.from(text) });
  expect(() => checkAnswer(request, other('{"id":"a","presence":"online"}'))).toThrow(/strangers/);
  expect(() => checkAnswer(request, other('{"id":"a","presence":"online","strangers":true,"jid":"x"}'))).toThrow(/additional/);
  expect(() => checkAnswer(request, other('{"id":"a","presence":"unknown"}'))).toThrow();
  expect(() => checkAnswer(request, { ...answer, status: 418 })).toThrow(/418/);
  const { etag: _, ...headers } = answer.headers;
  expect(() => checkAnswer(request, { ...answer, headers })).toThrow(/ETag/);
});
