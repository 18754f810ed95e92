import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addresseeOf, contactOf, contactOfUser, formatPhoneNumber, mailOfPhoneNumber, mailOfUser, parseMailAddress, parsePhoneNumber, phoneNumberOf, userOfContact, userOfMail, type GatewayNames } from '../../src/address.js';
import { isFailure } from '../../src/failure.js';
import { jid, mail } from './parsed.js';
import { hostileText, mailAddress } from './samples.js';

const gateway: GatewayNames = { domain: 'mail.example.com', home: 'example.com', separator: '%', phones: true };
const without: GatewayNames = { ...gateway, phones: false };

const typed = (text: string): string => {
  const number = parsePhoneNumber(text);
  return isFailure(number) ? number.text : formatPhoneNumber(number);
};

describe('a telephone number', () => {
  it.each([
    ['+1 (555) 123-4567', '+15551234567'],
    ['+49 30/1234 5678', '+493012345678'],
    ['+33 1.23.45.67.89', '+33123456789'],
    ['+1\u00a0555\u2011123\u20134567', '+15551234567'],
    ['+6831234', '+6831234'],
    ['+123456789012345', '+123456789012345'],
  ])('%s is read', (text, expected) => {
    expect(typed(text)).toBe(expected);
  });

  it.each(['15551234567', '0015551234567', '01115551234567', '+0155512345', '+123456', '+1234567890123456', '++15551234567', '+1555x1234567', '+1555\u0661234567', '+１５５５１２３４５６７', '1+5551234567', '+', '', `+1${' '.repeat(50)}5551234567`])('%j is none', (text) => {
    expect(typed(text)).toMatch(/write it with \+ and the country code/);
  });

  it('has no trunk zero', () => {
    expect(typed('+44 (0)20 7946 0000')).toMatch(/leave out the \(0\)/);
  });

  it('comes back as it was written', () => {
    const digits = fc.stringMatching(/^[1-9][0-9]{6,14}$/);
    fc.assert(
      fc.property(digits, fc.array(fc.constantFrom('', ' ', '-', '.', ' (', ') '), { minLength: 16, maxLength: 16 }), (all, between) => {
        const text = `+${[...all].map((digit, i) => `${i > 0 && i % 4 === 0 ? (between[i] ?? '') : ''}${digit}`).join('')}`;
        const number = parsePhoneNumber(text);
        expect(number).toEqual({ kind: 'phone', digits: all });
        if (!isFailure(number)) expect(parsePhoneNumber(formatPhoneNumber(number))).toEqual(number);
      }),
    );
  });

  it('is digits whatever is typed', () => {
    fc.assert(
      fc.property(fc.oneof(hostileText, fc.string({ unit: fc.constantFrom(...'+0123456789 ()-.') , maxLength: 24 })), (text) => {
        const number = parsePhoneNumber(text);
        if (!isFailure(number)) expect(number.digits).toMatch(/^[1-9][0-9]{6,14}$/);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('at the gateway', () => {
  it('it is an address and a contact, and no chat user', () => {
    const address = mail('+15551234567@mail.example.com');
    const contact = jid('+15551234567@mail.example.com');
    expect(phoneNumberOf(address, gateway)).toEqual({ kind: 'phone', digits: '15551234567' });
    expect(mailOfPhoneNumber({ kind: 'phone', digits: '15551234567' }, gateway)).toEqual(address);
    expect(addresseeOf(contact, gateway)).toEqual(address);
    expect(userOfContact(contact, gateway)).toBeUndefined();
    expect(isFailure(userOfMail(address, gateway))).toBe(true);
    expect(parseMailAddress('"+15551234567"@MAIL.example.com')).toEqual(address);
  });

  it.each(['+1555123456a@mail.example.com', '+1-555-123-4567@mail.example.com', '15551234567@mail.example.com', '+15551234567@example.com', 'juliet+15551234567@mail.example.com'])('%s is none', (text) => {
    expect(phoneNumberOf(mail(text), gateway)).toBeUndefined();
  });

  it('a chat user of that name is written to in the long form', () => {
    const user = jid('+15551234567@example.com');
    expect(mailOfUser(user, gateway)).toEqual(mail('+15551234567%example.com@mail.example.com'));
    expect(userOfMail(mail('+15551234567%example.com@mail.example.com'), gateway)).toEqual(user);
    expect(isFailure(contactOfUser(user, gateway))).toBe(true);
    expect(mailOfUser(user, without)).toEqual(mail('+15551234567@mail.example.com'));
    expect(userOfContact(jid('+15551234567@mail.example.com'), without)).toEqual(user);
  });

  it('no mail address and no chat user shares its contact', () => {
    fc.assert(
      fc.property(mailAddress, (address) => {
        const contact = contactOf(address, gateway);
        if (!isFailure(contact)) expect(phoneNumberOf(contact, gateway)).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'+0123456789%'), minLength: 7, maxLength: 16 }), (local) => {
        const user = jid(`${local}@example.com`);
        const [address, contact] = [mailOfUser(user, gateway), contactOfUser(user, gateway)];
        if (!isFailure(address)) expect([phoneNumberOf(address, gateway), userOfMail(address, gateway)]).toEqual([undefined, user]);
        if (!isFailure(contact)) expect([phoneNumberOf(contact, gateway), userOfContact(contact, gateway)]).toEqual([undefined, user]);
      }),
      { numRuns: 1_000 },
    );
  });
});
