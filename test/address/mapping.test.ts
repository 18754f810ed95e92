import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contactOf, formatAddress, mailOfContact, mailOfUser, parseJid, parseMailAddress, userOfMail, type GatewayNames, type Jid, type MailAddress,
} from '../../src/address.js';
import { isFailure } from '../../src/failure.js';
import { hostileText, mailAddress } from './samples.js';
import { jid, mail } from './parsed.js';

const percent: GatewayNames = { domain: 'mail.example.com', home: 'example.com', separator: '%' };
const escaped: GatewayNames = { ...percent, separator: '\\40' };
const gateways = fc.constantFrom(percent, escaped);

const shown = (result: Parameters<typeof formatAddress>[0] | object): string =>
  isFailure(result) ? `refused: ${result.reason}` : formatAddress(result as Jid | MailAddress);

/** RFC 7622 §3.3.1, and what the servers refuse (facts). */
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /["&'/:<>@\s\x00-\x20\x7f]|[\u00ad\u200b-\u200f\u2028-\u202e\u2060\u3000\ufeff\ufffe\uffff\ud800-\udfff]|^\\20|\\20$/u;

describe('a mail address as a contact', () => {
  it.each([
    ['joe@b.example', 'joe%b.example@mail.example.com', 'joe\\40b.example@mail.example.com'],
    ['Joe.Blow@B.example', 'joe.blow%b.example@mail.example.com', 'joe.blow\\40b.example@mail.example.com'],
    ["o'brien@b.example", 'o\\27brien%b.example@mail.example.com', 'o\\27brien\\40b.example@mail.example.com'],
    ['a/b&c@b.example', 'a\\2fb\\26c%b.example@mail.example.com', 'a\\2fb\\26c\\40b.example@mail.example.com'],
    ['"joe blow"@b.example', 'joe\\20blow%b.example@mail.example.com', 'joe\\20blow\\40b.example@mail.example.com'],
    ['"a\\"b"@b.example', 'a\\22b%b.example@mail.example.com', 'a\\22b\\40b.example@mail.example.com'],
    ['"x\\\\40y"@b.example', 'x\\5c40y%b.example@mail.example.com', 'x\\5c40y\\40b.example@mail.example.com'],
    ['"\\\\20a"@b.example', '\\5c20a%b.example@mail.example.com', '\\5c20a\\40b.example@mail.example.com'],
    ['a%b@c.example', 'a%b%c.example@mail.example.com', 'a%b\\40c.example@mail.example.com'],
    ['joe@bücher.example', 'joe%xn--bcher-kva.example@mail.example.com', 'joe\\40xn--bcher-kva.example@mail.example.com'],
    ['二ノ宮@b.example', '二ノ宮%b.example@mail.example.com', '二ノ宮\\40b.example@mail.example.com'],
    ['joe@example.com', 'joe%example.com@mail.example.com', 'joe\\40example.com@mail.example.com'],
    [`${'x'.repeat(64)}@b.example`, `${'x'.repeat(64)}%b.example@mail.example.com`, `${'x'.repeat(64)}\\40b.example@mail.example.com`],
  ])('%s', (text, withPercent, withEscape) => {
    const expected = { ...mail(text), local: mail(text).local.toLowerCase() };
    expect(shown(contactOf(mail(text), percent))).toBe(withPercent);
    expect(shown(contactOf(mail(text), escaped))).toBe(withEscape);
    for (const gateway of [percent, escaped]) {
      expect(mailOfContact(jid(withPercent), gateway)).toEqual(expected);
      expect(mailOfContact(jid(withEscape), gateway)).toEqual(expected);
    }
  });

  it.each([
    ['a leading space', '" joe"@b.example'],
    ['letters that some servers fold: ß', 'straße@b.example'],
    ['letters that some servers fold: final sigma', 'ς@b.example'],
    ['the Kelvin sign, which would make it another mailbox', '\u212aevin@b.example'],
    ['full width letters', 'Ａ@b.example'],
    ['a ligature', 'ﬁ@b.example'],
    ['letters that are not composed', 'e\u0301@b.example'],
    ['an emoji', '\u{1f600}@b.example'],
    ['both directions', 'שלום@b.example'],
  ])('refuses %s', (_, text) => {
    expect(shown(contactOf(mail(text), percent))).toBe('refused: bad-address');
  });

  it('refuses an address of the gateway: a loop', () => {
    expect(shown(contactOf(mail('joe@mail.example.com'), percent))).toBe('refused: no-such-recipient');
  });

  it('comes back for every address that fits, in lower case, and holds nothing that a localpart refuses', () => {
    let fitting = 0;
    fc.assert(
      fc.property(mailAddress, gateways, gateways, (address, writes, reads) => {
        const contact = contactOf(address, writes);
        if (isFailure(contact)) return;
        fitting++;
        expect(mailOfContact(contact, reads)).toEqual({ ...address, local: address.local.toLowerCase() });
        expect(parseJid(formatAddress(contact))).toEqual(contact);
        expect(contact.local).not.toMatch(FORBIDDEN);
        expect(contact.local).toBe(contact.local.toLowerCase().normalize('NFKC'));
        expect(Buffer.byteLength(contact.local)).toBeLessThanOrEqual(1023);
      }),
      { numRuns: 2_000 },
    );
    expect(fitting).toBeGreaterThan(1_500);
  });

  it('gives no two mailboxes one contact', () => {
    const local = fc.string({ unit: fc.constantFrom(...'aA \\%20245c@kK\u212aıiIßsSς'), minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(local, local, gateways, (one, other, gateway) => {
        const [first, second] = [one, other].map((each) => contactOf({ kind: 'mail', local: each, domain: 'b.example' }, gateway));
        if (first === undefined || second === undefined || isFailure(first) || isFailure(second)) return;
        const folded = [one, other].map((each) => each.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
        expect(first.local === second.local).toBe(folded[0] === folded[1]);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a contact that somebody wrote to', () => {
  it.each([
    ['the gateway itself', 'mail.example.com'],
    ['no separator', 'joe@mail.example.com'],
    ['no domain', 'joe%@mail.example.com'],
    ['no local part', '%b.example@mail.example.com'],
    ['an address literal', 'joe%[127.0.0.1]@mail.example.com'],
    ['an IP address', 'joe%127.0.0.1@mail.example.com'],
    ['the gateway again', 'foo%mail.example.com@mail.example.com'],
    ['the gateway again, escaped', 'foo\\40mail.example.com@mail.example.com'],
    ['the gateway again, by another spelling', 'foo%MAIL。example.com@mail.example.com'],
    ['the gateway twice', 'foo%b.example%mail.example.com@mail.example.com'],
    ['two recipients', 'a\\40b.example,evil\\40e.example@mail.example.com'],
    ['an injected parameter', 'a\\40b.example\\3e\\20evil@mail.example.com'],
    ['a source route', '\\40gw.example\\3aa\\40b.example@mail.example.com'],
    ['both marks', 'evil\\40e.example%b.example@mail.example.com'],
    ['an escaped space at the start', '\\20joe%b.example@mail.example.com'],
    ['a local part too long for mail', `${'x'.repeat(65)}%b.example@mail.example.com`],
    ['what could never answer', 'straße%b.example@mail.example.com'],
    ['another host', 'joe%b.example@elsewhere.example'],
  ])('refuses %s', (_, text) => {
    expect(shown(mailOfContact(jid(text), percent))).toBe('refused: no-such-recipient');
  });

  it('is one recipient, quoted, where a list might be read into it', () => {
    expect(shown(mailOfContact(jid('a%b.example,evil%e.example@mail.example.com'), percent))).toBe('"a%b.example,evil"@e.example');
  });

  it('may carry a resource, a name in capitals, a domain in its own letters', () => {
    expect(shown(mailOfContact(jid('Joe%BÜCHER.example@mail.example.com/x'), percent))).toBe('joe@xn--bcher-kva.example');
  });

  it('never gives more or other than one address by the strict grammar', () => {
    fc.assert(
      fc.property(hostileText, gateways, (local, gateway) => {
        const result = mailOfContact({ kind: 'jid', local, domain: gateway.domain, resource: '' }, gateway);
        if (isFailure(result)) return;
        expect(parseMailAddress(formatAddress(result))).toEqual(result);
        expect(result.domain).not.toBe(gateway.domain);
        expect(isFailure(contactOf(result, gateway))).toBe(false);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('a chat user as a mail address', () => {
  it.each([
    ['juliet@example.com/balcony', 'juliet@mail.example.com'],
    ['romeo@elsewhere.example', 'romeo%elsewhere.example@mail.example.com'],
    ['o\\27brien@example.com', "o'brien@mail.example.com"],
    ['joe\\20blow@example.com', '"joe blow"@mail.example.com'],
    ['a%b.example@example.com', 'a%b.example%example.com@mail.example.com'],
    ['a@bücher.example', 'a%xn--bcher-kva.example@mail.example.com'],
  ])('%s', (user, address) => {
    expect(shown(mailOfUser(jid(user), percent))).toBe(address);
    const { local, domain } = jid(user);
    expect(userOfMail(mail(address), percent)).toEqual({ kind: 'jid', local, domain, resource: '' });
  });

  it.each([
    ['the gateway', 'mail.example.com'],
    ['a contact', 'joe%b.example@mail.example.com'],
    ['a server', 'example.com'],
    ['a name with an @ in it', 'a\\40b@example.com'],
    ['a name that is too long for mail', `${'x'.repeat(65)}@example.com`],
    ['a name that would come back as another', '\\41\\5c@example.com'],
  ])('refuses %s', (_, user) => {
    expect(shown(mailOfUser(jid(user), percent))).toBe('refused: bad-address');
  });

  it('comes back for every user that has one', () => {
    let fitting = 0;
    const users = fc.tuple(fc.oneof(hostileText, fc.string({ unit: fc.constantFrom(...'ab%\\.240c57語-') })), fc.constantFrom('example.com', 'elsewhere.example', 'bücher.example'));
    fc.assert(
      fc.property(users, ([local, domain]) => {
        const user = parseJid(`${local}@${domain}`);
        const address = isFailure(user) ? user : mailOfUser(user, percent);
        if (isFailure(user) || isFailure(address)) return;
        fitting++;
        expect(userOfMail(mail(formatAddress(address)), percent)).toEqual({ ...user, resource: '' });
      }),
      { numRuns: 2_000 },
    );
    expect(fitting).toBeGreaterThan(100);
  });
});

describe('a mail recipient as a chat user', () => {
  it.each([
    ['Alice@mail.example.com', 'alice@example.com'],
    ['alice@MAIL.example.com', 'alice@example.com'],
    ['alice@mail。example.com', 'alice@example.com'],
    ['alice%example.com@mail.example.com', 'alice@example.com'],
    ['relaytest%insecure.org@mail.example.com', 'relaytest@insecure.org'],
    ['a%b%c.example@mail.example.com', 'a%b@c.example'],
    ['insecure.org!relaytest@mail.example.com', 'insecure.org!relaytest@example.com'],
    ['"relaytest\\\\40insecure.org"@mail.example.com', 'relaytest\\5c40insecure.org@example.com'],
    ['alice/res@mail.example.com', 'alice\\2fres@example.com'],
    ["a'or'1'='1@mail.example.com", 'a\\27or\\271\\27=\\271@example.com'],
    ['%s%n@mail.example.com', '%s@n'],
  ])('%s', (address, user) => {
    expect(shown(userOfMail(mail(address), percent))).toBe(user);
  });

  it.each([
    ['relaytest@insecure.org', 'not-allowed'],
    ['bob%mail.example.com@mail.example.com', 'no-such-recipient'],
    ['bob%b.example%mail.example.com@mail.example.com', 'no-such-recipient'],
    ['bob%127.0.0.1@mail.example.com', 'no-such-recipient'],
    ['%example.com@mail.example.com', 'no-such-recipient'],
    ['bob%@mail.example.com', 'no-such-recipient'],
    ['"bob "@mail.example.com', 'no-such-recipient'],
    ['Ａlice@mail.example.com', 'no-such-recipient'],
    ['\u212aate@mail.example.com', 'no-such-recipient'],
  ])('refuses %s: %s', (address, reason) => {
    expect(shown(userOfMail(mail(address), percent))).toBe(`refused: ${reason}`);
  });
});
