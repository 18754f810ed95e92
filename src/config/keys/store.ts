/** The keys of `[store]`. */
import { defaulted, type Section } from '../key.js';
import * as value from '../values.js';

export const store = {
  comment: 'What the gateway keeps.',
  keys: {
    url: defaulted('sqlite:/var/lib/stanzapost/stanzapost.db', {
      type: value.storeUrl,
      comment: 'The database: "sqlite:" and the path of a file on a local disk. It holds the queue: back it up, see [backup].',
    }),
    keep_messages: defaulted('7d', {
      type: value.duration,
      comment: 'How long a message is kept after its last delivery, for late bounces and for `stanzapost queue show`.',
    }),
    keep_originals: defaulted('30d', {
      type: value.duration,
      comment: 'How long the original of a mail can be asked for.',
    }),
  },
} satisfies Section;
