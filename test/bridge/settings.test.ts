/** What a chat user can set, by a line of chat and by a form. */
import { describe, expect, it } from 'vitest';
import { createCommands } from '../../src/bridge/commands.js';
import { Preferences } from '../../src/bridge/preferences.js';
import { BURST } from '../../src/bridge/settings.js';
import type { Commands } from '../../src/edge.js';
import { isFailure } from '../../src/failure.js';
import type { PreferenceRow } from '../../src/store/preference-rows.js';
import type { Store } from '../../src/store/store.js';
import { openHere } from '../store/files.js';
import { juliet } from '../store/samples.js';
import { rules } from './on-store.js';

const balcony = { ...juliet, resource: 'balcony' };
const stranger = { ...balcony, domain: 'elsewhere.example' };

function commandsOn(store: Store, rows: readonly PreferenceRow[] = []): { commands: Commands; preferences: Preferences } {
  const preferences = new Preferences(rows, store, { burst: 20_000 });
  return { commands: createCommands({ rules, preferences, store, render: () => Promise.resolve('') }), preferences };
}

describe('the command burst', () => {
  it('tells and sets how long lines wait, for its user, also after a restart', async () => {
    const { store } = openHere();
    const { commands, preferences } = commandsOn(store);
    expect(await commands.say(balcony, 'burst')).toBe('Lines within 20 seconds become one mail.');
    expect(await commands.say(balcony, ' BURST  45 ')).toBe('Lines within 45 seconds become one mail.');
    expect(preferences.get(BURST, balcony)).toBe(45_000);
    expect(await commands.say(balcony, 'burst 0')).toBe('Each line is sent at once.');
    expect(await store.preferences()).toEqual([{ user: 'juliet@capulet.example', set: { burst: 0 } }]);
    const restarted = commandsOn(store, await store.preferences());
    expect(await restarted.commands.say(balcony, 'burst')).toBe('Each line is sent at once.');
    expect(await restarted.commands.say({ ...balcony, local: 'nurse' }, 'burst')).toBe('Lines within 20 seconds become one mail.');
  });

  it.each(['301', '-1', '1.5', '1e2', '٣', '9999999999999999', 'off', '0x10', '__proto__'])('takes no %s', async (text) => {
    const { store } = openHere();
    expect(await commandsOn(store).commands.say(balcony, `burst ${text}`)).toMatch(/number from 0 to 300/);
    expect(await store.preferences()).toEqual([]);
  });

  it('keeps nothing for strangers', async () => {
    const { store } = openHere();
    const { commands } = commandsOn(store);
    expect(await commands.say(stranger, 'burst 30')).toMatch(/does not serve you/);
    expect(commands.list(stranger).map(({ node }) => node)).not.toContain('burst');
    expect(isFailure(await commands.run(stranger, 'burst', { burst: '30' }))).toBe(true);
    expect(await store.preferences()).toEqual([]);
  });
});

describe('the form of all settings', () => {
  it('shows what is set and keeps what is changed', async () => {
    const { store } = openHere();
    const { commands, preferences } = commandsOn(store);
    const form = await commands.form(balcony, 'settings');
    if (form === undefined || isFailure(form)) throw new Error('no form');
    expect(form.values).toMatchObject({ burst: '20' });
    expect(form.fields.map(({ name }) => name)).toContain('burst');
    expect(await commands.run(balcony, 'settings', { ...form.values, burst: '7' })).toMatch(/burst: Lines within 7 seconds/);
    expect(preferences.get(BURST, balcony)).toBe(7_000);
  });

  it('keeps nothing when one thing is wrong', async () => {
    const { store } = openHere();
    const { commands } = commandsOn(store);
    const answer = await commands.run(balcony, 'settings', { burst: 'soon' });
    expect(isFailure(answer) && answer.reason).toBe('bad-content');
    expect(await store.preferences()).toEqual([]);
  });
});

it('lists for each what he may ask', async () => {
  const { commands } = commandsOn(openHere().store);
  const short = await commands.say(balcony, 'what?');
  expect(short).toMatch(/^Mail: burst, signature, text, original$/m);
  expect(short.split('\n').length).toBeLessThanOrEqual(15);
  expect(await commands.say(balcony, 'help all')).toMatch(/burst SECONDS – lines/);
  expect(await commands.say(balcony, 'HELP  Burst')).toMatch(/^burst SECONDS – lines .*$/);
  expect((await commands.say(balcony, 'help away')).split('\n').map((line) => line.split(' ')[0])).toEqual(['offline', 'quiet', 'keep']);
  expect(await commands.say(balcony, 'help me')).toBe(short);
  expect(await commands.say(stranger, 'help')).not.toMatch(/burst/);
  expect(await commands.say(balcony, 'original')).toMatch(/write: original ID/);
});
