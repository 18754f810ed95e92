import fc from 'fast-check';
import { SaxesParser, type SaxesTagNS } from 'saxes';
import { describe, expect, test } from 'vitest';
import type { View } from '../../../src/presence/view.js';
import { CLIENT_KINDS } from '../../../src/presence/view.js';
import { JSON_FORMAT, presenceOf } from '../../../src/web/presence/json.js';
import { PIDF_FORMAT } from '../../../src/web/presence/pidf.js';
import { chatUri, mailUri, plainText } from '../../../src/web/presence/plain.js';
import { TEXT_FORMAT } from '../../../src/web/presence/text.js';
import { XML_FORMAT } from '../../../src/web/presence/xml.js';
import { idOf, URL_OF_ALL } from './world.js';

/** What strangers have tried to break pages, feeds and terminals with. */
const NASTY = ['<script>alert(1)</script>', '"><svg onload=alert(1)>', ']]>', '&amp;', '\0\u0001\u001b[31m', '\ud800', 'a\udc00b', '\ufffe\uffff', '\u202eevil\u2066', '\u2028\u2029', 'a\r\nb\rc\nd\te', '\u0085\u009b', '=cmd|x', '</status>', '\u{1f468}\u200d\u{1f469}'];
const foreign = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary' }), fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)));
const time = fc.oneof(fc.integer({ min: 0, max: 2_000_000_000_000 }), fc.constantFrom(-1, 8.64e15, 253_402_300_800_000));
const jid = fc.constantFrom('romeo@verona.test', 'a\\20b@verona.test', "o'hara+x&y=z@verona.test", 'ünï?#/%@xn--vrona-esa.test'.replace('/', ''));

const view = fc.record(
  {
    name: fc.oneof(fc.constant(idOf('a')), jid), seq: fc.nat(), online: fc.boolean(),
    face: fc.record({ name: foreign, picture: fc.constant({ id: 'ab'.repeat(32), type: 'image/png' as const, bytes: new Uint8Array() }) }, { requiredKeys: [] }),
    show: fc.constantFrom('away', 'chat', 'dnd', 'xa'), status: foreign, client: fc.constantFrom(...CLIENT_KINDS), idleSince: time, changedAt: time, seenAt: time,
    contact: fc.record({ jid, mail: fc.constantFrom('romeo@mail.test', "o'hara+x&y@mail.test") }, { requiredKeys: ['jid'] }),
  },
  { requiredKeys: ['name', 'seq', 'online', 'face'] },
) as fc.Arbitrary<View>;

interface Node {
  readonly name: string;
  readonly uri: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Node[];
  text: string;
}

function parsed(xml: string): Node {
  const root: Node = { name: '', uri: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ local, uri, attributes }: SaxesTagNS) => {
    const node: Node = { name: local, uri, attributes: Object.fromEntries(Object.values(attributes).map(({ name, value }) => [name, value])), children: [], text: '' };
    open.at(-1)?.children.push(node);
    open.push(node);
  });
  parser.on('text', (text) => {
    const node = open.at(-1);
    if (node !== undefined) node.text += text;
  });
  parser.on('closetag', () => void open.pop());
  parser.write(xml).close();
  const [document] = root.children;
  if (document === undefined) throw new Error('no root');
  return document;
}

const wire = (text: string): string => Buffer.from(text).toString();

describe('foreign text', () => {
  test.each([
    ['a\r\nb\rc\nd\te', 'a\nb\nc\nd\te'], ['\u202eevil\u2066\u202a\u2069x', 'evilx'], ['\0\u0001\u001b[31m\u007f\u0085\u009f', '[31m'], ['\ud800a\udc00', '\ufffda\ufffd'], ['\ufffe\uffff', '\ufffd\ufffd'], ['grün 漢字 \u{1f468}\u200d\u{1f469}', 'grün 漢字 \u{1f468}\u200d\u{1f469}'],
  ])('%j is told as %j', (text, told) => expect(plainText(text)).toBe(told));

  test('is so in every format, of the status and of the name', () => {
    const dirty = 'a\u202eb\u0007c\ud800d';
    const one: View = { name: idOf('a'), seq: 1, online: true, status: dirty, face: { name: dirty } };
    for (const format of [JSON_FORMAT, XML_FORMAT, PIDF_FORMAT, TEXT_FORMAT]) {
      const text = format.one(one, URL_OF_ALL);
      expect([format.name, text.match(/abc\ufffdd/g)?.length]).toEqual([format.name, format === TEXT_FORMAT ? 1 : 2]);
      // eslint-disable-next-line no-control-regex
      expect(text).not.toMatch(/[\u202e\u0007\ud800]/);
    }
  });
});

test('an address of ours with an ampersand in it breaks no document', () => {
  const one: View = { name: idOf('a'), seq: 1, online: true, face: { picture: { id: 'ab'.repeat(20), type: 'image/png', bytes: new Uint8Array() } } };
  const url = 'https://example.com/a&b';
  expect(parsed(PIDF_FORMAT.one(one, url)).attributes.entity).toBe(`${url}/u/${idOf('a')}`);
  expect(parsed(XML_FORMAT.one(one, url)).children.find(({ name }) => name === 'picture')?.text).toMatch(/^https:\/\/example\.com\/a&b\/u\//);
});

describe('every answer can be read back', () => {
  test('JSON, to the same words; it may stand in a script', () => {
    fc.assert(fc.property(view, (one) => {
      const text = JSON_FORMAT.one(one, URL_OF_ALL);
      expect(wire(text)).toBe(text);
      expect(JSON.parse(text)).toEqual(presenceOf(one, URL_OF_ALL));
      expect(text).not.toMatch(/[<\u2028\u2029]|\\u[dD][89a-fA-F]/);
    }));
  });

  test('XML, to the same as JSON', () => {
    fc.assert(fc.property(view, (one) => {
      const { name, children } = parsed(wire(XML_FORMAT.one(one, URL_OF_ALL)));
      expect(name).toBe('user');
      expect(children.map((child) => [child.name, child.text])).toEqual(Object.entries(presenceOf(one, URL_OF_ALL)).map(([key, value]) => [key, String(value)]));
    }));
  });

  test('text, to one line and its columns', () => {
    fc.assert(fc.property(view, (one) => {
      const text = wire(TEXT_FORMAT.one(one, URL_OF_ALL));
      // eslint-disable-next-line no-control-regex
      expect(text).toMatch(/^[^\n\r\u0000-\u0008\u001b\u2028\u2029]*\n$/);
      const [presence, show = '', status = ''] = text.slice(0, -1).split('\t');
      expect([presence, show, status]).toEqual([one.online ? 'online' : 'offline', one.show ?? '', plainText(one.status ?? '').replace(/\s+/g, ' ').trim()]);
      expect(TEXT_FORMAT.many?.piece(one, URL_OF_ALL)).toBe(`${one.name}\t${text}`);
    }));
  });
});

const PIDF = 'urn:ietf:params:xml:ns:pidf';

/** RFC 3863 §4.4, element by element. */
function checkPidf({ name, uri, attributes, children }: Node): void {
  expect([name, uri]).toEqual(['presence', PIDF]);
  expect(attributes.entity).toMatch(/^(pres|https):[\w.~%@:/+-]+$/);
  expect(spelt(children)).toMatch(/^(tuple )*(note )*(other )*$/);
  for (const tuple of children.filter((child) => child.uri === PIDF)) {
    expect(tuple.attributes.id).toMatch(/^[A-Za-z_][\w.-]*$/);
    expect(spelt(tuple.children)).toMatch(/^status (other )*(contact )?(note )*(timestamp )?$/);
    const [status, ...rest] = tuple.children;
    expect(spelt(status?.children ?? [])).toMatch(/^(basic )?(other )*$/);
    expect(status?.children[0]?.text).toMatch(/^(open|closed)$/);
    for (const { name, uri, text } of rest) if (name === 'timestamp' && uri === PIDF) expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  }
}

function spelt(nodes: readonly Node[]): string {
  return nodes.map(({ name, uri }) => (uri === PIDF ? `${name} ` : 'other ')).join('');
}

describe('PIDF', () => {
  test('holds to the schema, whatever is shown, and says the same words', () => {
    fc.assert(fc.property(view, (one) => {
      const document = parsed(wire(PIDF_FORMAT.one(one, URL_OF_ALL)));
      checkPidf(document);
      const note = document.children[0]?.children.find(({ name }) => name === 'note');
      expect(note?.text).toBe(one.status === undefined ? undefined : plainText(one.status));
    }));
  });

  test('of who is away, in full', () => {
    const one: View = { name: 'romeo@verona.test', seq: 1, online: true, show: 'away', status: 'In Mantua', idleSince: 1_800_000_000_000, changedAt: 1_800_000_000_000, face: { name: 'Romeo' }, contact: { jid: 'romeo@verona.test' } };
    expect(PIDF_FORMAT.one(one, URL_OF_ALL)).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" xmlns:ci="urn:ietf:params:xml:ns:pidf:cipid" entity="pres:romeo@verona.test">
      <tuple id="chat"><status><basic>open</basic><show xmlns="jabber:client">away</show></status><rpid:user-input last-input="2027-01-15T08:00:00Z">idle</rpid:user-input><contact>xmpp:romeo@verona.test</contact><note>In Mantua</note><timestamp>2027-01-15T08:00:00Z</timestamp></tuple>
      <dm:person id="person"><rpid:activities><rpid:away/></rpid:activities><ci:display-name>Romeo</ci:display-name></dm:person>
      </presence>
      "
    `);
  });

  test('asked for by a link, it never says the JID', () => {
    const text = PIDF_FORMAT.one({ name: idOf('a'), seq: 1, online: true, face: {} }, URL_OF_ALL);
    expect(parsed(text).attributes.entity).toBe(`${URL_OF_ALL}/u/${idOf('a')}`);
    expect(text).not.toContain('@');
  });
});

test.each([
  ['romeo@verona.test', 'xmpp:romeo@verona.test'], ["o'hara@verona.test", 'xmpp:o%27hara@verona.test'], ['a\\20b@verona.test', 'xmpp:a%5C20b@verona.test'], ['x?message@verona.test', 'xmpp:x%3Fmessage@verona.test'], ['ü@verona.test', 'xmpp:%C3%BC@verona.test'],
])('%s is opened by %s', (jid, uri) => {
  expect(chatUri({ jid })).toBe(uri);
  expect(mailUri({ jid, mail: jid })).toBe(uri.replace('xmpp', 'mailto'));
});
