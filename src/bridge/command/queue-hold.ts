/** The queue is held and released, for administrators. */
import { heldLine } from '../queue-lines.js';
import type { Command } from '../command.js';
import type { QueueHold } from '../queue-hold.js';

export function queueHoldCommands(hold: Pick<QueueHold, 'switch'>): readonly Command[] {
  return [
    {
      name: 'queue hold',
      audience: 'admins',
      title: 'Deliver nothing',
      form: '',
      meaning: 'holds the whole queue: what comes is taken, and nothing goes out until "queue release"',
      fields: [],
      run: async () => heldLine(await hold.switch(true)) ?? '',
    },
    {
      name: 'queue release',
      audience: 'admins',
      title: 'Deliver again',
      form: '',
      meaning: 'lets the queue go after "queue hold", or after a backup was restored with --hold',
      fields: [],
      run: async () => {
        await hold.switch(false);
        return 'The queue is not held: what is due goes.';
      },
    },
  ];
}
