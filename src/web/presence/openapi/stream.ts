/** The paths of /v1/stream. */
import { BY_ANYBODY, parameter, response, schema } from './pieces.js';

const WRONG = { 400: response('Bad'), 401: response('NoKey'), 429: response('TooMany'), 503: response('Busy') };

const STREAM = {
  description: 'Server-sent events without end. `presence`: the JSON of one, of those who became hidden the unknown one; `beat` tells that the line is alive.',
  content: { 'text/event-stream': { schema: { type: 'string' }, example: 'retry: 3000\n\nevent: presence\nid: k2j9x-17\ndata: {"id":"mjqg6zlomvxgk4tboruw63rafy","presence":"online","strangers":false}\n\nevent: beat\ndata:\n\n' } },
};

const AGAIN = { name: 'Last-Event-ID', in: 'header', description: 'The id of the last event: only what has changed since is told. Browsers send it by themselves.', schema: { type: 'string' } };

export const STREAM_PATHS = {
  '/v1/stream': {
    get: { operationId: 'stream', tags: ['stream'], summary: 'Every change of some users', security: BY_ANYBODY, parameters: [parameter('Ids'), AGAIN], responses: { 200: STREAM, ...WRONG } },
    post: {
      operationId: 'streamOfMany', tags: ['stream'], summary: 'Every change of many users', security: BY_ANYBODY, parameters: [AGAIN],
      requestBody: { required: true, content: { 'application/json': { schema: schema('Names') }, 'text/plain': { schema: { type: 'string', contentMediaType: 'application/json', contentSchema: schema('Names') } } } },
      responses: { 200: STREAM, 413: response('TooLarge'), 415: response('WrongType'), ...WRONG },
    },
  },
};
