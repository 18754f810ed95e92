/**
 * `/v1/stream`: the presence of any set of users, live, as server-sent events (WHATWG HTML §9.2). Who asks for whom; what goes on is the
 * hub's.
 */
import { isId } from '../../presence/publication.js';
import type { Publisher } from '../../presence/publisher.js';
import { DISCREET, type Answer, type Part, type WebRequest } from '../answer.js';
import { corsFor, preflight } from './cors.js';
import { isAnswer, type Door, type Entered } from './door.js';
import type { Hub } from './hub.js';
import { bodyOf, namesInBody, namesInQuery } from './names.js';
import { problem } from './problem.js';

export interface StreamParts {
  readonly hub: Pick<Hub, 'lacks' | 'begin'>;
  readonly publisher: Pick<Publisher, 'look'>;
  readonly door: Pick<Door, 'enter' | 'again' | 'asked'>;
}

export class StreamPart implements Part {
  constructor(private readonly parts: StreamParts) {}

  answer(request: WebRequest): Answer | Promise<Answer> {
    const { method, target } = request;
    if (method === 'OPTIONS') return preflight('GET, HEAD, POST');
    if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') return problem(405, 'Only GET, HEAD and POST.', { allow: 'GET, HEAD, POST, OPTIONS' });
    const asker = this.parts.door.enter(request);
    if (isAnswer(asker)) return asker;
    const query = new URLSearchParams(target.split('?').slice(1).join('?'));
    return method === 'POST' ? this.post(request, asker, query) : this.begin(request, asker, namesInQuery(query), query);
  }

  private async post(request: WebRequest, asker: Entered, query: URLSearchParams): Promise<Answer> {
    const bytes = await bodyOf(request);
    if ('status' in bytes) return bytes;
    return this.parts.door.again(request, asker) ?? this.begin(request, asker, namesInBody(bytes), query);
  }

  private begin(request: WebRequest, asker: Entered, names: readonly string[] | Answer, query: URLSearchParams): Answer {
    if ('status' in names) return names;
    const { hub, publisher, door } = this.parts;
    if (names.length === 0) return problem(400, 'Name somebody to follow.');
    door.asked(request, asker, names.length, names.filter((name) => !isId(name) && publisher.look(name, asker) === undefined).length);
    const last = request.headers['last-event-id']?.toString() ?? query.get('last') ?? '';
    const wish = { asker, address: request.address, names, last };
    const full = FULL[hub.lacks(wish) ?? 'nothing'];
    return full ?? { status: 200, headers: headersFor(asker), body: { begin: (reader) => hub.begin(reader, wish) } };
  }
}

const FULL = {
  own: problem(429, 'Too many streams are open for you. One stream can follow 1,000 names.', { 'retry-after': '30' }),
  any: problem(503, 'No more streams can be open now.', { 'retry-after': '30' }),
  nothing: undefined,
};

function headersFor(asker: Entered): Readonly<Record<string, string>> {
  return {
    ...DISCREET,
    'content-type': 'text/event-stream',
    // What compresses or buffers holds events back; nginx wants to be told by a header of its own.
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    ...corsFor(asker),
  };
}
