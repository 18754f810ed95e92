/** The paths of /v1/stream. */
import { BY_ANYBODY, parameter, response, schema } from './pieces.js';

const WRONG = { 400: response('Bad'), 401: response('NoKey'), 429: response('TooMany'), 500: response('Broken'), 503: response('Busy') };

const STREAM = {
  description: 'Server-sent events without end. `presence`: the JSON of one, of those who became hidden the unknown one: first of all, then at each change. `beat` tells every 25 seconds that the line is alive. Who does not read what is sent is cut off; whoever is cut off comes again after the time in `retry`.',
  content: { 'text/event-stream': { schema: { type: 'string' }, example: 'retry: 3000\n\nid: k2j9xJ1cQ5m0b3YV8rTnWg\nevent: presence\ndata: {"id":"mjqg6zlomvxgk4tboruw63rafy","presence":"online","strangers":false}\n\nid: Zr0fE7u2T9aXw4LhQyBv1A\nevent: beat\ndata: {"seconds":25}\n\n' } },
};

const LAST = 'The id of the last event of a stream of the same names: only what has changed since is told, and who is unknown.';
const AGAIN = [
  { name: 'Last-Event-ID', in: 'header', description: `${LAST} Browsers send it by themselves.`, schema: { type: 'string' } },
  { name: 'last', in: 'query', description: `${LAST} For whoever cannot send the header.`, schema: { type: 'string' } },
];

export const STREAM_PATHS = {
  '/v1/stream': {
    get: { operationId: 'stream', tags: ['stream'], summary: 'Every change of some users', security: BY_ANYBODY, parameters: [parameter('Ids'), ...AGAIN], responses: { 200: STREAM, ...WRONG } },
    post: {
      operationId: 'streamOfMany', tags: ['stream'], summary: 'Every change of many users', security: BY_ANYBODY, parameters: AGAIN,
      requestBody: { required: true, content: { 'application/json': { schema: schema('Names') }, 'text/plain': { schema: { type: 'string', contentMediaType: 'application/json', contentSchema: schema('Names') } } } },
      responses: { 200: STREAM, 413: response('TooLarge'), 415: response('WrongType'), ...WRONG },
    },
  },
};
