/** Blocks and reports as clients send them (XEP-0191, XEP-0377). */
import xml, { type Element } from '@xmpp/xml';
import { describe, expect, it } from 'vitest';
import { formatJid, parseJid, type Jid } from '../../src/address.js';
import type { BlockList, SpamReport } from '../../src/edge.js';
import { Failure, isFailure } from '../../src/failure.js';
import { block, blocklist, unblock } from '../../src/xmpp/block-list.js';
import { targetOf } from '../../src/xmpp/target.js';

const B = 'urn:xmpp:blocking';
const gateway = { domain: 'gw.example', home: 'capulet.example', separator: '%' } as const;
const bob = 'bob%example.org@gw.example';

function jid(text: string): Jid {
  const parsed = parseJid(text);
  if (isFailure(parsed)) throw new Error(parsed.text);
  return parsed;
}

class Recording implements BlockList {
  readonly calls: [string, string, SpamReport?][] = [];
  refuses: Failure | undefined;

  block(_user: Jid, whom: Jid, report?: SpamReport): Promise<Failure | undefined> {
    this.calls.push(report === undefined ? ['block', formatJid(whom)] : ['block', formatJid(whom), report]);
    return Promise.resolve(this.refuses);
  }

  unblock(_user: Jid, whom: Jid): Promise<Failure | undefined> {
    this.calls.push(['unblock', formatJid(whom)]);
    return Promise.resolve(this.refuses);
  }

  unblockAll(user: Jid): Promise<Failure | undefined> {
    this.calls.push(['unblock all', formatJid(user)]);
    return Promise.resolve(this.refuses);
  }

  blocked(): Promise<readonly string[] | Failure> {
    return Promise.resolve(this.refuses ?? [bob]);
  }
}

const item = (whom: string, ...children: Element[]) => xml('item', { jid: whom }, ...children);

async function ask(name: 'block' | 'unblock', items: readonly Element[], { to = 'gw.example', list = new Recording() } = {}) {
  const request = { from: jid('juliet@capulet.example/balcony'), to: jid(to), payload: xml(name, { xmlns: B }, ...items), lang: '' };
  const target = targetOf(request.to, gateway);
  if ('condition' in target) throw new Error(target.condition);
  const answer = await { block, unblock }[name](list, request, target);
  return { answer, calls: list.calls };
}

describe('block', () => {
  it('blocks each item, by its bare JID', async () => {
    expect(await ask('block', [item(`${bob}/x`), item('romeo@capulet.example')])).toEqual({ answer: undefined, calls: [['block', bob], ['block', 'romeo@capulet.example']] });
  });

  it.each([
    ['no items', []],
    ['an item without a JID', [xml('item')]],
    ['a JID that is none', [item('a@b@c')]],
    ['too many', Array.from({ length: 101 }, (_, i) => item(`b${i}@example.org`))],
  ])('%s: bad-request, and nothing is blocked', async (_name, items) => {
    expect(await ask('block', items)).toMatchObject({ answer: { condition: 'bad-request' }, calls: [] });
  });

  it('to a contact blocks that contact only', async () => {
    expect(await ask('block', [item(bob)], { to: bob })).toEqual({ answer: undefined, calls: [['block', bob]] });
    expect(await ask('block', [item('eve%example.org@gw.example')], { to: bob })).toMatchObject({ answer: { condition: 'not-acceptable' }, calls: [] });
  });

  it.each([
    [xml('report', { xmlns: 'urn:xmpp:reporting:1', reason: 'urn:xmpp:reporting:spam' }, xml('text', {}, ' Never\u0007 came\n\u202etrouble ')), { reason: 'spam', text: 'Never came trouble' }],
    [xml('report', { xmlns: 'urn:xmpp:reporting:1', reason: 'urn:xmpp:reporting:abuse' }), { reason: 'abuse' }],
    [xml('report', { xmlns: 'urn:xmpp:reporting:1', reason: 'urn:example:other' }), { reason: 'abuse' }],
    [xml('report', { xmlns: 'urn:xmpp:reporting:0' }, xml('spam')), { reason: 'spam' }],
    [xml('report', { xmlns: 'urn:xmpp:reporting:0' }, xml('abuse')), { reason: 'abuse' }],
    [xml('report', { xmlns: 'urn:xmpp:reporting:1', reason: 'urn:xmpp:reporting:spam' }, xml('text', {}, 'x'.repeat(5_000))), { reason: 'spam', text: 'x'.repeat(500) }],
  ])('with a report: %#', async (report, expected) => {
    expect((await ask('block', [item(bob, report)])).calls).toEqual([['block', bob, expected]]);
  });

  it('tells why not', async () => {
    const list = new Recording();
    list.refuses = Failure.permanent('too-many', 'Too many.');
    expect((await ask('block', [item(bob)], { list })).answer).toMatchObject({ text: 'Too many.' });
    expect(await blocklist(list, { from: jid('juliet@capulet.example'), to: jid('gw.example'), payload: xml('blocklist', { xmlns: B }), lang: '' })).toMatchObject({ text: 'Too many.' });
  });
});

describe('unblock', () => {
  it('unblocks each item, and all without one; a contact cannot speak for all', async () => {
    expect((await ask('unblock', [item(bob)])).calls).toEqual([['unblock', bob]]);
    expect((await ask('unblock', [])).calls).toEqual([['unblock all', 'juliet@capulet.example']]);
    expect(await ask('unblock', [], { to: bob })).toMatchObject({ answer: { condition: 'not-acceptable' }, calls: [] });
  });
});
