/** The paths of what is looked at: badges, and the user's own picture. */
import { BADGE_STYLES, LONGEST_LABEL, THEMES } from '../badge.js';
import { BY_ANYBODY, KNOWN, parameter, response } from './pieces.js';

const image = (...types: readonly string[]): object => Object.fromEntries(types.map((type) => [type, { schema: { type: 'string', contentMediaType: type } }]));

const badge = (kind: string, type: string): object => ({
  get: {
    operationId: `badge${kind}`, tags: ['pictures'], summary: `A badge, as ${kind}`, security: BY_ANYBODY,
    description: 'For an img element. Where the browser sends no Origin, the site in Referer counts. What is not understood of the query is as if it was not there.',
    parameters: [
      parameter('Name'), parameter('Known'),
      { name: 'style', in: 'query', schema: { enum: BADGE_STYLES } }, { name: 'theme', in: 'query', schema: { enum: THEMES } }, { name: 'label', in: 'query', description: 'SVG only.', schema: { type: 'string', maxLength: LONGEST_LABEL } },
    ],
    responses: {
      200: { description: 'How he is.', headers: KNOWN, content: image(type) }, 304: response('Unchanged'),
      404: { description: 'A badge too, which says that nothing is known: he is not there, or shows the asker nothing.', headers: KNOWN, content: image(type) },
      401: response('NoKey'), 429: response('TooMany'), 503: response('Busy'),
    },
  },
});

export const PICTURE_PATHS = {
  '/badge/{name}.svg': badge('SVG', 'image/svg+xml'),
  '/badge/{name}.png': badge('PNG', 'image/png'),
};
