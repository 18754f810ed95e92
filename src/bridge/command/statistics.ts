/** Statistics, for administrators. */
import type { Clock } from '../../clock.js';
import type { Store } from '../../store/store.js';
import type { Command } from '../command.js';
import { midnight, statisticsLines } from '../statistics.js';

export interface StatisticsParts {
  readonly store: Pick<Store, 'statistics'>;
  readonly clock: Clock;
  /** Of whom it is known whether they are online. */
  readonly whereabouts: { counts(): { readonly known: number; readonly online: number } };
}

export function statisticsCommand({ store, clock, whereabouts }: StatisticsParts): Command {
  return {
    name: 'statistics',
    audience: 'admins',
    title: 'Statistics',
    form: '',
    meaning: 'what came and went today, what waits, how many users there are',
    fields: [],
    run: async () => {
      const { known, online } = whereabouts.counts();
      return [...statisticsLines(await store.statistics(midnight(clock()))), `Online now: ${online} of ${known} whose presence is seen`].join('\n');
    },
  };
}
