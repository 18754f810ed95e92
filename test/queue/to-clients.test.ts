import { describe, expect, it } from 'vitest';
import { formatJid, type Jid } from '../../src/address.js';
import type { Delivery, Message } from '../../src/message.js';
import { Whereabouts } from '../../src/presence/whereabouts.js';
import { toClients } from '../../src/queue/to-clients.js';
import { jid, juliet, letter, romeo, T0 } from '../store/samples.js';
import { TestOutlet } from './outlet.js';

const report = { state: 'failed', about: { id: 'x', ids: {}, acceptedAt: T0 }, recipient: romeo } as const;

async function reached(recipient: Jid, parts: Partial<Message>, online: readonly string[]): Promise<string> {
  const whereabouts = new Whereabouts(() => T0);
  for (const [priority, resource] of online.entries()) whereabouts.available(jid('juliet', resource), { priority });
  const outlet = new TestOutlet();
  let to = '';
  outlet.answer = ({ recipient: one }) => {
    to = one.kind === 'jid' ? formatJid(one) : '';
    return { state: 'handed-over' };
  };
  const delivery: Delivery = { seq: 1, message: letter(romeo, juliet, parts).message, recipient, outlet: 'xmpp', attempts: 0, context: { references: [] } };
  await toClients(outlet, whereabouts).deliver(delivery);
  return to;
}

describe('a report', () => {
  it('goes to the client that wrote, while that is there', async () => {
    expect(await reached(jid('juliet', 'phone'), { report }, ['phone', 'desk'])).toBe('juliet@capulet.example/phone');
  });

  it('goes to another when that is gone, and as it was when nobody is known', async () => {
    expect(await reached(jid('juliet', 'phone'), { report }, ['couch', 'desk'])).toBe('juliet@capulet.example/desk');
    expect(await reached(jid('juliet', 'phone'), { report }, [])).toBe('juliet@capulet.example/phone');
  });

  it('alone does: a message goes to whom it is for', async () => {
    expect(await reached(juliet, {}, ['desk'])).toBe('juliet@capulet.example');
  });
});
