/** The queue by chat: what waits, without what people write, and what an administrator does with it. */
import { expect, it } from 'vitest';
import { queueCommands } from '../../src/bridge/command/queue.js';
import { Failure, isFailure } from '../../src/failure.js';
import { openHere } from '../store/files.js';
import { chat, HOUR, juliet, mail, romeo, T0 } from '../store/samples.js';

const NOW = T0 + 2 * HOUR;
const AWAY = Failure.temporary('remote-unreachable', 'The relay is away.', { remote: '450 la\u202eter' });

function stage() {
  const { store } = openHere();
  const woken: string[] = [];
  const commands = queueCommands({ store, lifetime: HOUR, domain: 'gw.example', clock: () => NOW, wake: (outlet) => void woken.push(outlet) });
  const ask = async (name: string, value = ''): Promise<string> => {
    const answer = await commands.find((one) => one.name === name)?.run(juliet, { match: value, id: value });
    return answer === undefined || isFailure(answer) ? `failed: ${answer?.text}` : answer;
  };
  /** It was tried once, in vain. */
  const waiting = async (): Promise<string> => {
    const one = chat(romeo, { subject: 'A secret subject', text: 'Words of love', returnTo: { ...juliet, resource: 'phone' } });
    await store.accept([one]);
    const [lane] = await store.claim('smtp', 1, 1, T0);
    await store.settle({ lane: lane?.lane ?? '', ended: [], deferred: [{ seq: lane?.deliveries[0]?.seq ?? 0, failure: AWAY.toRecord() }], dueAt: NOW + HOUR, at: T0, reports: [] });
    return one.message.id;
  };
  return { store, woken, ask, waiting };
}

it('tells what waits, in lines for a phone', async () => {
  const { store, ask, waiting } = stage();
  expect(await ask('queue')).toBe('Nothing waits.');
  const id = await waiting();
  expect(await ask('queue')).toBe(
    'Waiting: 0 to chat, 1 to mail (the oldest for 2 h)\n1: juliet@capulet.example → romeo@montague.example, 2 h old, 1 try, next in 1 h; 4.4.1 The relay is away. (450 la\u{fffd}ter)',
  );
  for (const match of ['romeo@montague.example', 'juliet@capulet.example', id, '1']) expect(await ask('queue', match)).toMatch(/^1: juliet/);
  expect(await ask('queue', 'nobody@montague.example')).toBe('Nothing is kept of nobody@montague.example.');
  for (let i = 0; i < 12; i++) await store.accept([chat(mail(`person${i}`))]);
  const lines = (await ask('queue')).split('\n');
  expect(lines).toHaveLength(12);
  expect(lines.at(-1)).toBe('and 3 more');
});

it('shows the way of a message, and nothing of what is in it', async () => {
  const { ask, waiting } = stage();
  const id = await waiting();
  const shown = await ask('queue show', id);
  expect(shown).toContain(`Message: ${id}\n`);
  expect(shown).toContain('\nFrom: juliet@capulet.example\n');
  expect(shown).toMatch(/\n1: .*The relay is away/);
  expect(await ask('queue show', '1')).toBe(shown);
  expect(shown).not.toMatch(/secret|love/);
  expect(await ask('queue show', 'nothing')).toBe('failed: Nothing is kept of nothing.');
});

it('tries again what is named, by recipient too, and wakes the queue', async () => {
  const { store, woken, ask, waiting } = stage();
  const id = await waiting();
  expect(await store.claim('smtp', 1, 1, NOW)).toEqual([]);
  expect(await ask('queue retry', 'juliet@capulet.example')).toBe('failed: juliet@capulet.example: no such waiting delivery');
  expect(await ask('queue retry', 'romeo@montague.example')).toBe('1: due now');
  expect(woken).toContain('smtp');
  expect(await ask('queue retry', id)).toBe('1: due now');
  expect(await store.claim('smtp', 1, 1, NOW)).toHaveLength(1);
  expect(await ask('queue drop', '1')).toBe('failed: 1: it is being tried just now; try again');
});

it('gives up what is named, and tells its sender', async () => {
  const { store, ask, waiting } = stage();
  const id = await waiting();
  expect(await ask('queue drop', 'romeo@montague.example')).toBe('failed: romeo@montague.example: no such waiting delivery');
  expect(await ask('queue drop', id)).toBe('1: dropped');
  expect((await store.message(id))?.deliveries[0]?.state).toBe('failed');
  expect((await store.claim('xmpp', 1, 1, NOW))[0]?.deliveries[0]).toMatchObject({ recipient: { local: 'juliet', resource: 'phone' }, message: { report: { state: 'failed' } } });
});
