/** The small pure parts: relay URL, reply, EHLO offers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/failure.js';
import { parseExtensions } from '../../src/smtp-out/extensions.js';
import { formatRelay, isLoopback, parseRelay, type Relay } from '../../src/smtp-out/relay-url.js';
import { parseReply } from '../../src/smtp-out/reply.js';
import { trustOf } from '../../src/smtp-out/trust.js';

describe('parseRelay', () => {
  it.each([
    ['smtp://localhost', { protocol: 'smtp', host: 'localhost', port: 25 }],
    ['smtp://mta.example:2525', { protocol: 'smtp', host: 'mta.example', port: 2525 }],
    ['smtp://u:p%40%C3%BC@mta.example', { protocol: 'smtp', host: 'mta.example', port: 587, login: { user: 'u', password: 'p@ü' } }],
    ['smtps://mta.example', { protocol: 'smtps', host: 'mta.example', port: 465 }],
    ['lmtp://[::1]/', { protocol: 'lmtp', host: '::1', port: 24 }],
  ])('%s', (url, relay) => {
    expect(parseRelay(url)).toEqual(relay);
  });

  it('a login given apart wins', () => {
    expect(parseRelay('smtp://a:b@h:25', { user: 'u', password: 'p' })).toMatchObject({ port: 25, login: { user: 'u', password: 'p' } });
  });

  it.each(['', 'mta.example', 'http://h', 'smtp://', 'smtp://h/x', 'smtp://h?x', 'smtp://hunter2@h', 'smtp://:hunter2@h', 'smtp://u:hunter2%zz@h', 'smtp://u:hunter2@h:99999'])('%j is refused, without a word of it', (url) => {
    const failure = parseRelay(url);
    expect(failure).toBeInstanceOf(Failure);
    expect((failure as Failure).text).not.toContain('hunter2');
  });

  it('is logged without the login', () => {
    expect(formatRelay(parseRelay('smtp://u:p@[::1]:25') as never)).toBe('smtp://[::1]:25');
  });

  it.each([['localhost', true], ['127.0.0.2', true], ['::1', true], ['127.0.0.1.example', false], ['10.0.0.1', false], ['localhost.', false]])('loopback %s: %s', (host, is) => {
    expect(isLoopback(host)).toBe(is);
  });
});

describe('parseReply', () => {
  it.each([
    ['550 5.1.1 No', { code: 550, status: '5.1.1', words: '550 5.1.1 No' }],
    ['550-5.1.1 No\n550-5.1.1 such\n550 5.1.1 user', { code: 550, status: '5.1.1', words: '550 5.1.1 No such user' }],
    ['250', { code: 250, words: '250' }],
    ['550 4.1.1 x', { code: 550, words: '550 4.1.1 x' }],
    ['550 5.1.1.1 x', { code: 550, words: '550 5.1.1.1 x' }],
    ['550 \u0000\u001b[31m\u202e\u2028x\ty', { code: 550, words: '550 [31m x y' }],
  ])('%j', (text, reply) => {
    expect(parseReply(text)).toEqual(reply);
  });

  it.each(['', 'x', '55', '999 x', '150 x', 'OK 550'])('%j is none', (text) => {
    expect(parseReply(text)).toBeUndefined();
  });

  it('is one bounded line without controls, whatever was said', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => {
        const { words } = parseReply(`550 ${text}`) ?? { words: '' };
        expect([...words].length).toBeLessThanOrEqual(400);
        expect(words).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe('parseExtensions', () => {
  it.each([
    ['250-mta SMTPUTF8\n250-SIZE 10240000\n250-DSN\n250 smtputf8', { smtputf8: true, dsn: true, size: 10_240_000 }],
    ['250-mta\n250-PIPELINING\n250 8BITMIME', { pipelining: true, eightBitMime: true }],
    ['250-mta\n250-HELP DSN SMTPUTF8\n250 SIZE', { size: 0 }],
    ['250 SMTPUTF8', {}],
    ['250-mta\n250 SIZE 99999999999999999999', { size: 0 }],
  ])('%j', (reply, offered) => {
    expect(parseExtensions(reply)).toEqual({ pipelining: false, eightBitMime: false, smtputf8: false, dsn: false, size: undefined, ...offered });
  });
});

describe('trustOf', () => {
  const login = { user: 'u', password: 'p' };
  it.each([
    ['smtp://localhost', false, false, 'any any'],
    ['smtp://mta.example', false, false, 'any any'],
    ['smtp://mta.example', true, false, 'tls known'],
    ['smtp://mta.example', false, true, 'any known'],
    ['smtp://localhost', true, false, 'tls any'],
    ['smtp://localhost', true, true, 'tls known'],
    ['smtps://mta.example', false, false, 'tls known'],
    ['smtps://localhost', false, false, 'tls any'],
  ])('%s, TLS required %s, CA given %s', (url, required, ca, expected) => {
    const { tls, certificate } = trustOf(parseRelay(url) as Relay, required, ca ? 'PEM' : undefined);
    expect(`${tls ? 'tls' : 'any'} ${certificate ? 'known' : 'any'}`).toBe(expected);
  });

  it('a login goes only over TLS to a relay we know, or to this very machine', () => {
    expect(trustOf(parseRelay('smtp://mta.example', login) as Relay, false, undefined)).toEqual({ tls: true, certificate: true });
    expect(trustOf(parseRelay('smtp://127.0.0.1', login) as Relay, false, undefined)).toEqual({ tls: false, certificate: false });
  });
});
