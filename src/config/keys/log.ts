/** The keys of `[log]`. */
import { LOG_LEVELS } from '../../log.js';
import { defaulted, type Section } from '../key.js';
import * as value from '../values.js';

export const log = {
  comment: 'JSON lines on standard output.',
  keys: {
    level: defaulted('info', {
      type: value.oneOf(...LOG_LEVELS),
      comment: 'fatal, error, warn, info, debug or trace. Read again on SIGHUP. No level shows a secret.',
    }),
  },
} satisfies Section;
