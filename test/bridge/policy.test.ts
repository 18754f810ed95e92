import { describe, expect, it } from 'vitest';
import { formatAddress } from '../../src/address.js';
import { admitChat, admitMail, type AccessRules } from '../../src/bridge/policy.js';
import { isFailure } from '../../src/failure.js';
import { jid, mail } from '../address/parsed.js';

const rules: AccessRules = {
  gateway: { domain: 'mail.example.com', home: 'example.com', separator: '%' },
  isRegistered: () => false,
  isBlocked: () => false,
  allow: ['example.com', 'friend@elsewhere.example'],
  admins: [jid('admin@example.com'), jid('second@example.com/desk')],
  addressee: () => undefined, messageOfReturnAddress: (address) => (address.local.startsWith('bounces+') ? { messageId: address.local.slice(8) } : undefined),
};

describe('mail to the gateway', () => {
  it.each([
    ['juliet@mail.example.com', ['xmpp juliet@example.com']],
    ['friend%elsewhere.example@mail.example.com', ['xmpp friend@elsewhere.example']],
    ['postmaster@mail.example.com', ['xmpp admin@example.com', 'xmpp second@example.com']],
    ['Abuse@mail.example.com', ['xmpp admin@example.com', 'xmpp second@example.com']],
    ['bounces+01abc@mail.example.com', ['bounce 01abc']],
  ])('%s is taken', (recipient, expected) => {
    const routes = admitMail(mail(recipient), rules);
    if (isFailure(routes)) throw new Error(routes.text);
    expect(routes.map((r) => (r.outlet === 'bounce' ? `bounce ${r.messageId}` : `${r.outlet} ${formatAddress(r.recipient)}`))).toEqual(expected);
  });

  it.each([
    ['relaytest@insecure.example', '5.7.1'],
    ['relaytest%insecure.example@mail.example.com', '5.1.1'],
    ['insecure.example!relaytest@mail.example.com', '5.1.1'],
    ['stranger%elsewhere.example@mail.example.com', '5.1.1'],
    ['juliet%mail.example.com@mail.example.com', '5.1.1'],
    ['juliet@example.com', '5.7.1'],
    ['juliet@sub.mail.example.com', '5.7.1'],
  ])('%s is refused with %s', (recipient, status) => {
    const routes = admitMail(mail(recipient), rules);
    expect(isFailure(routes) && `${routes.kind} ${routes.status}`).toBe(`permanent ${status}`);
  });

  it('names no operator when no admin is configured', () => {
    expect(isFailure(admitMail(mail('postmaster@mail.example.com'), { ...rules, admins: [] }))).toBe(true);
  });
});

describe('chat to a mail address', () => {
  it.each(['juliet@example.com/phone', 'friend@elsewhere.example/x'])('%s may write', (from) => {
    expect(admitChat(jid(from), mail('romeo@montague.example'), rules)).toMatchObject({ outlet: 'smtp' });
  });

  it.each(['joe@remote.example/x', 'other@elsewhere.example', 'juliet@example.com.evil.example', 'x@mail.example.com'])(
    '%s may not',
    (from) => {
      const route = admitChat(jid(from), mail('romeo@montague.example'), rules);
      expect(isFailure(route) && route.reason).toBe('not-allowed');
    },
  );

  it('reaches another chat user of the gateway in chat', () => {
    const romeo = { outlet: 'xmpp', recipient: jid('romeo@example.com') };
    expect(admitChat(jid('juliet@example.com/balcony'), mail('romeo@mail.example.com'), rules)).toEqual(romeo);
  });

  it.each(['juliet@mail.example.com', 'Juliet@mail.example.com', 'romeo%elsewhere.example@mail.example.com', 'x%mail.example.com@mail.example.com'])(
    'reaches neither oneself nor whom the gateway does not serve: %s',
    (to) => {
      const route = admitChat(jid('juliet@example.com/balcony'), mail(to), rules);
      expect(isFailure(route) && route.reason).toBe('no-such-recipient');
    },
  );
});
