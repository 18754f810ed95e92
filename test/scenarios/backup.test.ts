/** Row E1: the data directory is destroyed, and nothing is lost that the backup held. */
import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import xml from '@xmpp/xml';
import { describe, expect, it } from 'vitest';
import { backupName } from '../../src/backup-schedule.js';
import { waitUntil } from '../servers/wait.js';
import { command } from './commands.js';
import { chat, DEADLINE, hasBody, isErrorOn } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

const ROMEO = 'romeo@montague.test';
const LONG = 60_000;

describe.each(SERVERS)('a backup on %s', (kind) => {
  const stage = setStage(kind, { smtp_out: 'retry = ["1s"]' });
  const run = (...args: string[]) => command(stage.world.gateway, ...args);
  const ask = async (line: string, answer: RegExp): Promise<string> => {
    stage.juliet.received.length = 0;
    stage.juliet.send(chat(stage.world.server.component, `ask-${line}`, line));
    return (await stage.juliet.waitFor((stanza) => answer.test(stanza.getChildText('body') ?? ''), DEADLINE)).getChildText('body') ?? '';
  };
  const readiness = async (): Promise<string> => (await fetch(`http://127.0.0.1:${stage.world.gateway.adminPort}/readyz`)).text();
  const isThere = (stanza: xml.Element): boolean => stanza.is('presence') && stanza.attrs.type === undefined && stanza.attrs.from === stage.world.romeo;

  it('made while the gateway runs brings everything back: what waits, settings, contacts, large mails', async () => {
    const { world, juliet } = stage;
    world.outside.behave('mail', () => ({ answer: '451 4.3.0 not now' }));
    juliet.send(chat(world.romeo, 'waits-in-the-backup', 'it waits in the backup'));
    juliet.send(xml('presence', { to: world.romeo, type: 'subscribe' }));
    await juliet.waitFor(isThere, DEADLINE);
    await ask('burst 7', /7 seconds/);
    const large = mailText({ From: ROMEO, To: 'juliet', 'Message-ID': '<large@montague.test>' }, `${'A quoted line.\n> so it was\n'.repeat(20_000)}\nand the last words of a large mail`);
    await world.post({ from: ROMEO, to: `juliet@${world.server.component}` }, large);
    const [id = ''] = /[0-9a-z]{26}/.exec((await juliet.waitFor(hasBody('original '), DEADLINE)).getChildText('body') ?? '') ?? [];
    expect(await readdir(`${world.gateway.storePath}-originals`)).toHaveLength(1);
    await waitUntil('it was tried', () => world.outside.seen.some((line) => line.startsWith('mail bounces')), DEADLINE);

    const file = join(world.gateway.dir, 'night.backup');
    expect(await run('backup', file)).toMatchObject({ code: 0, out: expect.stringMatching(/verified\nIt holds 1 messages that wait, \d+ chat users, 1 original mails/) as string });
    expect((await run('backup', file)).code).toBe(1);
    expect((await run('restore', file, '--force')).out).toContain('Another gateway is running');

    await world.gateway.kill();
    await rm(dirname(world.gateway.storePath), { recursive: true });
    expect(await run('restore', file)).toMatchObject({ code: 0, out: expect.stringContaining('restored and verified') as string });
    juliet.received.length = 0;
    world.outside.behave('mail', 'accept');
    await world.gateway.start();
    const mail = await world.outside.waitForMail(({ raw }) => raw.includes('it waits in the backup'), DEADLINE);
    expect(mail.to).toEqual([ROMEO]);
    await juliet.waitFor(isThere, DEADLINE);
    expect(await ask('burst', /seconds/)).toContain('7 seconds');
    await ask(`original ${id}`, /and the last words of a large mail/);
  }, LONG);

  it('restored with --hold delivers nothing until an administrator has looked', async () => {
    const { world, juliet } = stage;
    const file = join(world.gateway.dir, 'held.backup');
    const queued = async (): Promise<readonly { seq: number; recipient: string }[]> => JSON.parse((await run('queue', 'list', '--json')).out) as { seq: number; recipient: string }[];
    world.outside.behave('mail', () => ({ answer: '451 4.3.0 not now' }));
    juliet.send(chat(world.romeo, 'to-be-looked-at', 'looked at, and good'));
    juliet.send(chat(world.romeo.replace('romeo', 'paris'), 'to-be-dropped', 'better never said'));
    await waitUntil('both wait', async () => (await queued()).length === 2, DEADLINE);
    expect((await run('backup', file)).code).toBe(0);
    await world.gateway.kill();
    expect(await run('restore', file, '--force', '--hold')).toMatchObject({ code: 0, out: expect.stringMatching(/Nothing of it is sent yet[^]*queue release/) as string });
    world.outside.behave('mail', 'accept');
    const before = world.outside.seen.length;
    juliet.received.length = 0;
    await world.gateway.launch();
    await waitUntil('it has started, and says so', async () => /"queue":\{"ok":false,"text":"held since [^"]*: nothing is delivered/.test(await readiness()) && (await readiness()).includes('"connected"'), DEADLINE);
    expect((await run('doctor')).out).toMatch(/PROBLEM {2}gateway: queue: held since .*\n.*stanzapost queue release/);

    await world.post({ from: ROMEO, to: `juliet@${world.server.component}` }, mailText({ From: ROMEO }, 'written while it was held'));
    expect((await run('queue', 'list')).out).toContain('The queue is held since');
    expect(await ask('queue', /^The queue is held since .* UTC: nothing is delivered until "queue release"\./)).toContain('Waiting: 1 to chat');
    const unwanted = (await queued()).find(({ recipient }) => recipient.startsWith('paris'));
    expect((await run('queue', 'drop', String(unwanted?.seq))).code).toBe(0);
    await world.gateway.stop();
    await world.gateway.launch();
    await waitUntil('it has started again', async () => (await readiness()).includes('"connected"'), DEADLINE);
    expect(await ask('queue hold', /^The queue is held since/)).toContain('UTC');
    expect([world.outside.seen.slice(before).filter((line) => line.startsWith('mail')), juliet.received.filter(hasBody('written while it was held'))]).toEqual([[], []]);

    const again = join(world.gateway.dir, 'made-while-held.backup');
    expect((await run('backup', again)).code).toBe(0);
    await world.gateway.stop();
    const restored = await run('restore', again, '--force');
    expect(restored).toMatchObject({ code: 0, out: expect.stringMatching(/Nothing of it is sent yet[^]*queue release/) as string });
    expect(restored.out).not.toContain('is sent when the gateway starts');
    await world.gateway.launch();

    expect((await run('queue', 'release')).out).toContain('what is due goes');
    await world.outside.waitForMail(({ raw }) => raw.includes('looked at, and good'), DEADLINE);
    await juliet.waitFor(hasBody('written while it was held'), DEADLINE);
    await juliet.waitFor(isErrorOn('to-be-dropped'), DEADLINE);
    expect(world.outside.mails.filter(({ raw }) => raw.includes('better never said'))).toEqual([]);
    await waitUntil('the gateway is ready', () => world.gateway.ready(), DEADLINE);
    expect(await ask('queue', /./)).not.toContain('is held since');
  }, LONG);

  it('that was cut or changed is refused by name, and the store stays as it is', async () => {
    const { world } = stage;
    const file = join(world.gateway.dir, 'damaged.backup');
    expect((await run('backup', file)).code).toBe(0);
    await world.gateway.stop();
    const whole = await readFile(file);
    await truncate(file, whole.length - 100);
    expect(await run('restore', file, '--force')).toMatchObject({ code: 1, out: expect.stringContaining(`${file} is cut off`) as string });
    const flipped = Buffer.from(whole);
    flipped[20_000] = (flipped[20_000] ?? 0) ^ 4;
    await writeFile(file, flipped);
    expect(await run('restore', file, '--force')).toMatchObject({ code: 1, out: expect.stringContaining(`${file} is damaged`) as string });
    await world.gateway.start();
    expect(await ask('burst', /seconds/)).toContain('7 seconds');
  }, LONG);

  it('is made by the gateway itself, also for a night that it missed', async () => {
    const { gateway } = stage.world;
    const directory = join(gateway.dir, 'nights');
    await mkdir(directory);
    const past = backupName(Date.now() - 3 * 86_400_000);
    await writeFile(join(directory, past), '');
    await gateway.stop();
    await writeFile(gateway.configPath, (await gateway.configText()).replace('[backup]', `[backup]\ndir = "${directory}"\nkeep = 1`));
    await gateway.start();
    const made = await waitUntil('there is a new one', async () => {
      const names = await readdir(directory);
      return names.length === 1 && names[0] !== past && names[0];
    }, DEADLINE);
    expect((await run('doctor')).out).toMatch(/good {5}backup: the newest in \S+ is \d+ s old/);
    expect(await gateway.metrics()).toMatch(/^stanzapost_backup_newest_timestamp_seconds [1-9]/m);
    await gateway.stop();
    expect((await run('restore', join(directory, made), '--force')).code).toBe(0);
  }, LONG);
});
