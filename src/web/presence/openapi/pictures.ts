/** The paths of what is looked at: badges, and the user's own picture. */
import type { Picture } from '../../../presence/view.js';
import { codeOf, LANGUAGES } from '../language.js';
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
      { name: 'lang', in: 'query', schema: { enum: LANGUAGES.map(codeOf) } },
    ],
    responses: {
      200: { description: 'How he is.', headers: KNOWN, content: image(type) }, 304: response('Unchanged'),
      404: { description: 'A badge too, which says that nothing is known: he is not there, or shows the asker nothing.', headers: KNOWN, content: image(type) },
      401: response('NoKey'), 429: response('TooMany'), 503: response('Busy'),
    },
  },
});

const PICTURE_TYPES: readonly Picture['type'][] = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

const portrait = {
  get: {
    operationId: 'portrait', tags: ['pictures'], summary: 'His own picture', security: BY_ANYBODY,
    description: 'For an img element; its address stands in the presence, where he shows it. Where the browser sends no Origin, the site in Referer counts.',
    parameters: [parameter('Name'), parameter('Known'), { name: 'v', in: 'query', description: 'Another for another picture, so that a new one is seen at once; not looked at.', schema: { type: 'string' } }],
    responses: {
      200: { description: 'As his server has it.', headers: KNOWN, content: image(...PICTURE_TYPES) }, 304: response('Unchanged'),
      404: { description: 'He has none, or shows the asker none: a page that says so.', content: { 'text/html': { schema: { type: 'string' } } } },
      401: response('NoKey'), 429: response('TooMany'),
    },
  },
};

export const PICTURE_PATHS = {
  '/u/{name}/picture': portrait,
  '/badge/{name}.svg': badge('SVG', 'image/svg+xml'),
  '/badge/{name}.png': badge('PNG', 'image/png'),
};
