/** `/v1/presence/NAME`. */
import type { Asker } from '../../presence/publication.js';
import type { Publisher } from '../../presence/publisher.js';
import type { Answer, WebRequest } from '../answer.js';
import { corsFor, preflight } from './cors.js';
import { isAnswer, type Door } from './door.js';
import { ONE, type Format } from './formats.js';
import { nameIn } from './names.js';
import { NOT_FOUND, problem } from './problem.js';
import type { Renderings } from './rendering.js';

export interface OneParts {
  readonly publisher: Pick<Publisher, 'look'>;
  readonly door: Pick<Door, 'enter'>;
  readonly renderings: Renderings;
}

const ANYBODY: Asker = {};

export class One {
  constructor(private readonly parts: OneParts) {}

  /** All that can be said without a look is said first, so that it tells nothing of who is there. @param segment the name, as it stands in the path */
  answer(request: WebRequest, segment: string, query: URLSearchParams | undefined): Answer {
    const { method, headers } = request;
    const { door } = this.parts;
    if (method === 'OPTIONS') return preflight('GET, HEAD');
    if (method !== 'GET' && method !== 'HEAD') return problem(405, 'Only GET and HEAD.', { allow: 'GET, HEAD, OPTIONS' });
    const asker = door.enter(request);
    if (isAnswer(asker)) return asker;
    const format = ONE.choose(headers.accept, query);
    if ('status' in format) return format;
    const name = nameIn(segment);
    return (name === undefined ? undefined : this.look(name, asker, format, headers['if-none-match'])) ?? NOT_FOUND;
  }

  private look(name: string, asker: Asker, format: Format, known: string | undefined): Answer | undefined {
    const { publisher, renderings } = this.parts;
    const forAll = publisher.look(name, ANYBODY);
    if (forAll !== undefined) return renderings.one(forAll, format).forAll(known);
    const view = publisher.look(name, asker);
    return view && renderings.one(view, format).forOne(corsFor(asker), known);
  }
}
