/** Maintenance, for administrators. */
import type { Command } from '../command.js';
import type { Maintenance, MaintenanceState } from '../maintenance.js';

export function maintenanceCommand(maintenance: Maintenance): Command {
  return {
    name: 'maintenance',
    audience: 'admins',
    title: 'Maintenance',
    form: '[on|off] [TEXT]',
    meaning: 'on: nothing new is taken, senders are told TEXT and try again later; what is here is delivered',
    fields: [
      { name: 'state', label: 'Maintenance', kind: 'choice', choices: [{ value: 'on', label: 'Take nothing new' }, { value: 'off', label: 'Work as usual' }] },
      { name: 'text', label: 'What senders are told', kind: 'text' },
    ],
    values: () => ({ state: maintenance.state.on ? 'on' : 'off', text: maintenance.state.text }),
    run: async (_user, { state, text = '' }) => told(state === undefined ? maintenance.state : await maintenance.switch(state === 'on', text)),
  };
}

function told({ on, text }: MaintenanceState): string {
  return on ? `Maintenance is on: nothing new is taken. Senders are told: ${text}` : 'There is no maintenance.';
}
