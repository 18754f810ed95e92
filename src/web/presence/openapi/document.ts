/** The OpenAPI 3.1 document. Whoever adds a path to the API adds its section here. */
import { LOOKUP_PATHS } from './lookup.js';
import { PICTURE_PATHS } from './pictures.js';
import { PARAMETERS, RESPONSES } from './pieces.js';
import { PRESENCE_PATHS } from './presence.js';
import { SCHEMAS } from './schemas.js';
import { STREAM_PATHS } from './stream.js';

const ABOUT = `Presence of chat users, by their consent: who has not said that you may see him cannot be told from one who does not exist.

Pages of any site may ask for those whom anybody with the link may see, and pages of the sites that a user has named for him. Servers show an API key, which the operators make. There are no cookies.`;

/** @param publicUrl without the slash at its end */
export function openApi(publicUrl: string): object {
  return {
    openapi: '3.1.0',
    info: { title: 'Presence', version: '1.0.0', description: ABOUT },
    servers: [{ url: publicUrl }],
    tags: [{ name: 'presence', description: 'Asking.' }, { name: 'stream', description: 'Being told.' }, { name: 'pictures', description: 'Being shown.' }],
    paths: { ...PRESENCE_PATHS, ...LOOKUP_PATHS, ...STREAM_PATHS, ...PICTURE_PATHS },
    components: {
      schemas: SCHEMAS,
      responses: RESPONSES,
      parameters: PARAMETERS,
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'For servers only: a browser is not allowed to send it.' } },
    },
  };
}
