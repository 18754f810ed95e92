/** Users whose consent and presence change, and readers of their streams. */
import type { KeyHolder, Publication } from '../../../src/presence/publication.js';
import { Publisher, type Consents } from '../../../src/presence/publisher.js';
import type { State } from '../../../src/presence/view.js';
import type { Answer, Reader, WebRequest } from '../../../src/web/answer.js';
import { Door } from '../../../src/web/presence/door.js';
import { Hub } from '../../../src/web/presence/hub.js';
import { StreamPart } from '../../../src/web/presence/stream.js';
import { STREAM_LIMITS, type StreamLimits } from '../../../src/web/presence/stream-places.js';
import { checkAnswer, checkTold } from './conformance.js';
import { idOf, KEYS, publicationOf, requestOf, URL_OF_ALL } from './world.js';

export interface Event {
  readonly id?: string;
  readonly event?: string;
  readonly data?: unknown;
  readonly retry?: string;
}

/** What a browser makes of it. */
export function eventsIn(text: string): Event[] {
  return text.split('\n\n').slice(0, -1).map((block) => {
    const fields = block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const);
    return Object.fromEntries(fields.map(([name, value]) => [name, name === 'data' ? (JSON.parse(value) as unknown) : value]));
  });
}

/** Reads all at once, and never goes by itself. */
export class KeptReader implements Reader {
  text = '';
  wasLetGo = false;
  /** That the reader has gone. */
  go: () => void = () => undefined;

  write(bytes: Uint8Array): void {
    this.text += Buffer.from(bytes).toString();
  }

  letGo(): void {
    this.wasLetGo = true;
    this.go();
  }

  get events(): Event[] {
    return eventsIn(this.text);
  }

  /** As `a online`, in the order told. */
  get told(): string[] {
    return this.events.flatMap(({ event, data }) => {
      if (event !== 'presence') return [];
      checkTold(data);
      return [nameAndPresence(data)];
    });
  }

  get last(): string {
    return this.events.findLast(({ id }) => id !== undefined)?.id ?? '';
  }

  /** Forgets what it read. */
  clear(): void {
    this.text = '';
  }
}

function nameAndPresence(data: unknown): string {
  const { id, presence, show = presence } = data as { id: string; presence: string; show?: string };
  return `${/^(.)\1*$/.test(id) ? id.slice(0, 1) : id} ${show}`;
}

export function streamWorld(limits: Partial<StreamLimits> = {}) {
  const publications = new Map<string, Publication>();
  const states = new Map<string, State>();
  const blocked = new Set<string>();
  const revoked = new Set<KeyHolder>();
  const watched: string[] = [];
  const told: { consent?: Parameters<Consents['onChange']>[0]; state?: (user: string) => void } = {};
  let now = 0;
  const publisher = new Publisher({
    consents: {
      byId: (id) => [...publications.values()].find((one) => one.id === id),
      ofUser: (user) => publications.get(user),
      onChange: (listener) => (told.consent = listener),
    },
    states: { of: (user) => states.get(user) ?? { online: false }, onChange: (listener) => (told.state = listener) },
    faces: { of: () => ({}), onChange: () => undefined },
    serves: (user) => !blocked.has(user),
    contactOf: (jid) => ({ jid }),
    // A second later each time: a block is seen at the next look.
  }, () => (now += 1_000));
  const hub = new Hub({ publisher, publicUrl: URL_OF_ALL, isGood: (key) => !revoked.has(key), watched: (name) => void watched.push(name), limits: { ...STREAM_LIMITS, ...limits } });
  const door = new Door({ holder: (secret) => KEYS[secret], rate: 1_000_000, publicUrl: URL_OF_ALL, running: () => 0 });
  const part = new StreamPart({ hub, publisher, door });
  const answer = async (target: string, headers: WebRequest['headers'] = {}, more: Partial<WebRequest> = {}): Promise<Answer> => {
    const request = requestOf(target, headers, more);
    const answer = await part.answer(request);
    checkAnswer(request, answer);
    return answer;
  };
  return {
    ...{ publisher, hub, part, revoked, watched, answer },
    /** The user of this letter permits so much from now on. */
    permit: (letter: string, more: Partial<Publication> = {}): void => {
      const before = publications.get(`${letter}@verona.test`);
      const after = publicationOf(letter, more);
      publications.set(after.user, after);
      told.consent?.(before, after);
    },
    change: (letter: string, state: State): void => {
      states.set(`${letter}@verona.test`, state);
      told.state?.(`${letter}@verona.test`);
    },
    /** The operators do so, and nobody says a word. */
    block: (letter: string, isBlocked = true) => void blocked[isBlocked ? 'add' : 'delete'](`${letter}@verona.test`),
    async open(target: string, headers: WebRequest['headers'] = {}, more: Partial<WebRequest> = {}): Promise<KeptReader> {
      const { status, body } = await answer(target, headers, more);
      if (typeof body === 'string' || !('begin' in body)) throw new Error(`${status}`);
      const reader = new KeptReader();
      reader.go = body.begin(reader);
      return reader;
    },
  };
}

/** `/v1/stream` for the users of these letters. */
export function following(letters: string, more = ''): string {
  return `/v1/stream?${[...letters].map((letter) => `id=${idOf(letter)}`).join('&')}${more}`;
}
