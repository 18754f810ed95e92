/** An administrator's switch: nothing new is taken, what is here goes on; and the figures of the day. */
import { describe, expect, it } from 'vitest';
import { waitUntil } from '../servers/wait.js';
import { befriend } from './attendance.js';
import { command } from './commands.js';
import { chat, condition, DEADLINE, errorText, hasBody, isErrorOn } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

const LONG = 60_000;
const ROMEO = 'romeo@montague.test';

describe.each(SERVERS)('maintenance on %s', (kind) => {
  const stage = setStage(kind, { smtp_out: 'retry = ["1s"]' });
  const run = (...args: string[]) => command(stage.world.gateway, ...args);
  const post = (body: string): Promise<void> => stage.world.post({ from: ROMEO, to: `juliet@${stage.world.server.component}` }, mailText({ From: ROMEO }, body));
  const ask = async (line: string, answer: RegExp): Promise<string> => {
    stage.juliet.received.length = 0;
    stage.juliet.send(chat(stage.world.server.component, `ask-${line}`, line));
    return (await stage.juliet.waitFor((stanza) => answer.test(stanza.getChildText('body') ?? ''), DEADLINE)).getChildText('body') ?? '';
  };
  const readiness = async (): Promise<string> => (await fetch(`http://127.0.0.1:${stage.world.gateway.adminPort}/readyz`)).text();

  it('takes nothing new, says why, delivers what is here, outlives a restart and ends', async () => {
    const { world, juliet } = stage;
    /** What the gateway's own presence says, once it says so. */
    const becomes = (show: string | null, status: string | null) =>
      waitUntil(`the gateway is ${show ?? 'there'}`, () => {
        const last = juliet.received.filter((stanza) => stanza.is('presence') && stanza.attrs.from === world.server.component && stanza.attrs.type === undefined).at(-1);
        return last !== undefined && last.getChildText('show') === show && last.getChildText('status') === status;
      }, DEADLINE);
    await befriend(juliet, world.server.component);
    await becomes(null, null);
    world.outside.behave('mail', () => ({ answer: '451 4.3.0 not now' }));
    juliet.send(chat(world.romeo, 'before-the-maintenance', 'written before'));
    await waitUntil('it was tried', () => world.outside.seen.some((line) => line.startsWith('mail bounces')), DEADLINE);

    expect(await run('maintenance', 'on', 'Back at four o’clock.')).toMatchObject({ code: 0, out: expect.stringMatching(/^on since .*Back at four/) as string });
    await waitUntil('the gateway has noticed', async () => (await readiness()).includes('Back at four'), DEADLINE);
    await becomes('dnd', 'Back at four o’clock.');
    await expect(post('too late')).rejects.toThrow(/451 4\.3\.2 The mail gateway is under maintenance/);
    juliet.send(chat(world.romeo, 'during-the-maintenance', 'written during'));
    const error = await juliet.waitFor(isErrorOn('during-the-maintenance'), DEADLINE);
    expect(condition(error)).toMatch(/^wait /);
    expect(errorText(error)).toBe('Back at four o’clock.');
    world.outside.behave('mail', 'accept');
    await world.outside.waitForMail(({ raw }) => raw.includes('written before'), DEADLINE);

    await world.gateway.stop();
    juliet.received.length = 0;
    await world.gateway.launch();
    expect(await readiness()).toContain('Back at four');
    expect((await run('doctor')).out).toMatch(/PROBLEM {2}gateway: maintenance: .*\n.*stanzapost maintenance off/);
    await waitUntil('the link is up', async () => (await readiness()).includes('"connected"'), DEADLINE);
    await becomes('dnd', 'Back at four o’clock.');
    expect(await ask('maintenance', /aintenance/)).toContain('Senders are told: Back at four');
    expect(await ask('maintenance off', /aintenance/)).toBe('There is no maintenance.');
    await becomes(null, null);
    expect(await world.gateway.ready()).toBe(true);
    await post('written after');
    await juliet.waitFor(hasBody('written after'), DEADLINE);
    expect(world.outside.mails.some(({ raw }) => raw.includes('written during'))).toBe(false);
    expect((await run('maintenance')).out.trim()).toBe('off');
    expect((await run('maintenance', 'perhaps')).code).toBe(2);
  }, LONG);

  it('has statistics, in chat and beside it', async () => {
    const told = await ask('statistics', /^To chat today/);
    expect(told).toMatch(/^To mail today: 1 \(1 delivered, 0 failed, 0 waiting\)$/m);
    expect(told).toMatch(/^Chat users known: \d+, registered: \d+$/m);
    const { out } = await run('queue', 'stats', '--json');
    expect(JSON.parse(out)).toMatchObject({ waiting: 0, deliveries: expect.arrayContaining([{ outlet: 'smtp', state: 'handed-over', count: 1 }]) as unknown });
  }, LONG);
});
