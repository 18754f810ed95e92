import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareJid, formatAddress, formatJid, formatMailAddress, parseAddress, parseJid, parseMailAddress, sameDomain } from '../../src/address.js';
import { isFailure } from '../../src/failure.js';
import { hostileText, mailAddress } from './samples.js';

const read = (text: string): string => {
  const parsed = parseMailAddress(text);
  return isFailure(parsed) ? 'refused' : `${parsed.local}|${parsed.domain}`;
};
const label = (length: number): string => 'l'.repeat(length);

describe('mail addresses', () => {
  it.each([
    ['test@example.org', 'test|example.org'],
    ['a@localhost', 'a|localhost'],
    ['Test.Case@EXAMPLE.Org', 'Test.Case|example.org'],
    ["!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~|example.org"],
    ['123@123.com', '123|123.com'],
    ['a@r3---sn.example', 'a|r3---sn.example'],
    ['a@xn--hxajbheg2az3al.xn--jxalpdlp', 'a|xn--hxajbheg2az3al.xn--jxalpdlp'],
    ['xn--a@example.org', 'xn--a|example.org'],
    ['"test"@example.org', 'test|example.org'],
    ['"a.b"@example.org', 'a.b|example.org'],
    ['"joe blow"@example.org', 'joe blow|example.org'],
    ['"joe\\ blow"@example.org', 'joe blow|example.org'],
    ['"\\""@example.org', '"|example.org'],
    ['"\\\\"@example.org', '\\|example.org'],
    ['"\\a"@example.org', 'a|example.org'],
    ['"a,b;c:d<e>(f)[g]"@example.org', 'a,b;c:d<e>(f)[g]|example.org'],
    [`${label(64)}@example.org`, `${label(64)}|example.org`],
    [`a@${label(63)}.org`, `a|${label(63)}.org`],
    ['Pelé@example.com', 'Pelé|example.com'],
    ['二ノ宮@黒川.日本', '二ノ宮|xn--5rtw95l.xn--wgv71a'],
    ['δοκιμή@παράδειγμα.δοκιμή', 'δοκιμή|xn--hxajbheg2az3al.xn--jxalpdlp'],
    ['a@bücher.example', 'a|xn--bcher-kva.example'],
    ['a@BÜCHER.example', 'a|xn--bcher-kva.example'],
    ['a@gw。example.org', 'a|gw.example.org'],
    ['a@ｅxample．com', 'a|example.com'],
    ['a@vi\u0441tim.example', 'a|xn--vitim-2ye.example'],
    ['relaytest%insecure.org@example.org', 'relaytest%insecure.org|example.org'],
  ])('%s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it.each([
    '', 'test', '@', 'test@', '@example.org', 'test@@example.org', 'a@b@example.org', 'test\\@a@example.org',
    '.test@example.org', 'test.@example.org', 'te..st@example.org', 'test.example.org',
    'test@.example.org', 'test@example.org.', 'test@example..org', 'test@-example.org', 'test@example-.org', 'test@example.org-',
    'test@exam_ple.org', 'test@exam/ple.org', 'test@example.org:25', 'test@ex%61mple.org', 'test@exam ple.org', 'test@example,org',
    '""@example.org', '"""@example.org', '"\\"@example.org', 'test"@example.org', '"test@example.org', '"test"x@example.org', 'x"test"@example.org',
    '"a""b"@example.org', '"a"."b"@example.org', '"a".b@example.org', '"a@b"@example.org', '"a\\@b"@example.org',
    '"a\0"@example.org', '"a\\\0"@example.org', '"a\r\nb"@example.org', '"a\tb"@example.org', '"\\é"@example.org', '"a\x7f"@example.org',
    'a\x07@example.org', 'a@exam\x07ple.org', 'a@example.org\n', 'a@example.org\r', '\na@example.org', 'a@example.org ', ' a@example.org', 'a b@example.org',
    'a @example.org', 'a@ example.org', 'a . b@example.org', '(comment)a@example.org', 'a@example.org(comment)', 'a(comment)@example.org', 'a.(comment)b@example.org',
    '<a@example.org>', 'Joe <a@example.org>', '@gw.example:a@example.org', '@a,@b:c@example.org', 'a@example.org,b@example.org', 'a@example.org;b@example.org',
    'a@[127.0.0.1]', 'a@[IPv6:::1]', 'a@b[127.0.0.1]', 'a@[RFC-5322-literal]', 'a@127.0.0.1', 'a@127.1', 'a@2130706433', 'a@0x7f000001', 'a@0177.0.0.1', 'a@example.1', 'a@example.0x1f',
    `${label(65)}@example.org`, `${'é'.repeat(33)}@example.org`, `a@${label(64)}.org`, `a@${`${label(63)}.`.repeat(4)}org`, `a@${'x.'.repeat(125)}xyz`, `"${'\\"'.repeat(64)}"@${label(60)}.${label(60)}.org`,
    'a@xn--a', 'a@xn--.org', 'a@\u{1f600}\u200d.org', 'a@exam\u00adple.org', 'a@exa\u200bmple.org', 'a@example\u2060.org', 'a@\u202eexample.org', 'a@exam\u3000ple.org', 'a@ex\ud800ample.org', 'a@ex\ufffeample.org', 'a@℀.org', 'a@a％b.org',
    'a\u200b@example.org', 'a\u00ad@example.org', 'a\u202e@example.org', 'a\u3000b@example.org', '"a\u3000b"@example.org', 'a\u00a0b@example.org', 'a\ud800@example.org', 'a\udfff@example.org', 'a\uffff@example.org', 'a\ue000@example.org', 'a\ufe0f@example.org', 'a\u0085@example.org', 'a\u2028@example.org',
    'a＠evil.example@example.org', 'a％evil.example@example.org', 'a＂@example.org', 'a，b@example.org',
    'a@ceo@victim.example\0.e.example', '=?utf-7?q?a&AEA-evil&ACw-?=foo bar@victim', "'); DROP TABLE queue;--",
  ])('refuses %j', (text) => {
    expect(read(text)).toBe('refused');
  });

  it('formats what it has read so that it reads the same', () => {
    fc.assert(
      fc.property(mailAddress, (address) => {
        expect(parseMailAddress(formatMailAddress(address))).toEqual(address);
        expect(parseAddress('mail', formatAddress(address))).toEqual(address);
      }),
    );
  });

  it('lets nothing through that is not one whole address, whatever it is given', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (local, domain) => {
        const parsed = parseMailAddress(`${local}@${domain}`);
        if (isFailure(parsed)) return;
        const text = formatMailAddress(parsed);
        expect(parseMailAddress(text)).toEqual(parsed);
        expect(parsed.domain).toMatch(/^[a-z0-9.-]+$/);
        // eslint-disable-next-line no-control-regex
        expect(text).not.toMatch(/[\x00-\x1f\x7f]|[\u200b-\u200f\u2028-\u202e\ufeff\ud800-\udfff]/u);
        expect(parsed.local).not.toContain('@');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('chat addresses', () => {
  const readJid = (text: string): string => {
    const parsed = parseJid(text);
    return isFailure(parsed) ? 'refused' : `${parsed.local}|${parsed.domain}|${parsed.resource}`;
  };

  it.each([
    ['juliet@example.com', 'juliet|example.com|'],
    ['Juliet@EXAMPLE.com/Balcony', 'juliet|example.com|Balcony'],
    ['juliet@example.com/foo bar', 'juliet|example.com|foo bar'],
    ['juliet@example.com/a@b/c', 'juliet|example.com|a@b/c'],
    ['example.com', '|example.com|'],
    ['example.com/foobar', '|example.com|foobar'],
    ['localhost', '|localhost|'],
    ['d\\27artagnan@example.com', 'd\\27artagnan|example.com|'],
    ['a%b.example@gw.example', 'a%b.example|gw.example|'],
    ['π@example.com', 'π|example.com|'],
    ['\u{1f600}@example.com', '\u{1f600}|example.com|'],
    ['a@xn--bcher-kva.example', 'a|bücher.example|'],
    ['a@BÜCHER.example', 'a|bücher.example|'],
    [`${label(1023)}@example.com`, `${label(1023)}|example.com|`],
  ])('%s', (text, expected) => {
    expect(readJid(text)).toBe(expected);
  });

  it.each([
    '', '@example.com', 'juliet@', 'juliet@example.com/', '/resource', '@', 'a@b@example.com', 'joe@example.com@gw.example', 'foo bar@example.com', "o'brien@example.com",
    'a"b@example.com', 'a&b@example.com', 'a:b@example.com', 'a<b@example.com', 'a\0@example.com', 'a\n@example.com', 'a\u202e@example.com', 'a\u3000@example.com', 'a\ud800@example.com',
    'a@exam ple.com', 'a@example..com', 'a@example.com\0', 'a@[::1]', 'a@exam\u00adple.com', 'a@example.com/\0', 'a@example.com/\ud800', 'a@example.com/\uffff',
    `${label(1024)}@example.com`, `a@example.com/${label(1024)}`,
  ])('refuses %j', (text) => {
    expect(readJid(text)).toBe('refused');
  });

  it('formats what it has read so that it reads the same', () => {
    fc.assert(
      fc.property(hostileText, fc.constantFrom('', '@example.com', '@x.example/r'), hostileText, (local, domain, rest) => {
        const parsed = parseJid(`${local}${domain}${rest}`);
        if (isFailure(parsed)) return;
        expect(parseJid(formatJid(parsed))).toEqual(parsed);
        expect(parseAddress('jid', formatAddress(parsed))).toEqual(parsed);
        expect(bareJid(parsed)).toEqual({ ...parsed, resource: '' });
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the same host name', () => {
  it.each([
    ['example.com', 'EXAMPLE.com', true],
    ['bücher.example', 'xn--bcher-kva.example', true],
    ['example.com', 'example.org', false],
    ['', '', true],
    ['exam\u00adple.com', 'example.com', false],
    ['not a host', 'neither one', false],
  ])('%j and %j: %s', (one, other, same) => {
    expect(sameDomain(one, other)).toBe(same);
  });
});
