/** Who may reach whom: the decisions, over everything they depend on. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contactOf, formatJid, parseMailAddress, type MailAddress, parseJid } from '../../src/address.js';
import { entryOf, entryOfJid, jidOfEntry, namesOf, POLICIES, relationOf, shownEntry, verdictOf, type Policy, type Relation, type Verdict } from '../../src/bridge/strangers.js';
import { isFailure } from '../../src/failure.js';
import type { Authenticity, Origin } from '../../src/message.js';
import { addressKey } from '../../src/addressees.js';
import { covers as storeCovers } from '../../src/store/correspondents.js';
import { jid, mail } from '../store/samples.js';
import { rules } from './on-store.js';

const { gateway } = rules;
const RELATIONS: readonly Relation[] = ['blocked', 'known', 'asked', 'met', 'new'];
const AUTHENTICITIES: readonly Authenticity[] = ['verified', 'unverified'];
const ORIGINS: readonly Origin[] = ['person', 'auto-generated', 'auto-replied', 'list', 'bounce'];

/** In the order of RELATIONS: of a verified author / of an unverified one. A bounce is like others but where it says so. */
const TABLE: Record<Policy, Record<Authenticity, readonly Verdict[]>> = {
  everybody: {
    verified: ['refuse-blocked', 'take', 'take', 'take', 'take'],
    unverified: ['refuse-blocked', 'take', 'take', 'take', 'take'],
  },
  mark: {
    verified: ['refuse-blocked', 'take', 'mark', 'take', 'mark'],
    unverified: ['refuse-blocked', 'take', 'mark', 'take', 'mark'],
  },
  ask: {
    verified: ['refuse-blocked', 'take', 'ask', 'ask', 'ask'],
    unverified: ['refuse-blocked', 'take', 'refuse-unverified', 'refuse-unverified', 'refuse-unverified'],
  },
  contacts: {
    verified: ['refuse-blocked', 'take', 'refuse-stranger', 'refuse-stranger', 'refuse-stranger'],
    unverified: ['refuse-blocked', 'take', 'refuse-stranger', 'refuse-stranger', 'refuse-stranger'],
  },
  verified: {
    verified: ['refuse-blocked', 'take', 'take', 'take', 'take'],
    unverified: ['refuse-blocked', 'refuse-unverified', 'refuse-unverified', 'refuse-unverified', 'refuse-unverified'],
  },
};

const cases = POLICIES.flatMap((policy) =>
  AUTHENTICITIES.flatMap((authenticity) => RELATIONS.flatMap((relation, i) => ORIGINS.map((origin) => ({ policy, authenticity, relation, origin, expected: TABLE[policy][authenticity][i] })))),
);

describe('the verdict', () => {
  it.each(cases)('$policy, $relation, $authenticity, $origin', ({ policy, relation, authenticity, origin, expected }) => {
    const askedOfBounce = origin === 'bounce' && expected === 'ask';
    expect(verdictOf(policy, relation, { authenticity, origin })).toBe(askedOfBounce ? 'refuse-stranger' : expected);
  });
});

describe('the relation', () => {
  const standing = { entries: [], written: false, met: false, contact: false };
  const entry = (name: string, state: 'accepted' | 'blocked' | 'asked') => ({ mail: name, state, by: 'user' as const });

  it.each([
    ['nobody we know of', {}, 'new'],
    ['who has written before', { met: true }, 'met'],
    ['who was written to', { met: true, written: true }, 'known'],
    ['a contact', { contact: true }, 'known'],
    ['accepted', { entries: [entry('a@b.example', 'accepted')] }, 'known'],
    ['asked about', { entries: [entry('a@b.example', 'asked')] }, 'asked'],
    ['asked about, and a contact by now', { entries: [entry('a@b.example', 'asked')], contact: true }, 'known'],
    ['blocked, though written to', { entries: [entry('a@b.example', 'blocked')], written: true, contact: true }, 'blocked'],
    ['of a blocked domain, though written to', { entries: [entry('@b.example', 'blocked')], written: true }, 'blocked'],
    ['accepted in a blocked domain', { entries: [entry('@b.example', 'blocked'), entry('a@b.example', 'accepted')] }, 'known'],
    ['blocked in an accepted domain', { entries: [entry('a@b.example', 'blocked'), entry('@b.example', 'accepted')] }, 'blocked'],
    ['of a blocked domain below an accepted one', { entries: [entry('@*.example', 'accepted'), entry('@*.b.example', 'blocked')] }, 'blocked'],
    ['asked about in a blocked domain', { entries: [entry('a@b.example', 'asked'), entry('@*.b.example', 'blocked')] }, 'blocked'],
  ] as const)('%s', (_name, parts, expected) => {
    expect(relationOf({ ...standing, ...parts })).toBe(expected);
  });
});

const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const domain = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));
const local = fc.stringMatching(/^[A-Za-z0-9._+'/&=-]{1,20}$/);
const address = fc.tuple(local, domain).map(([name, host]) => parseMailAddress(`${name}@${host}`)).filter((one): one is MailAddress => !isFailure(one));

function covers(typed: string, one: MailAddress): boolean {
  const entry = entryOf(typed, gateway);
  return !isFailure(entry) && namesOf(one, gateway).includes(entry);
}

describe('an entry', () => {
  it('covers its address, whatever the case, by mail address and by contact', () => {
    fc.assert(
      fc.property(address, (one) => {
        const written = `${one.local}@${one.domain}`;
        expect(covers(written.toUpperCase(), one)).toBe(true);
        for (const separator of ['%', '\\40'] as const) {
          const contact = contactOf(one, { ...gateway, separator });
          if (!isFailure(contact)) expect([covers(formatJid(contact), one), namesOf(one, gateway).includes(entryOfJid(contact, gateway) ?? '')]).toEqual([true, true]);
        }
      }),
    );
  });

  it('of a domain covers that domain alone, and of all below it everything that ends in it, at a dot', () => {
    fc.assert(
      fc.property(address, domain, (one, other) => {
        expect(covers(`@${other}`, one)).toBe(one.domain === other);
        expect(covers(`@*.${other}`, one)).toBe(one.domain === other || one.domain.endsWith(`.${other}`));
        expect([covers(`@${one.domain}`, one), covers(`@*.${one.domain}`, one)]).toEqual([true, true]);
        expect(covers(`@*.${one.domain}`, { ...one, domain: `${other}.${one.domain}` })).toBe(true);
        expect(covers(`@*.${one.domain}`, { ...one, domain: `x${one.domain}` })).toBe(false);
        expect(covers(`@${one.domain}`, { ...one, domain: `${other}.${one.domain}` })).toBe(false);
      }),
    );
  });

  it('answers in the store for the same strangers whose mail it covers', () => {
    const entry = fc.tuple(fc.constantFrom('@', '@*.', '@*.x'), address);
    fc.assert(
      fc.property(address, entry, fc.boolean(), (one, [prefix, other], near) => {
        const name = `${prefix}${near ? one.domain.slice(one.domain.indexOf('.') + 1) : other.domain}`;
        for (const given of [name, `@*.${one.domain}`, `@${one.domain}`, addressKey(one), addressKey(other)]) {
          expect([given, storeCovers(given, addressKey(one))]).toEqual([given, namesOf(one, gateway).includes(given)]);
          expect([given, storeCovers(given, `a@x${one.domain}`)]).toEqual([given, namesOf({ ...one, local: 'a', domain: `x${one.domain}` }, gateway).includes(given)]);
        }
      }),
    );
  });

  it.each([
    ['bob@example.org', 'bob@example.org'],
    [' mailto:Bob@Example.ORG ', 'bob@example.org'],
    ['bob%example.org@gw.example', 'bob@example.org'],
    ['bob\\40example.org@gw.example/r', 'bob@example.org'],
    ['@Bücher.example', '@xn--bcher-kva.example'],
    ['@*.example.org', '@*.example.org'],
    ['romeo@gw.example', 'romeo@gw.example'],
  ])('%s is read as %s', (typed, entry) => {
    expect(entryOf(typed, gateway)).toBe(entry);
  });

  it.each(['', '@', 'bob', '@*.', '@a b', 'bob@', '@bob@example.org', `${'x'.repeat(1_200)}@example.org`])('%j is none', (typed) => {
    expect(isFailure(entryOf(typed, gateway))).toBe(true);
  });

  it('of a chat user covers him by either address', () => {
    expect(namesOf(jid('romeo'), gateway)).toEqual(expect.arrayContaining(['romeo@gw.example', 'romeo@capulet.example', '@capulet.example']));
    expect(namesOf(mail('Romeo'), gateway)[0]).toBe('romeo@montague.example');
  });
});

describe('an entry, as a JID and as it is typed', () => {
  it.each([
    ['bob@example.org', 'bob%example.org@gw.example', 'bob@example.org'],
    ['@example.org', 'example.org', '@example.org'],
    ['@*.example.org', '%*.example.org@gw.example', '@*.example.org'],
    ['@xn--bcher-kva.example', 'b\u00fccher.example', '@xn--bcher-kva.example'],
    ['@*.xn--bcher-kva.example', '%*.xn--bcher-kva.example@gw.example', '@*.xn--bcher-kva.example'],
    ['@gw.example', '%gw.example@gw.example', '@gw.example'],
    ['john doe@example.org', 'john\\20doe%example.org@gw.example', '"john doe"@example.org'],
    ['"bob"@example.org', '\\22bob\\22%example.org@gw.example', '"\\"bob\\""@example.org'],
    ['mailto:bob@example.org', 'mailto\\3abob%example.org@gw.example', '"mailto:bob"@example.org'],
    ['juliet@gw.example', 'juliet@gw.example', 'juliet@gw.example'],
  ])('%s is the JID %s, and comes back', (entry, jid, shown) => {
    expect([jidOfEntry(entry, gateway), shownEntry(entry), entryOf(shown, gateway)]).toEqual([jid, shown, entry]);
    for (const separator of ['%', '\\40'] as const) {
      const parsed = parseJid(jidOfEntry(entry, { ...gateway, separator }));
      expect(isFailure(parsed) || entryOfJid(parsed, gateway)).toBe(entry);
    }
  });

  it('covers a chat user whose name needs escapes, and one of a domain with other letters', () => {
    for (const text of ['d\\27artagnan@musketeers.test', 'anna@b\u00fccher.example']) {
      const user = parseJid(text);
      if (isFailure(user)) throw new Error(user.text);
      expect(namesOf(user, gateway)).toContain(entryOfJid(user, gateway));
      expect(entryOf(text, gateway)).toBe(entryOfJid(user, gateway));
    }
  });
});
