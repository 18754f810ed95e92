/** How somebody looks, asked of real servers: by PEP and by vCard, and never what is no picture. */
import { createHash } from 'node:crypto';
import xml from '@xmpp/xml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Jid } from '../../src/address.js';
import { IqCaller } from '../../src/xmpp/iq.js';
import { Profiles } from '../../src/xmpp/profile.js';
import { ServerFaces } from '../../src/xmpp/server-faces.js';
import { connectClient, type TestClient } from '../servers/client.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { online, startEdge, type Running } from './harness.js';
import { SERVERS } from './servers.js';

const PUBSUB = 'http://jabber.org/protocol/pubsub';
const METADATA = 'urn:xmpp:avatar:metadata';
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');
const ID = createHash('sha1').update(PNG).digest('hex');
const user = (local: string): Jid => ({ kind: 'jid', local, domain: 'example.test', resource: '' });

const field = (name: string, value: string, type?: string) => xml('field', { var: name, type }, xml('value', {}, value));
const publish = (node: string, payload: xml.Element, access: string) =>
  xml('iq', { type: 'set' }, xml('pubsub', { xmlns: PUBSUB }, xml('publish', { node }, xml('item', { id: ID }, payload)),
    xml('publish-options', {}, xml('x', { xmlns: 'jabber:x:data', type: 'submit' }, field('FORM_TYPE', `${PUBSUB}#publish-options`, 'hidden'), field('pubsub#access_model', access)))));

describe.each(SERVERS)('the picture of somebody on $name', ({ launch }) => {
  let server: XmppServer;
  let one: Running;
  let juliet: TestClient;
  let romeo: TestClient;

  beforeAll(async () => {
    server = await launch();
    [one, juliet, romeo] = await Promise.all([online(startEdge(server)), connectClient(server, 'juliet'), connectClient(server, 'romeo')]);
  });
  afterAll(async () => {
    await Promise.all([juliet.close(), romeo.close()]);
    await one.edge.stop(2_000);
    await server.dispose();
  });

  it('is the one that she publishes (XEP-0084)', async () => {
    expect(await one.edge.attendance.faces.pictureOf(user('juliet'))).toBe('none');
    const data = publish('urn:xmpp:avatar:data', xml('data', { xmlns: 'urn:xmpp:avatar:data' }, PNG.toString('base64')), 'open');
    const metadata = publish(METADATA, xml('metadata', { xmlns: METADATA }, xml('info', { id: ID, type: 'image/svg+xml', bytes: String(PNG.length) })), 'open');
    for (const iq of [data, metadata]) expect((await juliet.request(iq)).attrs.type).toBe('result');
    expect(await one.edge.attendance.faces.pictureOf(user('juliet'))).toEqual({ id: ID, type: 'image/png', bytes: PNG });
  });

  it('is that of his vCard where he publishes none (XEP-0153)', async () => {
    const card = xml('vCard', { xmlns: 'vcard-temp' }, xml('FN', {}, 'Romeo'), xml('PHOTO', {}, xml('TYPE', {}, 'image/jpeg'), xml('BINVAL', {}, PNG.toString('base64').replace(/.{20}/g, '$&\n'))));
    expect((await romeo.request(xml('iq', { type: 'set' }, card))).attrs.type).toBe('result');
    expect(await one.edge.attendance.faces.pictureOf(user('romeo'))).toEqual({ id: ID, type: 'image/png', bytes: PNG });
    expect(await one.edge.attendance.faces.nameOf(user('romeo'))).toBe('Romeo');
  });

  it('is gone when he takes it away, by vCard (his name too) or by PEP (XEP-0084 §3.4)', async () => {
    const { faces } = one.edge.attendance;
    expect((await juliet.request(publish(METADATA, xml('metadata', { xmlns: METADATA }), 'open'))).attrs.type).toBe('result');
    expect(await faces.pictureOf(user('juliet'))).toBe('none');
    expect((await romeo.request(xml('iq', { type: 'set' }, xml('vCard', { xmlns: 'vcard-temp' }, xml('TITLE', {}, 'Lover'))))).attrs.type).toBe('result');
    expect(await faces.pictureOf(user('romeo'))).toBe('none');
    expect(await faces.nameOf(user('romeo'))).toBe('');
    expect(await one.edge.profiles.nameOf(user('romeo'))).toBeUndefined();
  });
});

describe('what a server answers', () => {
  function looksOf(photo: string | undefined): ServerFaces {
    const iq: IqCaller = new IqCaller((stanza) => {
      const { id, from, to } = stanza.attrs;
      const isCard = stanza.getChild('vCard', 'vcard-temp') !== undefined;
      const card = photo === undefined ? undefined : xml('vCard', { xmlns: 'vcard-temp' }, xml('PHOTO', {}, xml('TYPE', {}, 'image/png'), xml('BINVAL', {}, photo)));
      setImmediate(() => iq.answered(xml('iq', { id, from: to, to: from, type: isCard ? 'result' : 'error' }, isCard ? card : undefined)));
      return undefined;
    });
    return new ServerFaces(iq, { renewed: () => Promise.resolve(undefined) }, 'gw.example');
  }
  const bytes = (text: string): string => Buffer.from(text).toString('base64');

  it.each([
    ['nothing', undefined],
    ['an empty one', ''],
    ['SVG', bytes('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'.padEnd(200))],
    ['HTML', bytes('<!doctype html><script>alert(1)</script>'.padEnd(200))],
    ['what is no base64', 'javascript:alert(1)'],
    ['more than 64 KiB', Buffer.concat([PNG, Buffer.alloc(65_536)]).toString('base64')],
    ['a picture of 60,000 pixels', Buffer.concat([PNG.subarray(0, 16), Buffer.from([0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]), PNG.subarray(24)]).toString('base64')],
  ])('%s is no picture', async (_name, photo) => {
    expect(await looksOf(photo).pictureOf(user('juliet'))).toBe('none');
  });

  it('a GIF is one', async () => {
    expect(await looksOf('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7').pictureOf(user('juliet'))).toMatchObject({ type: 'image/gif' });
  });

  it('an avatar that is switched off is none, whatever the vCard has', async () => {
    const iq: IqCaller = new IqCaller((stanza) => {
      const { id, from, to } = stanza.attrs;
      const off = xml('pubsub', { xmlns: PUBSUB }, xml('items', { node: METADATA }, xml('item', { id: ID }, xml('metadata', { xmlns: METADATA }))));
      const card = xml('vCard', { xmlns: 'vcard-temp' }, xml('PHOTO', {}, xml('BINVAL', {}, PNG.toString('base64'))));
      setImmediate(() => iq.answered(xml('iq', { id, from: to, to: from, type: 'result' }, stanza.getChild('vCard', 'vcard-temp') ? card : off)));
      return undefined;
    });
    expect(await new ServerFaces(iq, { renewed: () => Promise.resolve(undefined) }, 'gw.example').pictureOf(user('juliet'))).toBe('none');
  });

  it.each(['remote-server-timeout', 'resource-constraint'])('%s is no answer: what was known stays', async (condition) => {
    const iq: IqCaller = new IqCaller((stanza) => {
      const { id, from, to } = stanza.attrs;
      setImmediate(() => iq.answered(xml('iq', { id, from: to, to: from, type: 'error' }, xml('error', { type: 'wait' }, xml(condition, { xmlns: 'urn:ietf:params:xml:ns:xmpp-stanzas' })))));
      return undefined;
    });
    const faces = new ServerFaces(iq, new Profiles(iq, 'gw.example', () => 0), 'gw.example');
    expect(await Promise.all([faces.pictureOf(user('juliet')), faces.nameOf(user('juliet'))])).toEqual([undefined, undefined]);
  });

  it('no answer is none that tells', async () => {
    const iq: IqCaller = new IqCaller(() => undefined);
    const asked = new ServerFaces(iq, { renewed: () => Promise.resolve(undefined) }, 'gw.example').pictureOf(user('juliet'));
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(() => resolve(iq.lost())));
    expect(await asked).toBeUndefined();
  });
});
