/** Headers of requests that anybody may write as he likes, each against the rule in its plainest form. */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseOrigin } from '../../src/presence/origin.js';
import { mayKnow, type Publication } from '../../src/presence/publication.js';
import { addressOf } from '../../src/web/peer.js';
import { Cursors } from '../../src/web/presence/cursor.js';
import { Door, isAnswer } from '../../src/web/presence/door.js';
import { chosenLanguage, ENGLISH, LANGUAGES, languageOf } from '../../src/web/presence/language.js';
import { Negotiation } from '../../src/web/presence/negotiate.js';

const space = fc.constantFrom('', ' ', '\t');
const weight = fc.constantFrom('', '0', '0.0', '0.001', '0.2', '0.20', '0.5', '0.999', '1', '1.000');
const weigh = (text: string): number => (text === '' ? 1 : Number(text));
/** As it stands in a list (RFC 9110 §12.4.2). */
const written = ([value, q, a, b]: readonly [string, string, string, string]): string => `${a}${value}${b}${q === '' ? '' : `;${a}q=${q}`}`;

describe('Accept', () => {
  const OFFERS = ['application/json', 'application/xml; charset=utf-8', 'text/plain; charset=utf-8', 'image/png'].map((type) => ({ type }));
  const range = fc.tuple(fc.constantFrom('application/json', 'Application/XML', 'text/plain', 'image/png', 'application/*', 'text/*', 'image/*', '*/*', 'video/mp4'), weight, space, space);

  it('gives what is wanted most, each by the range that fits it best; of the same weight the first that we have', () => {
    const weightOf = (type: string, ranges: readonly (readonly [string, string, ...unknown[]])[]): number => {
      const fits = [(one: string) => one === type, (one: string) => one === type.replace(/\/.*/, '/*'), (one: string) => one === '*/*'];
      const weights = fits.map((fit) => ranges.filter(([one]) => fit(one.toLowerCase())).map(([, q]) => weigh(q)));
      return Math.max(...(weights.find((found) => found.length > 0) ?? [0]));
    };
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 6 }), (ranges) => {
        const weights = OFFERS.map(({ type }) => weightOf(type.replace(/;.*/, ''), ranges));
        const most = Math.max(...weights);
        expect(new Negotiation(OFFERS).choose(ranges.map(written).join(','))).toBe(most === 0 ? undefined : OFFERS[weights.indexOf(most)]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('Accept-Language', () => {
  const range = fc.tuple(fc.constantFrom('en', 'EN-gb', 'de-AT', 'pt-BR', 'zh', 'zh-Hans-CN', 'zh-TW', 'ja', 'fr', 'xx', 'i-klingon', '*', '-', ''), weight, space, space);

  it('gives the language that is wanted most of those that we speak; of the same weight the first', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 8 }), (ranges) => {
        const spoken = ranges.filter(([tag, q]) => languageOf(tag) !== undefined && weigh(q) > 0);
        const most = Math.max(...spoken.map(([, q]) => weigh(q)));
        const [tag] = spoken.find(([, q]) => weigh(q) === most) ?? ['en'];
        expect(chosenLanguage(null, ranges.map(written).join(','))).toBe(languageOf(tag));
      }),
      { numRuns: 500 },
    );
  });

  it('gives one that we speak, whatever it is', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.array(range.map(written)).map((all) => all.join(',;'))), fc.option(fc.string({ unit: 'binary' })), (header, asked) => LANGUAGES.includes(chosenLanguage(asked, header))));
    expect(chosenLanguage(null, `${'xx,'.repeat(20)}de`)).toBe(ENGLISH);
    expect(chosenLanguage(null, 'en;Q=0.5,de;Q=0.6')).toBe(languageOf('de'));
  });
});

describe('X-Forwarded-For', () => {
  const counted = (told: string, peer = '127.0.0.1'): string => addressOf({ socket: { remoteAddress: peer } as Socket, headers: { 'x-forwarded-for': told } });
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
  const four = fc.tuple(fc.integer({ min: 0x2000, max: 0x3fff }), group, group, group);
  /** In its short form (RFC 5952), which the parser of URLs writes. */
  const address = (groups: readonly number[]): string => new URL(`http://[${groups.map((one) => one.toString(16)).join(':')}]`).hostname.slice(1, -1);

  it('counts all of one IPv6 network as one, and no two networks, however they are written', () => {
    fc.assert(
      fc.property(four, four, four, fc.nat({ max: 3 }), (network, host, neighbour, at) => {
        const one = counted(address([...network, ...host]));
        expect(counted(address([...network, ...neighbour]))).toBe(one);
        expect(counted(`[${address([...network, ...host])}]:4711`)).toBe(one);
        expect(counted(address([...network.map((group, i) => (i === at ? group ^ 1 : group)), ...host]))).not.toBe(one);
        expect(counted('1.2.3.4', address([...network, ...host]))).toBe(one);
      }),
      { numRuns: 500 },
    );
  });

  it('counts each IPv4 address alone, whatever the client itself has written before it', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.string({ unit: 'binary' }).map((text) => `${text},`), space, (ip, before, gap) => {
        for (const told of [ip, `${before}${gap}${ip}${gap}`, `${ip}:4711`, `::ffff:${ip}`]) expect(counted(told)).toBe(ip);
      }),
    );
  });
});

describe('Last-Event-ID', () => {
  it('is opened by whoever sealed it, and is nothing once a bit of it is another', () => {
    const [cursors, others] = [new Cursors(), new Cursors()];
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), fc.nat({ max: 127 }), (seq, bit) => {
        const sealed = cursors.seal(seq);
        expect(sealed).toMatch(/^[\w-]{22}$/);
        expect([cursors.open(sealed), others.open(sealed)]).toEqual([seq, undefined]);
        const bytes = Buffer.from(sealed, 'base64url');
        bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect(cursors.open(bytes.toString('base64url'))).toBeUndefined();
      }),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => cursors.open(text) === undefined));
    // Nor by trying.
    for (let i = 0; i < 10_000; i++) expect(cursors.open(randomBytes(16).toString('base64url'))).toBeUndefined();
  });

  it('tells nothing of how much has happened: no two are alike, for the same number too', () => {
    const cursors = new Cursors();
    expect(new Set(Array.from({ length: 1_000 }, () => cursors.seal(7))).size).toBe(1_000);
  });
});

describe('Origin', () => {
  const door = new Door({ holder: () => undefined, rate: 1e9, publicUrl: 'https://gateway.test/post', running: () => 0 });
  const originOf = (headers: Record<string, string>, from?: 'referrer'): string | undefined => {
    const entered = door.enter({ method: 'GET', target: '/', address: '192.0.2.1', headers, body: () => Promise.resolve('too-large') }, from);
    return isAnswer(entered) ? 'refused' : entered.origin;
  };
  const host = fc.constantFrom('example.org', 'EXAMPLE.org', 'www.example.org', 'example.org.evil.test', 'bücher.example', 'xn--bcher-kva.example', '192.0.2.1', '[2001:db8::1]');
  const port = fc.constantFrom('', ':443', ':80', ':8443');
  const site = fc.tuple(fc.constant('https://'), host, port).map((parts) => parts.join(''));
  const path = fc.constantFrom('', '/', '/blog/?page=2', '/@https://evil.test/');
  const publication = (origin: string): Publication => ({ user: 'juliet@x.test', id: 'a'.repeat(26), audience: 'sites', shown: [], write: false, origins: [origin], keys: [] });

  it('is that of a site that the user has named, as she typed it, and of no other, also where only the page is told', () => {
    fc.assert(
      fc.property(site, site, path, path, (typed, asking, typedPath, page) => {
        const named = parseOrigin(`${typed}${typedPath}`);
        const { origin } = new URL(asking);
        expect(named).toBe(new URL(typed).origin);
        for (const told of [originOf({ origin }), originOf({ referer: `${origin}${page}` }, 'referrer')]) {
          expect(told).toBe(origin);
          expect(mayKnow(publication(named ?? ''), { ...(told !== undefined && { origin: told }) }, 'id')).toBe(named === origin);
        }
        expect(originOf({ referer: `${origin}${page}` })).toBeUndefined();
      }),
    );
  });

  it('is none of what is no origin, and never our own unless a browser says so', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('null', 'data:text/html,x', 'about:blank', 'file:///x', 'javascript:1')), (text) => {
        const told = originOf({ origin: text });
        expect(told === undefined || /^[a-z][a-z0-9+.-]*:\/\/[^/\s]+$/.test(told)).toBe(true);
        const typed = parseOrigin(text);
        if (typed !== undefined) expect([new URL(typed).origin, parseOrigin(typed), originOf({ origin: typed })]).toEqual([typed, typed, typed]);
      }),
    );
    expect([originOf({}), originOf({ 'sec-fetch-site': 'same-origin' }), originOf({ 'sec-fetch-site': 'cross-site' }), originOf({ 'sec-fetch-site': 'same-origin', origin: 'null' })]).toEqual([undefined, 'https://gateway.test', undefined, undefined]);
  });
});
