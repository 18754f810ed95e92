/** A publisher with some users, for the web's parts. */
import { Publisher, type Consents } from '../../../src/presence/publisher.js';
import { FACETS, type Publication } from '../../../src/presence/publication.js';
import type { Face, State } from '../../../src/presence/view.js';
import type { KnownKey } from '../../../src/presence/keys.js';
import type { Answer, WebRequest } from '../../../src/web/answer.js';
import { Api } from '../../../src/web/presence/api.js';
import { Door } from '../../../src/web/presence/door.js';
import { checkAnswer } from './conformance.js';

export const URL_OF_ALL = 'https://example.com/post';

export const idOf = (letter: string): string => letter.repeat(26);

export function publicationOf(letter: string, more: Partial<Publication> = {}): Publication {
  return { user: `${letter}@verona.test`, id: idOf(letter), audience: 'link', shown: FACETS, write: false, origins: [], keys: [], ...more };
}

export interface Inhabitant {
  readonly publication: Publication;
  readonly state?: State;
  readonly face?: Face;
  /** Not served, as one whom the operators have blocked. */
  readonly blocked?: boolean;
}

export function worldOf(given: readonly Inhabitant[]) {
  const inhabitants = given.map((one) => ({ ...one }));
  const users = new Map(inhabitants.map((one) => [one.publication.user, one as Inhabitant & { state?: State }]));
  const blocked = new Set<string>();
  const listeners: ((user: string) => void)[] = [];
  const consents: Consents = {
    byId: (id) => inhabitants.find((one) => one.publication.id === id)?.publication,
    ofUser: (user) => users.get(user)?.publication,
    onChange: () => undefined,
  };
  /** ms of the clock that goes on evenly. */
  const time = { now: 0 };
  const publisher = new Publisher({
    consents,
    states: { of: (user) => users.get(user)?.state ?? { online: false }, onChange: (listener) => void listeners.push(listener) },
    faces: { of: (user) => users.get(user)?.face ?? {}, onChange: () => undefined },
    serves: (user) => users.get(user)?.blocked !== true && !blocked.has(user),
    contactOf: (jid) => ({ jid, mail: jid.replace('verona', 'mail') }),
  }, () => time.now);
  const change = (letter: string, state: State): void => {
    const user = users.get(`${letter}@verona.test`);
    if (user === undefined) throw new Error(`nobody is called ${letter}`);
    user.state = state;
    for (const listener of listeners) listener(user.publication.user);
  };
  /** Word of it does not come from the publisher. */
  const block = (letter: string): void => void blocked.add(`${letter}@verona.test`);
  return { publisher, change, block, time };
}

/** Keys by what is shown for them. */
export const KEYS: Readonly<Record<string, KnownKey>> = {
  platform: { name: 'platform', scopes: ['read'], rate: 1_000_000, madeAt: 0 },
  other: { name: 'other', scopes: ['read'], rate: 1_000_000, madeAt: 0 },
  // Made anew under its name.
  'platform-lookup': { name: 'platform', scopes: ['read', 'lookup'], rate: 1_000_000, madeAt: 1 },
};

export function apiOf(...inhabitants: readonly Inhabitant[]) {
  const world = worldOf(inhabitants);
  const { time } = world;
  const door = new Door({ holder: (secret) => KEYS[secret], rate: 1_000_000, publicUrl: URL_OF_ALL, running: () => 0 });
  const api = new Api({ publisher: world.publisher, door, publicUrl: URL_OF_ALL, running: () => time.now, more: new Map() });
  const ask = async (target: string, headers: WebRequest['headers'] = {}, more: Partial<WebRequest> = {}): Promise<Answer> => {
    const request = requestOf(target, headers, more);
    const answer = await api.answer(request);
    checkAnswer(request, answer);
    return answer;
  };
  const post = (body: string, headers: WebRequest['headers'] = {}): Promise<Answer> =>
    ask('/v1/presence', headers, { method: 'POST', body: (most) => Promise.resolve(Buffer.byteLength(body) > most ? 'too-large' : Buffer.from(body)) });
  return { ...world, door, api, ask, post };
}

export function requestOf(target: string, headers: WebRequest['headers'] = {}, more: Partial<WebRequest> = {}): WebRequest {
  return { method: 'GET', target, headers, address: '192.0.2.1', body: () => Promise.resolve(Buffer.alloc(0)), ...more };
}

export function textOf(body: Answer['body']): string {
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  throw new Error('this body is not one of bytes');
}
