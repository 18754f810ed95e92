/** A View as XML: the JSON's names as elements, in the JSON's order. Pure. */
import { escape } from '../markup.js';
import type { Format } from './format.js';
import { presenceOf } from './json.js';

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** `<NAME>TEXT</NAME>`; nothing for no text. @param text without what XML forbids */
export function element(name: string, text: string | undefined): string {
  return text === undefined ? '' : `<${name}>${escape(text)}</${name}>`;
}

function user(fields: object): string {
  return `<user>${Object.entries(fields).map(([name, value]) => element(name, String(value))).join('')}</user>`;
}

export const XML_FORMAT: Format = {
  name: 'xml',
  type: 'application/xml; charset=utf-8',
  one: (view, publicUrl) => `${HEAD}${user(presenceOf(view, publicUrl))}\n`,
  many: {
    head: `${HEAD}<presences>\n`,
    between: '\n',
    tail: '\n</presences>\n',
    piece: (view, publicUrl) => user(presenceOf(view, publicUrl)),
    unknown: (name) => user({ id: name, presence: 'unknown' }),
  },
};
