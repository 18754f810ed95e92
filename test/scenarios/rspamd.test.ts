/** Mail that a real rspamd has looked at before the gateway takes it, and mail while rspamd is away. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectClient, type TestClient } from '../servers/client.js';
import { GTUBE, startRspamd, type Rspamd } from '../servers/rspamd.js';
import { explainFailures } from './stage.js';
import { chat, DEADLINE, hasBody, mailTo } from './stanzas.js';
import { mailText, SERVERS, startWorld, type World } from './world.js';

const AWAY = 'rspamd does not answer: mail is taken unchecked until it does';
const BACK = 'rspamd answers again';

let rspamd: Rspamd;
beforeAll(async () => {
  rspamd = await startRspamd();
}, 40_000);
afterAll(() => rspamd.stop());

describe.each(SERVERS)('rspamd before %s', (kind) => {
  let world: World;
  let juliet: TestClient;
  explainFailures(() => world);
  beforeAll(async () => {
    world = await startWorld(kind, { settings: { smtp_in: `rspamd = "${rspamd.url}"\nrspamd_timeout = "6s"` } });
    juliet = await connectClient(world.server, 'juliet');
  });
  afterAll(async () => {
    await juliet.close();
    await world.stop();
  });

  let sent = 0;
  /** To Juliet; rejects with what the gateway answers. */
  function post(subject: string, text: string, from = 'romeo@montague.test'): Promise<void> {
    const head = { From: from, To: 'juliet', Subject: subject, 'Message-ID': `<spam-${++sent}@montague.test>` };
    return world.post({ from, to: `juliet@${world.server.component}` }, mailText(head, text));
  }
  const arrives = async (text: string): Promise<string> => (await juliet.waitFor(hasBody(text), DEADLINE)).getChildText('body') ?? '';
  const times = (line: string): number => world.gateway.log().split(`"msg":"${line}"`).length - 1;

  async function doctor(): Promise<string> {
    const { file, args, cwd } = world.gateway.command(['doctor']);
    const { stdout } = await promisify(execFile)(file, args, { cwd }).catch((error: unknown) => error as { stdout: string });
    return stdout;
  }

  it('refuses spam at its end, in the words of rspamd', async () => {
    await expect(post('Offer', GTUBE)).rejects.toThrow('550 5.7.1 Gtube pattern');
    await expect(post('rspamd:soft reject', 'not now')).rejects.toThrow('451 4.7.1 Try again, 4 times');
  });

  it('delivers what rspamd would mark with a mark, and other mail without', async () => {
    await post('rspamd:add header', 'buy two');
    expect(await arrives('buy two')).toBe('[marked as spam]\nSubject: rspamd:add header\n\nbuy two');
    await post('Re: rspamd:none', 'truly yours');
    expect(await arrives('truly yours')).not.toContain('spam]');
  });

  it('puts off a stranger whom rspamd doubts, and takes him whom the user has written to', async () => {
    await expect(post('rspamd:greylist', 'do you know me', 'paris@lax.test')).rejects.toThrow('451 4.7.1 Greylisted: please try again in 300 seconds.');
    juliet.send(chat(`paris%lax.test@${world.server.component}`, 'known', 'I know you'));
    await world.outside.waitForMail(mailTo('paris@lax.test'), DEADLINE);
    await post('rspamd:greylist', 'you know me', 'paris@lax.test');
    await arrives('you know me');
  });

  it('sorts twenty at once', async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => post(`One of twenty, ${i}`, i % 2 === 0 ? GTUBE : `good ${i} of twenty`)));
    expect(results.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 'rejected' : 'fulfilled')));
    for (let i = 1; i < 20; i += 2) await arrives(`good ${i} of twenty`);
  });

  it('is examined by the doctor', async () => {
    expect(await doctor()).toMatch(new RegExp(`good +rspamd: ${rspamd.url} answers \\(rspamd/\\d`));
  });

  it('takes mail unchecked while rspamd is gone, warns once, and checks again', async () => {
    await rspamd.kill();
    for (const i of [1, 2, 3, 4]) await post('Offer', `${GTUBE}\nunchecked ${i}`);
    for (const i of [1, 2, 3, 4]) await arrives(`unchecked ${i}`);
    expect([times(AWAY), times(BACK)]).toEqual([1, 0]);
    const found = await doctor();
    expect(found).toMatch(/PROBLEM +rspamd: .* does not answer \(ECONNREFUSED\)/);
    expect(found).toMatch(/warning +gateway: rspamd: does not answer; mails taken unchecked since then: 4/);
    await rspamd.start();
    await expect(post('Offer', GTUBE)).rejects.toThrow('Gtube');
    expect([times(AWAY), times(BACK)]).toEqual([1, 1]);
  }, 60_000);

  it('takes mail unchecked after a while when rspamd hangs, and checks again', async () => {
    rspamd.suspend();
    try {
      await post('Offer', `${GTUBE}\nhanging`);
    } finally {
      rspamd.resume();
    }
    await arrives('hanging');
    expect(times(AWAY)).toBe(2);
    await expect(post('Offer', GTUBE)).rejects.toThrow('Gtube');
    expect([times(AWAY), times(BACK)]).toEqual([2, 2]);
  }, 60_000);
});
