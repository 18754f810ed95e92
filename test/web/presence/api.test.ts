import { expect, test } from 'vitest';
import { Api } from '../../../src/web/presence/api.js';
import { idOf, publicationOf, requestOf, textOf, URL_OF_ALL, worldOf, type Inhabitant } from './world.js';

const FULL: Inhabitant = {
  publication: publicationOf('a', { write: true }),
  state: { online: true, show: 'dnd', status: 'In <b>Mantua</b>', client: 'phone', idleSince: 1_800_000_000_000, changedAt: 1_800_000_001_000 },
  face: { name: 'Romeo', picture: { id: 'deadbeef'.repeat(8), type: 'image/png', bytes: new Uint8Array() } },
};

function apiOf(...inhabitants: readonly Inhabitant[]) {
  const world = worldOf(inhabitants);
  return { ...world, api: new Api({ publisher: world.publisher, publicUrl: URL_OF_ALL }) };
}

test('one is told as JSON, with all that may be shown', () => {
  const { api } = apiOf(FULL);
  const { status, headers, body } = api.answer(requestOf(`/v1/presence/${idOf('a')}`));
  expect([status, headers['content-type'], headers['content-length']]).toEqual([200, 'application/json', `${(body as Buffer).length}`]);
  expect(JSON.parse(textOf(body))).toEqual({
    id: idOf('a'), presence: 'online', show: 'dnd', status: 'In <b>Mantua</b>', client: 'phone', idle_since: '2027-01-15T08:00:00Z', changed_at: '2027-01-15T08:00:01Z',
    name: 'Romeo', picture: `${URL_OF_ALL}/u/${idOf('a')}/picture?v=deadbeefdeadbeef`, strangers: true, xmpp: 'xmpp:a@verona.test', mail: 'mailto:a@mail.test',
  });
  expect(textOf(body)).not.toContain('<');
});

test('unknown, hidden and blocked are one answer', () => {
  const { api } = apiOf(
    { publication: publicationOf('a', { audience: 'nobody' }) },
    { publication: publicationOf('b'), blocked: true },
    { publication: publicationOf('c', { audience: 'sites', origins: ['https://verona.test'] }) },
  );
  const answers = ['a', 'b', 'c', 'd'].map((letter) => api.answer(requestOf(`/v1/presence/${idOf(letter)}`)));
  expect(new Set(answers).size).toBe(1);
  expect(answers[0]?.status).toBe(404);
});
