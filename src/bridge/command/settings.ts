/** A command for each thing that a user can set, and one form for all of them. */
import type { Jid } from '../../address.js';
import type { Values } from '../../edge.js';
import { isFailure, type Failure } from '../../failure.js';
import type { Command } from '../command.js';
import type { Setting } from '../preference.js';
import type { Preferences } from '../preferences.js';
import { SETTINGS } from '../settings.js';

export function settingsCommands(preferences: Preferences): readonly Command[] {
  return [all(preferences), ...SETTINGS.map((setting) => one(setting, preferences))];
}

function all(preferences: Preferences): Command {
  return {
    name: 'settings',
    audience: 'users',
    title: 'Settings',
    form: '',
    meaning: 'what you have set',
    fields: SETTINGS.map(({ name, label, kind, choices }) => ({ name, label, kind, ...(choices && { choices }) })),
    values: (user) => Object.fromEntries(SETTINGS.map((setting) => [setting.name, preferences.show(setting, user).typed])),
    run: async (user, values) => {
      const typed = SETTINGS.flatMap((setting) => {
        const text = values[setting.name];
        return text === undefined || text === preferences.show(setting, user).typed ? [] : [[setting, text] as const];
      });
      const changed = await preferences.change(user, typed);
      return isFailure(changed) ? changed : listed(user, preferences);
    },
  };
}

function listed(user: Jid, preferences: Preferences): string {
  return SETTINGS.map((setting) => `${setting.name}: ${preferences.show(setting, user).told}`).join('\n');
}

function one(setting: Setting, preferences: Preferences): Command {
  const { name, label, kind, choices, form, meaning } = setting;
  return {
    name,
    audience: 'users',
    title: label,
    form,
    meaning,
    fields: [{ name, label, kind, ...(choices && { choices }) }],
    values: (user) => ({ [name]: preferences.show(setting, user).typed }),
    run: async (user, values: Values): Promise<string | Failure> => {
      const text = values[name];
      if (text === undefined) return preferences.show(setting, user).told;
      const changed = await preferences.change(user, [[setting, text]]);
      return isFailure(changed) ? changed : changed.join('\n');
    },
  };
}
