/** What several paths have in common. */

/** Without a key, or with one. */
export const BY_ANYBODY = [{}, { key: [] }];

export const schema = (name: string): object => ({ $ref: `#/components/schemas/${name}` });
export const response = (name: string): object => ({ $ref: `#/components/responses/${name}` });
export const parameter = (name: string): object => ({ $ref: `#/components/parameters/${name}` });

const text = (example: string): object => ({ schema: { type: 'string' }, example });

const problem = (description: string, headers: Readonly<Record<string, object>> = {}): object => ({
  description, headers, content: { 'application/problem+json': { schema: schema('Problem') } },
});

const RETRY = { 'Retry-After': { description: 'Seconds.', required: true, schema: { type: 'integer', minimum: 1 } } };

/** On what can be known again. */
export const KNOWN = { ETag: { description: 'Send it back as If-None-Match, and what has not changed costs nothing.', required: true, schema: { type: 'string', pattern: '^"[!#-~]+"$' } } };

const SEVERAL = {
  'application/json': { schema: schema('Presences') },
  'application/xml': { schema: schema('Presences') },
  'text/plain': text('mjqg6zlomvxgk4tboruw63rafy\tonline\tdnd\tIn Mantua\nnobody@example.com\tunknown\n'),
};

export const RESPONSES = {
  One: {
    description: 'What he shows the asker.',
    headers: KNOWN,
    content: {
      'application/json': { schema: schema('Presence') },
      'application/xml': { schema: schema('Presence') },
      'application/pidf+xml': text('<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:romeo@example.com">\n<tuple id="chat"><status><basic>open</basic></status></tuple>\n</presence>\n'),
      'text/plain': text('online\tdnd\tIn Mantua\n'),
    },
  },
  Several: { description: 'In the order asked.', headers: KNOWN, content: SEVERAL },
  Many: { description: 'In the order asked.', content: SEVERAL },
  Unchanged: { description: 'As the asker knows it.', headers: KNOWN },
  Bad: problem('The request is wrong.'),
  NoKey: problem('The API key is not good.', { 'WWW-Authenticate': { required: true, schema: { type: 'string' } } }),
  NoScope: problem('The API key has not the scope.', { 'WWW-Authenticate': { required: true, schema: { type: 'string' } } }),
  Hidden: problem('He is not there, or shows the asker nothing: the two are the same.'),
  NotSo: problem('None of the formats is acceptable.'),
  TooLarge: problem('The body is too large.'),
  WrongType: problem('The body is of another type.', { 'Accept-Post': { schema: { type: 'string' } } }),
  TooMany: problem('Too many requests.', RETRY),
  Broken: problem('A fault of the gateway.'),
  Busy: problem('The gateway is busy.', RETRY),
};

export const PARAMETERS = {
  Name: { name: 'name', in: 'path', required: true, description: 'The id of a link; or the JID of one who lets everybody see him.', schema: { type: 'string' }, example: 'mjqg6zlomvxgk4tboruw63rafy' },
  Ids: { name: 'id', in: 'query', required: true, description: 'Once for each name.', explode: true, schema: { type: 'array', minItems: 1, maxItems: 1_000, items: { type: 'string' } } },
  Format: { name: 'format', in: 'query', description: 'In place of Accept, as for the address line of a browser.', schema: { enum: ['json', 'xml', 'pidf', 'text'] } },
  FormatOfSeveral: { name: 'format', in: 'query', description: 'In place of Accept.', schema: { enum: ['json', 'xml', 'text'] } },
  Known: { name: 'If-None-Match', in: 'header', schema: { type: 'string' } },
};
