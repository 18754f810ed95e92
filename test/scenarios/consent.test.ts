/** What users let be published of their presence, by chat and by form, and that the web tells no more than that. */
import xml from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimPorts } from '../servers/ports.js';
import { startSlixmpp, type SlixmppClient } from '../servers/slixmpp.js';
import { command } from './commands.js';
import { setStage } from './stage.js';
import { chat, DEADLINE } from './stanzas.js';
import { SERVERS } from './world.js';

const [PORT = 0] = await claimPorts(1);
const PUBLIC_URL = `http://127.0.0.1:${PORT}/chat`;
const LINK = new RegExp(`${PUBLIC_URL}/u/([a-z2-7]{26})`);
const VERONA = 'https://verona.example';
const FORM = { audience: 'nobody', show: '0', status: '0', client: '0', seen: '0', name: '0', picture: '0', write: '0', new: '0' };

describe.each(SERVERS)('consent on %s', (kind) => {
  const stage = setStage(kind, { web: `listen = "127.0.0.1:${PORT}"\npublic_url = "${PUBLIC_URL}"\nrequests_per_minute = 100000` });
  let romeo: SlixmppClient;
  const gateway = (): string => stage.world.server.component;
  const say = async (line: string, answer: RegExp): Promise<string> => {
    const { juliet } = stage;
    juliet.received.length = 0;
    juliet.send(chat(gateway(), `consent-${line}`, line));
    return (await juliet.waitFor((stanza) => stanza.attrs.from === gateway() && answer.test(stanza.getChildText('body') ?? ''), DEADLINE)).getChildText('body') ?? '';
  };
  const idIn = (text: string): string => LINK.exec(text)?.[1] ?? `no link in: ${text}`;
  const look = async (name: string, origin?: string): Promise<{ status: number; body: Record<string, unknown> }> => {
    const answer = await fetch(`${PUBLIC_URL}/v1/presence/${encodeURIComponent(name)}`, origin === undefined ? {} : { headers: { origin } });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  beforeAll(async () => {
    romeo = await startSlixmpp(stage.world.server, 'romeo');
  });
  afterAll(() => romeo.close());

  it('publishes nothing unasked, and by chat what was asked for', async () => {
    expect((await look('juliet@example.test')).status).toBe(404);
    expect(await say('presence', /published/)).toMatch(/^Your presence is published to nobody\./);
    const id = idIn(await say('presence link', /Whoever has this link/));
    expect(await look(id)).toMatchObject({ status: 200, body: { id, strangers: false } });
    expect(Object.keys((await look(id)).body).sort()).toEqual(['id', 'presence', 'strangers']);
    expect((await look('juliet@example.test')).status).toBe(404);
    await say('presence write on', /Strangers may write/);
    expect((await look(id)).body).toMatchObject({ strangers: true, xmpp: expect.stringMatching(/^xmpp:juliet@example\.test/) as string, mail: `mailto:juliet@${gateway()}` });
  });

  it('tells strangers the address that the user writes by now, and no alias that he has not chosen', async () => {
    const id = idIn(await say('presence', /link/));
    const alias = await say('alias new', /@/);
    expect((await look(id)).body.mail).toBe(`mailto:juliet@${gateway()}`);
    await say(`identity ${alias}`, /You write as/);
    await expect.poll(async () => decodeURIComponent(String((await look(id)).body.mail)), { timeout: DEADLINE }).toBe(`mailto:${alias}`);
    await say('identity plain', /You write as/);
    await expect.poll(async () => (await look(id)).body.mail, { timeout: DEADLINE }).toBe(`mailto:juliet@${gateway()}`);
  });

  it('shows the state of who lets the gateway see it', async () => {
    const { juliet } = stage;
    const id = idIn(await say('presence', /link/));
    juliet.send(xml('presence', { to: gateway(), type: 'subscribed' }));
    juliet.send(xml('presence', {}, xml('show', {}, 'dnd'), xml('status', {}, 'Wherefore art thou')));
    await expect.poll(async () => (await look(id)).body.presence, { timeout: DEADLINE }).toBe('online');
    await say('presence show show, status', /away or busy, status text/);
    await expect.poll(async () => (await look(id)).body, { timeout: DEADLINE }).toMatchObject({ presence: 'online', show: 'dnd', status: 'Wherefore art thou' });
  });

  it('every address that the user is told leads somewhere', async () => {
    const told = (await say('presence', /link/)).match(/http:[^\s,]+/g) ?? [];
    const id = idIn(told[0] ?? '');
    expect([...new Set(told)]).toEqual(['u', 'badge', 'u'].map((part, i) => `${PUBLIC_URL}/${part}/${id}${['', '.svg', '/embed'][i]}`));
    for (const url of told) expect([url, (await fetch(url)).status]).toEqual([url, 200]);
    await say('presence everybody', /Everybody sees/);
    const open = (await say('presence', /Everybody sees/)).match(/http:[^\s,]+/g) ?? [];
    expect(open.join()).not.toContain(id);
    for (const url of open) expect([url, (await fetch(url)).status]).toEqual([url, 200]);
    await say('presence link', /Whoever has this link/);
  });

  it('a link that is replaced shows nothing any more, and is as one that never was', async () => {
    const before = idIn(await say('presence', /link/));
    const after = idIn(await say('presence link new', /shows nothing any more/));
    expect(after).not.toBe(before);
    expect((await look(after)).status).toBe(200);
    expect(await look(before)).toEqual(await look('a'.repeat(26)));
    expect((await look(before)).status).toBe(404);
  });

  it('what is withdrawn is gone at once, and stays so after a restart; published again, the link works again', async () => {
    const { world } = stage;
    const id = idIn(await say('presence', /link/));
    await say('presence nobody', /published to nobody/);
    expect((await look(id)).status).toBe(404);
    await world.gateway.kill();
    await world.gateway.start();
    expect((await look(id)).status).toBe(404);
    expect(idIn(await say('presence link', /Whoever has this link/))).toBe(id);
    expect((await look(id)).body).toMatchObject({ strangers: true });
  });

  it('is set by one form, for named sites only', async () => {
    expect(await romeo.command(gateway(), 'presence')).toMatchObject({ status: 'canceled', fields: { audience: 'nobody', show: false, write: false } });
    expect(await romeo.command(gateway(), 'presence', { ...FORM, audience: 'sites', sites: 'http://verona.example' })).toMatchObject({ status: 'executing', note: expect.stringContaining('Write a web site such as') as string });
    const { status, note } = await romeo.command(gateway(), 'presence', { ...FORM, audience: 'sites', seen: '1', sites: `verona.example/arena\n${VERONA}:8443` });
    expect(status).toBe('completed');
    expect(note).toContain(`only on ${VERONA}, ${VERONA}:8443`);
    const id = idIn(note ?? '');
    expect((await look(id, VERONA)).status).toBe(200);
    for (const origin of [undefined, 'https://mantua.example', 'http://verona.example', 'null']) expect((await look(id, origin)).status).toBe(404);
    expect(await romeo.command(gateway(), 'presence')).toMatchObject({ fields: { audience: 'sites', seen: true, sites: expect.stringContaining(`${VERONA}:8443`) as string } });
    await romeo.command(gateway(), 'presence', { audience: 'everybody' });
    expect((await look('romeo@example.test')).body).toMatchObject({ id: 'romeo@example.test', strangers: false });
  });

  it('an API key that is named may ask, and one that is revoked is named no more', async () => {
    const { gateway: running } = stage.world;
    const secret = (await command(running, 'key', 'add', 'portal')).out.trim().split('\n')[0] ?? '';
    const { note } = await romeo.command(gateway(), 'presence', { audience: 'sites', sites: '', keys: 'portal' });
    expect(note).toContain('only for the holders of the API keys portal');
    expect(await romeo.command(gateway(), 'presence', { keys: 'portal\nmantua' })).toMatchObject({ status: 'executing', note: expect.stringContaining('no API key of this name') as string });
    const id = idIn(note ?? '');
    const asked = async (): Promise<number> => (await fetch(`${PUBLIC_URL}/v1/presence/${id}`, { headers: { authorization: `Bearer ${secret}` } })).status;
    await expect.poll(asked, { timeout: DEADLINE }).toBe(200);
    expect((await look(id)).status).toBe(404);
    await command(running, 'key', 'revoke', 'portal');
    await expect.poll(async () => (await romeo.command(gateway(), 'presence')).fields.keys ?? '', { timeout: DEADLINE }).not.toContain('portal');
    await expect.poll(asked, { timeout: DEADLINE }).toBe(401);
  });

  it('is found in the help, where nothing is left over', async () => {
    const help = await say('help', /This is the mail gateway/);
    expect(help).toMatch(/^You: .*\bpresence\b/m);
    expect(help).not.toMatch(/^More:/m);
    expect(help).toMatch(/^Administrators: /m);
  });

  it('an administrator sees what is published, and not the link; whoever leaves is gone', async () => {
    const { world } = stage;
    const id = idIn(await say('presence', /link/));
    const { out } = await command(world.gateway, 'user', 'show', 'juliet@example.test');
    expect(out).toContain('Presence on the web: for link; shown: show, status; strangers may write');
    expect(out).not.toContain(id);
    await say('unregister yes', /Forgotten:|What little/);
    expect((await look(id)).status).toBe(404);
    expect(await say('presence', /published/)).toMatch(/published to nobody/);
    expect(world.gateway.log()).not.toContain(id);
  });
});
