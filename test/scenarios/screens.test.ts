/** Who comes for the first time, and who is in a block list: the gateway process, a real DNS server, and clients of several addresses. */
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectClient, type TestClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import { DEADLINE, hasBody } from './stanzas.js';
import { explainFailures } from './stage.js';
import { mailText, SERVERS, startWorld, type World } from './world.js';

const LISTED = '127.0.0.66';
const ROMEO = 'romeo@montague.test';

describe.each(SERVERS)('greylist and block lists on %s', (kind) => {
  let world: World;
  let juliet: TestClient;

  explainFailures(() => world);
  beforeAll(async () => {
    // Of the two lists one answers nothing but errors, all the time.
    world = await startWorld(kind, {
      settings: { smtp_in: 'greylist = "2s"\ndnsbl = ["bl.test", "gone.test"]' },
      zones: { 'bl.test': '66.0.0.127 A 127.0.0.2\n66.0.0.127 TXT "Sent potions. See https://bl.test/66"' },
    });
    juliet = await connectClient(world.server, 'juliet');
  });
  afterAll(async () => {
    await juliet?.close();
    await world?.stop();
  });

  const post = async (from: string, body: string, { to = 'juliet', localAddress = '127.0.0.1' } = {}): Promise<void> => {
    const transport = createTransport({ host: '127.0.0.1', port: world.gateway.smtpPort, name: 'mx.montague.test', ignoreTLS: true, localAddress });
    try {
      await transport.sendMail({ envelope: { from, to: [`${to}@${world.server.component}`] }, raw: mailText({ From: from, Subject: body, 'Message-ID': `<${body.replaceAll(' ', '-')}@montague.test>` }, body) });
    } finally {
      transport.close();
    }
  };
  const taken = (from: string, body: string) =>
    waitUntil('he comes again, and is taken', () => post(from, body).then(() => true, (error: unknown) => (/451 4\.7\.1/.test(String(error)) ? undefined : Promise.reject(error as Error))), DEADLINE);

  it('puts off who is new, takes him when he comes again, and then at once', async () => {
    await expect(post(ROMEO, 'first letter')).rejects.toThrow(/451 4\.7\.1 Greylisted: please try again in [12] seconds/);
    await taken(ROMEO, 'first letter');
    await juliet.waitFor(hasBody('first letter'), DEADLINE);
    await post(ROMEO, 'second letter');
    await juliet.waitFor(hasBody('second letter'), DEADLINE);
    expect(juliet.received.filter(hasBody('first letter'))).toHaveLength(1);
  });

  it('refuses whom a list names, with its words, however often he comes, and not who is answered or writes to nobody', async () => {
    const refused = /550 5\.7\.1 Your address is listed by bl\.test\. Sent potions\. See https:\/\/bl\.test\/66/;
    for (const body of ['one', 'two']) await expect(post('apothecary@montague.test', body, { localAddress: LISTED })).rejects.toThrow(refused);
    await expect(post(ROMEO, 'by a listed machine', { localAddress: LISTED })).rejects.toThrow(refused);
    await expect(post('apothecary@montague.test', 'no', { to: 'no%such%user', localAddress: LISTED })).rejects.toThrow(/550 5\.1\.1/);
    expect(juliet.received.filter(hasBody('by a listed machine'))).toEqual([]);
  });

  it('takes mail as before while a list does not answer, and says so in its log', async () => {
    await post(ROMEO, 'while it is gone');
    await juliet.waitFor(hasBody('while it is gone'), DEADLINE);
    expect(world.gateway.log()).toContain('a block list gave no answer: nobody is refused for it');
    expect(world.gateway.log()).toContain('gone.test');
  });
});
