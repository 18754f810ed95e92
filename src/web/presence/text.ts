/** A View as a line of text, for shell scripts: `online`, `online⇥dnd⇥In Mantua`. Pure. */
import type { View } from '../../presence/view.js';
import type { Format } from './format.js';
import { plainText } from './plain.js';

/** Whether online, the show value, the words; what has nothing to say at the end of the line is left out, with its tab. */
function columns({ online, show, status = '' }: View): string {
  return `${online ? 'online' : 'offline'}\t${show ?? ''}\t${plainText(status).replace(/\s+/g, ' ').trim()}`.replace(/\t+$/, '');
}

export const TEXT_FORMAT: Format = {
  name: 'text',
  type: 'text/plain; charset=utf-8',
  one: (view) => `${columns(view)}\n`,
  many: {
    head: '',
    between: '',
    tail: '',
    piece: (view) => `${view.name}\t${columns(view)}\n`,
    unknown: (name) => `${name}\tunknown\n`,
  },
};
