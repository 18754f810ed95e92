/** What a user lets be published of his presence, by lines of chat and by a form. */
import { describe, expect, it } from 'vitest';
import { presenceCommands } from '../../src/bridge/command/presence.js';
import { createCommands } from '../../src/bridge/commands.js';
import { Preferences } from '../../src/bridge/preferences.js';
import { STRANGERS } from '../../src/bridge/settings.js';
import { isFailure } from '../../src/failure.js';
import type { Publication } from '../../src/presence/publication.js';
import { Publications } from '../../src/presence/publications.js';
import { openHere } from '../store/files.js';
import { juliet, T0 } from '../store/samples.js';
import { rules } from './on-store.js';

const balcony = { ...juliet, resource: 'balcony' };
const user = 'juliet@capulet.example';
const URL_OF = 'https://gw.example/chat';

function stage({ served = true, seen = true, mail = 'juliet@gw.example' } = {}) {
  const { store } = openHere();
  const preferences = new Preferences([], store, {});
  const publications = new Publications(store.publications);
  const more = (url: string | undefined) => presenceCommands({
    ...{ publications, publicUrl: url, preferences, gateway: 'gw.example' },
    hasKey: async (name) => (await store.apiKeys.apiKeys()).some((key) => key.name === name),
    contactOf: () => ({ jid: user, ...(mail !== '' && { mail }) }),
    isSeen: () => seen,
  });
  const commandsWith = (url: string | undefined) => createCommands({ rules, preferences, store, render: () => Promise.resolve(''), more: more(url) });
  const commands = commandsWith(served ? URL_OF : undefined);
  const say = (line: string) => commands.say(balcony, line);
  const kept = () => publications.ofUser(user);
  const id = () => kept()?.id ?? '';
  const makeKey = (name: string) => store.apiKeys.addApiKey({ name, hash: Buffer.from(name), scopes: ['read'], rate: 60, madeAt: T0 });
  return { store, preferences, publications, commands, commandsWith, say, kept, id, makeKey };
}

describe('in chat', () => {
  it('nothing is published, and nothing kept, until the user says so', async () => {
    const { say, kept, store } = stage();
    expect(await say('presence')).toMatch(/^Your presence is published to nobody\.\n"presence link" publishes it/);
    expect(kept()).toBeUndefined();
    expect(await store.publications.publications()).toEqual([]);
  });

  it('a link is published, and tells nothing else', async () => {
    const { say, kept, id } = stage();
    expect(await say('presence link')).toBe(`Whoever has this link sees whether you are online: ${URL_OF}/u/${id()}\nShown: only whether you are online. "presence show" shows more.`);
    expect(kept()).toMatchObject({ audience: 'link', shown: [], write: false });
    expect(await say(' PRESENCE ')).toBe(
      [
        `Whoever has this link sees whether you are online: ${URL_OF}/u/${id()}`,
        'Shown: only whether you are online. "presence show" shows more.',
        'Nobody is told how to write to you.',
        `For your web page: badge ${URL_OF}/badge/${id()}.svg, and all else to choose from at ${URL_OF}/u/${id()}/embed`,
      ].join('\n'),
    );
  });

  it('everybody sees it under the JID', async () => {
    const { say, kept, id } = stage();
    expect(await say('presence everybody')).toContain(`Everybody sees whether you are online: ${URL_OF}/u/${user}\n`);
    expect(await say('presence')).not.toContain(id());
    expect(kept()).toMatchObject({ audience: 'everybody' });
  });

  it('is withdrawn, and what was set stays, the link too', async () => {
    const { say, kept, id } = stage();
    await say('presence link');
    await say('presence show status');
    const before = id();
    expect(await say('presence nobody')).toMatch(/^Your presence is published to nobody\. What you have set stays, .* works again; "presence link new" replaces it\.$/);
    expect(kept()).toMatchObject({ id: before, audience: 'nobody', shown: ['status'] });
    expect(await say('presence link')).toContain(before);
  });

  it('the link is replaced, whoever sees it', async () => {
    const { say, id, kept, publications } = stage();
    await say('presence link');
    const before = id();
    const answer = await say('presence  Link  NEW');
    expect(answer).toMatch(/^The link that you had shows nothing any more\.\nWhoever has this link/);
    expect(answer).toContain(id());
    expect(id()).not.toBe(before);
    expect(publications.byId(before)).toBeUndefined();
    await say('presence nobody');
    await say('presence link new');
    expect(kept()?.audience).toBe('nobody');
  });

  it('of who had no link none is said to be replaced', async () => {
    const { say, kept } = stage();
    expect(await say('presence link new')).not.toMatch(/The link that you had/);
    expect(kept()?.audience).toBe('nobody');
  });

  it('shows what is named, in any order and spelling, and nothing else', async () => {
    const { say, kept } = stage();
    expect(await say('presence show Status, name')).toBe('Shown besides online or offline: status text, name.\nYour presence is published to nobody; "presence link" publishes it.');
    expect(kept()).toMatchObject({ audience: 'nobody', shown: ['status', 'name'] });
    await say('presence link');
    expect(await say('presence show all')).toBe('Shown besides online or offline: away or busy, status text, kind of client (phone, computer), since when, name, picture.');
    expect(await say('presence show nothing')).toMatch(/^Shown: only whether you are online\./);
    for (const wrong of ['presence show', 'presence show status everything', 'presence show all status']) expect(await say(wrong)).toMatch(/^Write "presence show" and any of show, status, client, seen, name, picture; all; nothing\.$/);
    expect(kept()?.shown).toEqual([]);
  });

  it('strangers may write on another word only, by the addresses that are told; a setting that refuses them is named', async () => {
    const { say, kept, preferences } = stage();
    await say('presence link');
    expect(await say('presence write on')).toBe(`Strangers may write to you: who sees you is told ${user} and the mail address juliet@gw.example.`);
    expect(kept()?.write).toBe(true);
    await preferences.change(juliet, [[STRANGERS, 'contacts']]);
    expect(await say('presence write on')).toMatch(/But their mail is refused by your setting "strangers contacts"/);
    expect(await say('presence write off')).toBe('Nobody is told how to write to you.');
    expect(await say('presence write maybe')).toMatch(/write one of on, off/);
    expect(kept()?.write).toBe(false);
  });

  it('names no address twice, and none that there is not', async () => {
    const alike = stage({ mail: user });
    expect(await alike.say('presence write on')).toContain(`is told ${user}.\n`);
    const without = stage({ mail: '' });
    expect(await without.say('presence write on')).toContain(`is told ${user}.`);
  });

  it('sites and keys are named, and count once the audience is theirs', async () => {
    const { say, kept, id, makeKey } = stage();
    await makeKey('verona');
    expect(await say('presence sites')).toMatch(/^Nobody sees you yet: name a site/);
    expect(await say('presence site add example.org/blog')).toBe('Named: https://example.org.');
    expect(await say('presence key add Verona')).toBe('Named: https://example.org, API key verona.');
    expect(await say('presence key add lax')).toMatch(/^There is no API key of this name\./);
    expect(await say('presence site add http://example.org')).toMatch(/^Write a web site such as/);
    expect(kept()).toMatchObject({ origins: ['https://example.org'], keys: ['verona'] });
    const told = await say('presence');
    expect(told).toContain(`Your link shows whether you are online only on https://example.org and for the holders of the API keys verona: ${URL_OF}/u/${id()}\n`);
    expect(told).toMatch(/\/embed, where the preview shows nothing of you$/m);
    expect(await say('presence site remove example.org')).toBe('Named: API key verona.');
    expect(await say('presence site remove example.org')).toMatch(/is not named/);
    await say('presence link');
    expect(await say('presence key remove verona')).toBe('You have named no sites and no API keys. They count once you write "presence sites".');
  });

  it('a key that there is no more may be taken away, and is not in the way of the others', async () => {
    const { say, kept, makeKey, commands, store } = stage();
    await makeKey('verona');
    await say('presence key add verona');
    await store.apiKeys.removeApiKey('verona');
    expect(await say('presence key add verona')).toMatch(/^There is no API key/);
    expect(await commands.run(balcony, 'presence', { keys: 'verona', sites: 'example.org' })).not.toMatchObject({ reason: 'bad-content' });
    expect(kept()).toMatchObject({ keys: ['verona'], origins: ['https://example.org'] });
    expect(await say('presence key remove VERONA')).toMatch(/^Named: https:\/\/example\.org\./);
    expect(kept()?.keys).toEqual([]);
  });

  it('says that keys find the user by his mail addresses, where they do', async () => {
    const { say, makeKey } = stage();
    await makeKey('verona');
    const found = /mail addresses, also by mailboxes that you have bound/;
    expect(await say('presence everybody')).toMatch(found);
    expect(await say('presence')).toMatch(found);
    for (const line of ['presence link', 'presence sites', 'presence nobody']) expect(await say(line)).not.toMatch(found);
    await say('presence key add verona');
    expect(await say('presence')).not.toMatch(found);
    expect(await say('presence sites')).toMatch(found);
  });

  it('takes no more of them by several at once, whichever of them the store refuses', async () => {
    const { say, kept, store } = stage();
    await say('presence link');
    for (let i = 0; i < 50; i++) await say(`presence site add site${i}.example`);
    const put = store.publications.putPublication.bind(store.publications);
    Object.assign(store.publications, { putPublication: (row: Publication) => (row.origins.length < 50 ? Promise.reject(new Error('disk full')) : put(row)) });
    const lines = ['remove site0', 'add one', 'add two'].map((line) => say(`presence site ${line}.example`));
    const answers = await Promise.allSettled(lines);
    expect(kept()?.origins).toHaveLength(50);
    expect(answers.map((one) => (one.status === 'fulfilled' && one.value?.includes('at most')) || one.status === 'rejected')).toEqual([true, true, true]);
    expect((await store.publications.publications())[0]?.origins).toEqual(kept()?.origins);
  });

  it('takes 50 sites and no more', async () => {
    const { say, kept } = stage();
    for (let i = 0; i < 50; i++) await say(`presence site add site${i}.example`);
    expect(await say('presence site add more.example')).toMatch(/50 sites and 50 API keys at most/);
    expect(await say('presence site add site7.example')).toMatch(/^Named: /);
    expect(kept()?.origins).toHaveLength(50);
  });

  it.each(['presence somebody', 'presence link old', 'presence __proto__', 'presence nobody really'])('takes no %s', async (line) => {
    const { say, kept } = stage();
    await say('presence link');
    expect(await say(line)).toBe('Who sees on the web whether you are online: write one of nobody, link, sites, everybody.');
    expect(kept()?.audience).toBe('link');
  });

  it('says whose request is to be accepted while the user is not seen', async () => {
    const { say } = stage({ seen: false });
    expect(await say('presence link')).toMatch(/accept the contact request of gw\.example\. Until then you are shown as offline\.$/);
    expect(await say('presence nobody')).not.toMatch(/contact request/);
  });
});

describe('where nothing is served', () => {
  it('nothing is set that would become public one day', async () => {
    const { say, kept } = stage({ served: false });
    for (const line of ['presence', 'presence link', 'presence show all', 'presence write on', 'presence site add example.org']) expect(await say(line)).toMatch(/^This gateway publishes nothing: its administrator/);
    expect(kept()).toBeUndefined();
  });

  it('what was published before is withdrawn all the same', async () => {
    const { say, kept, commandsWith } = stage();
    await say('presence link');
    const dark = commandsWith(undefined);
    await dark.say(balcony, 'presence everybody');
    expect(kept()?.audience).toBe('link');
    await dark.say(balcony, 'presence nobody');
    expect(kept()?.audience).toBe('nobody');
  });

  it('with what is withdrawn nothing else is set', async () => {
    const { say, kept, commandsWith } = stage();
    await say('presence link');
    const before = kept();
    await commandsWith(undefined).run(balcony, 'presence', { audience: 'nobody', write: 'true', status: 'true', sites: 'example.org', new: 'true' });
    expect(kept()).toEqual({ ...before, audience: 'nobody' });
  });
});

describe('the form', () => {
  async function filled(commands: ReturnType<typeof stage>['commands']) {
    const form = await commands.form(balcony, 'presence');
    if (form === undefined || isFailure(form)) throw new Error('no form');
    return form;
  }

  it('shows all of it, and sets all of it in one go', async () => {
    const { commands, kept, id, makeKey } = stage();
    await makeKey('verona');
    const form = await filled(commands);
    expect(form.values).toEqual({ audience: 'nobody', show: 'false', status: 'false', client: 'false', seen: 'false', name: 'false', picture: 'false', write: 'false', sites: '', keys: '', new: 'false' });
    expect(form.fields.map(({ name }) => name)).toEqual(Object.keys(form.values));
    const answer = await commands.run(balcony, 'presence', { ...form.values, audience: 'sites', status: 'true', seen: 'true', write: 'true', sites: 'example.org\n\nhttps://example.com/\nexample.org', keys: 'verona' });
    expect(answer).toContain(id());
    expect(kept()).toMatchObject({ audience: 'sites', shown: ['status', 'seen'], write: true, origins: ['https://example.org', 'https://example.com'], keys: ['verona'] });
    expect((await filled(commands)).values).toMatchObject({ audience: 'sites', status: 'true', show: 'false', sites: 'https://example.org\nhttps://example.com', keys: 'verona' });
  });

  it('leaves alone what is left out, and empties what is emptied', async () => {
    const { commands, kept, id } = stage();
    await commands.run(balcony, 'presence', { audience: 'link', name: 'true', write: 'true', sites: 'example.org' });
    const before = id();
    await commands.run(balcony, 'presence', { status: 'true', new: 'false' });
    expect(kept()).toMatchObject({ audience: 'link', id: before, shown: ['status', 'name'], write: true, origins: ['https://example.org'] });
    await commands.run(balcony, 'presence', { sites: '', new: 'true' });
    expect(kept()).toMatchObject({ audience: 'link', origins: [] });
    expect(id()).not.toBe(before);
  });

  it('keeps nothing when one thing is wrong', async () => {
    const { commands, kept } = stage();
    for (const wrong of [{ sites: 'http://example.org' }, { keys: 'lax' }, { sites: Array.from({ length: 51 }, (_, i) => `s${i}.example`).join('\n') }, { audience: 'all' }]) {
      const answer = await commands.run(balcony, 'presence', { audience: 'everybody', write: 'true', ...wrong });
      expect(isFailure(answer) && answer.reason).toBe('bad-content');
    }
    expect(kept()).toBeUndefined();
  });

  it('is for users only', async () => {
    const { commands, publications } = stage();
    const stranger = { ...balcony, domain: 'elsewhere.example' };
    expect(isFailure(await commands.run(stranger, 'presence', { audience: 'link' }))).toBe(true);
    expect(await commands.say(stranger, 'presence link')).toMatch(/does not serve you/);
    expect(publications.ofUser('juliet@elsewhere.example')).toBeUndefined();
  });
});

it('help finds it', async () => {
  const { say } = stage();
  expect(await say('help')).toMatch(/^You: settings, presence$/m);
  const lines = (await say('help presence')).split('\n');
  expect(lines.map((line) => line.split(' – ')[0])).toEqual(['presence [nobody|link|sites|everybody|link new]', 'presence show show|status|client|seen|name|picture|all|nothing', 'presence write on|off', 'presence site add|remove ORIGIN', 'presence key add|remove NAME']);
});
