/** Every From row of the known attacks, and the honest forms beside them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMailAddress } from '../../src/address.js';
import { Failure } from '../../src/failure.js';
import { guardFrom, guardJudged } from '../../src/smtp-in/from-guard.js';
import { splitFields } from '../../src/smtp-in/header.js';

const guard = (header: string): string => {
  const result = guardFrom(splitFields(Buffer.from(header, 'utf8')));
  return result instanceof Failure ? result.status : formatMailAddress(result);
};

describe('refused, 5.6.0', () => {
  it.each([
    ['two From fields', 'From: ceo@victim.example\r\nFrom: x@e.example\r\n'],
    ['two From fields, the other way round', 'From: x@e.example\r\nSubject: a\r\nFROM: ceo@victim.example\r\n'],
    ['white space before the colon', 'From : ceo@victim.example\r\n'],
    ['a good one, and one with a tab before the colon', 'From: x@e.example\r\nFrom\t: ceo@victim.example\r\n'],
    ['white space before the name', ' From: ceo@victim.example\r\n'],
    ['white space before the name, and a good one', '\tFrom: ceo@victim.example\r\nFrom: x@e.example\r\n'],
    ['a folded name', 'From\r\n : ceo@victim.example\r\n'],
    ['a folded name within', 'Fr\r\n om: ceo@victim.example\r\nFrom: x@e.example\r\n'],
    ['a list', 'From: ceo@victim.example, x@e.example\r\n'],
    ['a list of named ones', 'From: "A" <ceo@victim.example>, B <x@e.example>\r\n'],
    ['a group', 'From: Board: ceo@victim.example, x@e.example;\r\n'],
    ['a group of one', 'From: Board: x@e.example;\r\n'],
    ['an empty group', 'From: undisclosed:;\r\n'],
    ['two in one pair of brackets', 'From: <ceo@victim.example x@e.example>\r\n'],
    ['a route', 'From: <@e.example,@b.example:ceo@victim.example>\r\n'],
    ['a route of one', 'From: <@e.example:ceo@victim.example>\r\n'],
    ['NUL', 'From: ceo@victim.example\0.e.example\r\n'],
    ['NUL in brackets', 'From: <ceo@victim.example\0>\r\n'],
    ['an address in the local part', 'From: "ceo@victim.example x"@e.example\r\n'],
    ['none', 'Subject: x\r\n'],
    ['an empty header', ''],
    ['an empty one', 'From:\r\n'],
    ['a name only', 'From: CEO\r\n'],
    ['empty brackets', 'From: CEO <>\r\n'],
    ['two pairs of brackets', 'From: <ceo@victim.example> <x@e.example>\r\n'],
    ['something after the brackets', 'From: <ceo@victim.example> x@e.example\r\n'],
    ['nested brackets', 'From: <<x@e.example>>\r\n'],
    ['an unquoted address before another', 'From: ceo@victim.example <x@e.example>\r\n'],
    ['a comment that is not closed', 'From: x@e.example (ceo@victim.example\r\n'],
    ['a quote that is not closed', 'From: "CEO <x@e.example>\r\n'],
    ['an escape at the end', 'From: x@e.example\\\r\n'],
    ['a domain literal', 'From: ceo@[192.0.2.1]\r\n'],
    ['full-width letters', 'From: ceo@ｖictim.example\r\n'],
    ['a full-width dot', 'From: ceo@victim．example\r\n'],
    ['a zero width space', 'From: ceo@vic\u200btim.example\r\n'],
    ['a soft hyphen', 'From: ceo@vic\u00adtim.example\r\n'],
    ['more than any mailbox needs', `From: ${'x '.repeat(3000)}<x@e.example>\r\n`],
  ])('%s', (_, header) => {
    expect(guard(header)).toBe('5.6.0');
  });

  it('bytes that are not UTF-8 in the address', () => {
    expect(guardFrom(splitFields(Buffer.from('From: c\xe9o@e.example\r\n', 'latin1')))).toBeInstanceOf(Failure);
  });
});

describe('let through', () => {
  it.each([
    ['From: x@e.example\r\n', 'x@e.example'],
    ['From: <x@e.example>\r\n', 'x@e.example'],
    ['from:X<X@E.Example>\r\n', 'X@e.example'],
    ['From: "ceo@victim.example" <x@e.example>\r\n', 'x@e.example'],
    ['From: "a, b; c: <d>" <x@e.example>\r\n', 'x@e.example'],
    ['From: J. R. Smith <x@e.example>\r\n', 'x@e.example'],
    ['From: =?utf-8?Q?a=2C_b?= <x@e.example>\r\n', 'x@e.example'],
    ['From: =?utf-8?B?Y2VvQHZpY3RpbS5leGFtcGxl?=\r\n\t<x@e.example>\r\n', 'x@e.example'],
    ['From: x@e.example (ceo@victim.example)\r\n', 'x@e.example'],
    ['From: X (a (nested \\) one) comment) <x@e.example>\r\n', 'x@e.example'],
    ['From: x@e.example <x@e.example>\r\n', 'x@e.example'],
    ['From: "o\\"neil" <x@e.example>\r\n', 'x@e.example'],
    ['From: "two words"@e.example\r\n', '"two words"@e.example'],
    ['From: 田中 <田中@bücher.example>\r\n', '田中@xn--bcher-kva.example'],
    ['From: ceo@vi\u0441tim.example\r\n', 'ceo@xn--vitim-2ye.example'],
    ["From: =?x?q?a=40evil=3e=00?=foo@victim.example\r\n", '=?x?q?a=40evil=3e=00?=foo@victim.example'],
    ['Subject: a\r\n From: ceo@victim.example\r\nFrom: x@e.example\r\nX-From: y@victim.example\r\n', 'x@e.example'],
    ['From: x@e.example\r\n\r\nFrom: ceo@victim.example\r\n', 'x@e.example'],
  ])('%j', (header, address) => {
    expect(guard(header)).toBe(address);
  });

  it('with a display name in an old charset', () => {
    expect(guardFrom(splitFields(Buffer.from('From: Jos\xe9 <x@e.example>\r\n', 'latin1')))).toMatchObject({ local: 'x', domain: 'e.example' });
  });
});

describe('what DMARC judged', () => {
  const from = { kind: 'mail', local: 'x', domain: 'mail.e.example' } as const;

  it('must be the domain of the address, or the one it belongs to', () => {
    expect(guardJudged(from, 'mail.e.example')).toBeUndefined();
    expect(guardJudged(from, 'e.example')).toBeUndefined();
  });

  it.each([undefined, 'victim.example', 'il.e.example', 'other.mail.e.example'])('%s is refused', (judged) => {
    expect(guardJudged(from, judged)).toMatchObject({ kind: 'permanent', status: '5.7.1' });
  });
});

describe('whatever the field holds', () => {
  const piece = fc.constantFrom('a@b.example', 'x@e.example', '<', '>', '"', '(', ')', ',', ';', ':', ' ', '\\', '@', 'name', '=?utf-8?q?x?=', '\r\n ', '\t');

  it('never throws, and the domain it lets through stands there', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const address = guard(`From: ${pieces.join('')}\r\n`);
        expect(address === '5.6.0' || pieces.join('').includes(address.slice(address.lastIndexOf('@')).toLowerCase())).toBe(true);
      }),
    );
  });

  it('two different unquoted, uncommented addresses are never let through', () => {
    const gap = fc.constantFrom(' ', ', ', '> <', '; ', ' <', '>,<', ':', '\r\n ');
    fc.assert(
      fc.property(gap, fc.constantFrom('', '<'), fc.constantFrom('', '>'), (between, before, after) => {
        expect(guard(`From: ${before}ceo@victim.example${between}x@e.example${after}\r\n`)).toBe('5.6.0');
      }),
    );
  });
});
