/** The keys of `[backup]`. */
import { defaulted, optional, type Section } from '../key.js';
import * as value from '../values.js';

export const backup = {
  comment: 'A backup of the store every night, made while the gateway runs. `stanzapost restore FILE` brings one back.',
  keys: {
    dir: optional({
      type: value.path,
      example: '/var/backups/stanzapost',
      comment: 'The directory they are written to, best on another disk: it must exist, and belong to the user of the gateway. They hold mail and keys. Left out: none are made.',
    }),
    at: defaulted('03:30', {
      type: value.timeOfDay,
      comment: 'When, in the time zone of this machine. One that was missed is made at the next start.',
    }),
    keep: defaulted(7, {
      type: value.count(1, 1_000),
      comment: 'How many are kept; then the oldest is removed.',
    }),
  },
} satisfies Section;
