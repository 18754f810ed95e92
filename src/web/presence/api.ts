/** `/v1`: presence for programs. Who may know what is `Publisher.look`'s to say; here is how it is asked and told. */
import type { Asker } from '../../presence/publication.js';
import type { Publisher } from '../../presence/publisher.js';
import { DISCREET, type Answer, type Part, type WebRequest } from '../answer.js';
import { OPEN, openTo, preflight } from './cors.js';
import { presenceJson } from './json.js';
import { NOT_FOUND, problem } from './problem.js';

export interface ApiParts {
  readonly publisher: Pick<Publisher, 'look' | 'last'>;
  /** Without the slash at its end. */
  readonly publicUrl: string;
}

const ONE = '/v1/presence/';

export class Api implements Part {
  constructor(private readonly parts: ApiParts) {}

  answer(request: WebRequest): Answer {
    const { method, target } = request;
    if (!target.startsWith(ONE)) return NOT_FOUND;
    if (method === 'OPTIONS') return preflight('GET, HEAD');
    if (method !== 'GET' && method !== 'HEAD') return problem(405, 'Only GET and HEAD.', { allow: 'GET, HEAD, OPTIONS' });
    return this.one(target.slice(ONE.length), { ...(request.headers.origin !== undefined && { origin: request.headers.origin }) });
  }

  private one(segment: string, asker: Asker): Answer {
    const { publisher, publicUrl } = this.parts;
    const view = publisher.look(segment, asker);
    if (view === undefined) return NOT_FOUND;
    const body = Buffer.from(presenceJson(view, publicUrl));
    const isForAll = publisher.look(segment, {}) !== undefined;
    const cors = isForAll || asker.origin === undefined ? OPEN : openTo(asker.origin);
    return { status: 200, headers: { ...DISCREET, 'content-type': 'application/json', 'content-length': `${body.length}`, ...cors }, body };
  }
}
