/** `stanzapost queue stats`. */
import { midnight, statisticsLines } from '../bridge/statistics.js';
import type { Action } from './action.js';

export const stats: Action = async ({ store, args, io, now }) => {
  const figures = await store.statistics(midnight(now));
  io.out(args.options.json === true ? JSON.stringify(figures) : statisticsLines(figures).join('\n'));
  return 0;
};
