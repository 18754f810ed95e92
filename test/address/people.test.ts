import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addresseeOf, contactOf, contactOfUser, formatAddress, mailOfContact, mailOfUser, parseJid, sameDomain, userOfContact, type GatewayNames } from '../../src/address.js';
import { isFailure } from '../../src/failure.js';
import { hostileText, mailAddress } from './samples.js';
import { jid, mail } from './parsed.js';

const alone: GatewayNames = { domain: 'mail.example.com', home: 'example.com', separator: '%' };
const several: GatewayNames = { ...alone, peers: ['verona.example', 'bücher.example'] };
const escaped: GatewayNames = { ...several, separator: '\\40' };
const gateways = fc.constantFrom(alone, several, escaped);

const user = (contact: string, gateway = alone): string | undefined => {
  const found = userOfContact(jid(contact), gateway);
  return found && formatAddress(found);
};

describe('a contact that stands for a chat user', () => {
  it.each([
    ['romeo@mail.example.com', 'romeo@example.com'],
    ['Romeo@mail.example.com/x', 'romeo@example.com'],
    ['o\\27brien@mail.example.com', 'o\\27brien@example.com'],
    ['a.b+c@mail.example.com', 'a.b+c@example.com'],
  ])('%s', (contact, expected) => {
    expect(user(contact)).toBe(expected);
    expect(addresseeOf(jid(contact), alone)).toEqual(mailOfUser(jid(expected), alone));
  });

  it.each([
    ['the gateway', 'mail.example.com'],
    ['a mail address', 'joe%b.example@mail.example.com'],
    ['a mail address at the home domain', 'romeo%example.com@mail.example.com'],
    ['a chat user himself', 'romeo@example.com'],
    ['a name too long for mail', `${'x'.repeat(65)}@mail.example.com`],
    ['an escaped space at the start', '\\20romeo@mail.example.com'],
  ])('is none for %s', (_, contact) => {
    expect(user(contact)).toBeUndefined();
  });

  it('is a user of another server only where the administrator lets that in', () => {
    expect(user('mercutio%verona.example@mail.example.com', alone)).toBeUndefined();
    for (const spelt of ['mercutio%verona.example', 'mercutio\\40verona.example', 'mercutio%VERONA.example']) {
      expect(user(`${spelt}@mail.example.com`, several)).toBe('mercutio@verona.example');
    }
    expect(user('a%xn--bcher-kva.example@mail.example.com', several)).toBe('a@bücher.example');
    expect(user('mercutio%sub.verona.example@mail.example.com', several)).toBeUndefined();
  });

  it('comes back for every chat user that has one', () => {
    let fitting = 0;
    const users = fc.tuple(fc.oneof(hostileText, fc.string({ unit: fc.constantFrom(...'ab%\\.240c57語-') })), fc.constantFrom('example.com', 'verona.example', 'bücher.example', 'elsewhere.example'));
    fc.assert(
      fc.property(users, gateways, gateways, ([local, domain], writes, reads) => {
        const one = parseJid(`${local}@${domain}`);
        const contact = isFailure(one) ? one : contactOfUser(one, { ...writes, peers: several.peers ?? [] });
        if (isFailure(one) || isFailure(contact)) return;
        fitting++;
        expect(userOfContact(contact, { ...reads, peers: several.peers ?? [] })).toEqual({ ...one, resource: '' });
        expect(parseJid(formatAddress(contact))).toEqual(contact);
        expect(addresseeOf(contact, { ...reads, peers: several.peers ?? [] })).toEqual(mailOfUser(one, reads));
      }),
      { numRuns: 2_000 },
    );
    expect(fitting).toBeGreaterThan(100);
  });

  it('is never that of a mail address, but of one at a domain of chat users', () => {
    fc.assert(
      fc.property(fc.oneof(mailAddress, fc.constant(mail('mercutio@verona.example'))), gateways, (address, gateway) => {
        const contact = contactOf(address, gateway);
        if (isFailure(contact)) return;
        // XEP-0106 §3.2: no JID begins or ends with a space, so no user there can be meant.
        const canBeUser = !/^ | $/.test(address.local);
        const isUser = canBeUser && gateway.peers?.some((peer) => sameDomain(peer, address.domain)) === true;
        expect(userOfContact(contact, gateway) !== undefined).toBe(isUser);
        if (!isUser) expect(addresseeOf(contact, gateway)).toEqual(mailOfContact(contact, gateway));
      }),
      { numRuns: 2_000 },
    );
  });
});
