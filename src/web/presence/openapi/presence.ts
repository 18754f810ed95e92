/** The paths of /v1/presence, and the document's own. */
import { BY_ANYBODY, KNOWN, parameter, response, schema } from './pieces.js';

const WRONG = { 400: response('Bad'), 401: response('NoKey'), 406: response('NotSo'), 429: response('TooMany'), 500: response('Broken'), 503: response('Busy') };

export const PRESENCE_PATHS = {
  '/v1/presence/{name}': {
    get: {
      operationId: 'one', tags: ['presence'], summary: 'One user', security: BY_ANYBODY,
      parameters: [parameter('Name'), parameter('Format'), parameter('Known')],
      responses: { 200: response('One'), 304: response('Unchanged'), 404: response('Hidden'), ...WRONG },
    },
  },
  '/v1/presence': {
    get: {
      operationId: 'few', tags: ['presence'], summary: 'A few users', security: BY_ANYBODY,
      parameters: [parameter('Ids'), parameter('FormatOfSeveral'), parameter('Known')],
      responses: { 200: response('Several'), 304: response('Unchanged'), ...WRONG },
    },
    post: {
      operationId: 'many', tags: ['presence'], summary: 'Up to 1,000 users', security: BY_ANYBODY,
      description: 'As text/plain, a page of another site sends it without a preflight.',
      parameters: [parameter('FormatOfSeveral')],
      requestBody: { required: true, content: { 'application/json': { schema: schema('Names') }, 'text/plain': { schema: { type: 'string', contentMediaType: 'application/json', contentSchema: schema('Names') } } } },
      responses: { 200: response('Many'), 413: response('TooLarge'), 415: response('WrongType'), ...WRONG },
    },
  },
  '/v1/openapi.json': {
    get: {
      operationId: 'document', tags: ['presence'], summary: 'This document', parameters: [parameter('Known')],
      responses: { 200: { description: 'OpenAPI 3.1.', headers: KNOWN, content: { 'application/json': { schema: { type: 'object' } } } }, 304: response('Unchanged') },
    },
  },
};
