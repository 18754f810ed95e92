/** API keys made beside a running gateway, whose a mail address is, and how somebody looks, on real servers. */
import { createHash } from 'node:crypto';
import xml from '@xmpp/xml';
import { beforeAll, describe, expect, it } from 'vitest';
import { claimPorts } from '../servers/ports.js';
import { waitUntil } from '../servers/wait.js';
import { befriend } from './attendance.js';
import { command } from './commands.js';
import { setStage } from './stage.js';
import { DEADLINE } from './stanzas.js';
import { SERVERS } from './world.js';

const [PORT = 0] = await claimPorts(1);
const URL_OF_ALL = `http://127.0.0.1:${PORT}`;
/** A transparent pixel. */
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');
const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'.padEnd(200));

const sha1 = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex');

describe.each(SERVERS)('keys and faces on %s', (kind) => {
  const stage = setStage(kind, { web: `listen = "127.0.0.1:${PORT}"\npublic_url = "${URL_OF_ALL}"\nrequests_per_minute = 100000` });
  beforeAll(() => befriend(stage.juliet, stage.world.server.component));

  const say = async (line: string, answer: RegExp): Promise<string> => {
    const { juliet, world } = stage;
    juliet.received.length = 0;
    juliet.send(xml('message', { type: 'chat', to: world.server.component }, xml('body', {}, line)));
    return (await juliet.waitFor((stanza) => answer.test(stanza.getChildText('body') ?? ''), DEADLINE)).getChildText('body') ?? '';
  };
  const ask = (path: string, secret?: string) => fetch(`${URL_OF_ALL}${path}`, secret === undefined ? {} : { headers: { authorization: `Bearer ${secret}` } });
  const statusOf = async (path: string, secret?: string): Promise<number> => (await ask(path, secret)).status;
  const make = async (...args: string[]): Promise<string> => {
    const { code, out } = await command(stage.world.gateway, 'key', 'add', ...args);
    expect(code).toBe(0);
    return out.trim();
  };
  const becomes = (status: number, path: string, secret?: string): Promise<unknown> =>
    waitUntil(`${path} is ${status}`, async () => (await statusOf(path, secret)) === status || undefined, DEADLINE);

  it('a key made beside the gateway looks up whom it may see, by a proven mailbox and by his addresses, until it is revoked', async () => {
    const { world } = stage;
    const { jid } = world.server.users.juliet;
    const portal = await make('portal', '--scope', 'lookup', '--rate', '6000');
    const reader = await make('reader');
    const proven = '/v1/lookup?mail=juliet%40montague.test';
    const plain = `/v1/lookup?mail=juliet%40${world.server.component}`;
    await becomes(404, proven, portal);
    await becomes(403, proven, reader);
    expect([await statusOf(proven), await statusOf(proven, reader), await statusOf(proven, `${portal.slice(0, -1)}!`), await statusOf('/v1/presence/x', 'wrong')]).toEqual([401, 403, 401, 401]);

    await say('mailbox juliet@montague.test', /^A code goes to/);
    const { raw } = await world.outside.waitForMail(({ to }) => to.includes('juliet@montague.test'), DEADLINE);
    await say(/Code: (\d{4} \d{4})/.exec(raw)?.[1] ?? '', /is your mailbox now/);
    await say('presence sites', /./);
    expect(await statusOf(proven, portal)).toBe(404);
    await say('presence key add portal', /portal/);
    await waitUntil('she is online', async () => (await (await ask(plain, portal)).text()).includes('"online"') || undefined, DEADLINE);
    for (const path of [proven, plain]) {
      expect(await (await ask(path, portal)).json()).toMatchObject({ id: jid, presence: 'online' });
      expect(await statusOf(path, reader)).toBe(403);
    }
    const alias = /\S+\+\S+@\S+[a-z]/.exec(await say('alias new shop', /@/))?.[0] ?? '';
    expect(alias).toContain('@');
    const hidden = await ask(`/v1/lookup?mail=${encodeURIComponent(alias)}`, portal);
    const nobody = await ask('/v1/lookup?mail=nobody%40montague.test', portal);
    expect([hidden.status, await hidden.text()]).toEqual([404, await nobody.text()]);
    expect([...hidden.headers].filter(([name]) => name !== 'date')).toEqual([...nobody.headers].filter(([name]) => name !== 'date'));
    const many = await fetch(`${URL_OF_ALL}/v1/lookup`, { method: 'POST', headers: { authorization: `Bearer ${portal}` }, body: JSON.stringify({ mail: [alias, 'Juliet@montague.test'] }) });
    expect(await many.json()).toMatchObject({ presences: [{ id: alias, presence: 'unknown' }, { id: jid, presence: 'online' }] });

    expect(await command(world.gateway, 'key', 'revoke', 'portal')).toMatchObject({ code: 0, out: 'portal: revoked\n' });
    await becomes(401, proven, portal);
    expect(world.gateway.log()).not.toContain(portal.slice(4));
  });

  it('shows name and picture as the server gives them, and another one soon; never what is no picture', async () => {
    const { juliet } = stage;
    const card = (photo: Buffer | undefined) =>
      juliet.request(xml('iq', { type: 'set' }, xml('vCard', { xmlns: 'vcard-temp' }, xml('FN', {}, 'Juliet \u202eCapulet'), photo && xml('PHOTO', {}, xml('TYPE', {}, 'image/png'), xml('BINVAL', {}, photo.toString('base64'))))));
    const tell = (photo: Buffer) => juliet.send(xml('presence', {}, xml('x', { xmlns: 'vcard-temp:x:update' }, xml('photo', {}, sha1(photo)))));
    expect((await card(PNG)).attrs.type).toBe('result');
    tell(PNG);
    await say('presence nobody', /./);
    await say('presence show all', /./);
    const link = /\/u\/([a-z2-7]{26})/.exec(await say('presence link', /\/u\//))?.[1] ?? '';
    const picture = `/u/${link}/picture`;
    const shown = async (bytes: Buffer) => {
      const answer = await ask(picture);
      return (answer.status === 200 && Buffer.from(await answer.arrayBuffer()).equals(bytes)) || undefined;
    };
    await waitUntil('the picture is there', () => shown(PNG), DEADLINE);
    const { headers } = await ask(picture);
    expect([headers.get('content-type'), headers.get('x-content-type-options'), headers.get('content-security-policy'), headers.get('etag')]).toEqual(['image/png', 'nosniff', "sandbox; default-src 'none'; frame-ancestors 'none'", `"${sha1(PNG)}"`]);
    expect((await fetch(`${URL_OF_ALL}${picture}`, { headers: { 'if-none-match': `"${sha1(PNG)}"` } })).status).toBe(304);
    const told = (await (await ask(`/v1/presence/${link}`)).json()) as { name: string; picture: string };
    expect([told.name, told.picture]).toEqual(['Juliet Capulet', expect.stringContaining(`${URL_OF_ALL}${picture}`) as string]);

    await card(GIF);
    tell(GIF);
    await waitUntil('another picture is there', () => shown(GIF), DEADLINE);
    expect((await ask(picture)).headers.get('content-type')).toBe('image/gif');
    await say('presence show name', /./);
    expect(await statusOf(picture)).toBe(404);
    await say('presence show all', /./);
    expect(await statusOf(picture)).toBe(200);
    await card(SVG);
    tell(SVG);
    await becomes(404, picture);
    const [none, nobody] = await Promise.all([ask(picture), ask('/u/aaaaaaaaaaaaaaaaaaaaaaaaaa/picture')]);
    expect(await none.text()).toBe(await nobody.text());
  });

  it('hears of a new name and picture that no presence tells of (XEP-0163)', async () => {
    const { juliet } = stage;
    const publish = async (node: string, item: xml.Element, id = 'current'): Promise<void> => {
      const publication = xml('pubsub', { xmlns: 'http://jabber.org/protocol/pubsub' }, xml('publish', { node }, xml('item', { id }, item)));
      expect((await juliet.request(xml('iq', { type: 'set' }, publication))).attrs.type).toBe('result');
    };
    const nick = (text: string) => publish('http://jabber.org/protocol/nick', xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, text));
    await juliet.request(xml('iq', { type: 'set' }, xml('vCard', { xmlns: 'vcard-temp' }, xml('TITLE', {}, 'Lover'))));
    const link = /\/u\/([a-z2-7]{26})/.exec(await say('presence link', /\/u\//))?.[1] ?? '';
    const named = (name: string) =>
      waitUntil(`the name is ${name}`, async () => ((await (await ask(`/v1/presence/${link}`)).json()) as { name?: string }).name === name || undefined, DEADLINE);
    await nick('Jule');
    await named('Jule');
    await nick('Julchen\u202e');
    await named('Julchen');
    await publish('urn:xmpp:avatar:data', xml('data', { xmlns: 'urn:xmpp:avatar:data' }, PNG.toString('base64')), sha1(PNG));
    await publish('urn:xmpp:avatar:metadata', xml('metadata', { xmlns: 'urn:xmpp:avatar:metadata' }, xml('info', { id: sha1(PNG), bytes: String(PNG.length), type: 'image/png' })), sha1(PNG));
    await waitUntil('the picture is there', async () => (await statusOf(`/u/${link}/picture`)) === 200 || undefined, DEADLINE);
  });
});
