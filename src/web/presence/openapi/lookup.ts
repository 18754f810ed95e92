/** The paths of /v1/lookup. */
import { response, schema } from './pieces.js';

const BY_KEY = [{ key: [] }];
const WRONG = { 400: response('Bad'), 401: response('NoKey'), 403: response('NoScope'), 429: response('TooMany'), 500: response('Broken'), 503: response('Busy') };

const json = (description: string, name: string): object => ({ description, content: { 'application/json': { schema: schema(name) } } });

export const LOOKUP_PATHS = {
  '/v1/lookup': {
    get: {
      operationId: 'lookup', tags: ['presence'], summary: 'The user of a mail address', security: BY_KEY,
      description: 'For API keys with the scope lookup. A mailbox that he has proven to be his, and his addresses at the gateway, stand for him; disposable ones do not.',
      parameters: [{ name: 'mail', in: 'query', required: true, schema: { type: 'string', format: 'email' } }],
      responses: { 200: json('What he shows this key; the id is his JID.', 'Presence'), 404: response('Hidden'), ...WRONG },
    },
    post: {
      operationId: 'lookupMany', tags: ['presence'], summary: 'The users of up to 1,000 mail addresses', security: BY_KEY,
      requestBody: { required: true, content: { 'application/json': { schema: schema('Mails') } } },
      responses: { 200: json('In the order asked.', 'Presences'), 413: response('TooLarge'), 415: response('WrongType'), ...WRONG },
    },
  },
};
