/** Machines that answer each other, mail that comes back, floods of bounces, and a stolen account: each ends, and where is counted. */
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../faults/row.js';
import { Answerer, Bot, settledCount } from '../../faults/talkers.js';
import { connectClient, type TestClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { befriend } from './attendance.js';
import { SECOND, startPair } from './gateway-pair.js';
import type { GatewayProcess } from './gateway-process.js';
import { chat, condition, DEADLINE, errorText, hasBody, isErrorOn, mailTo } from './stanzas.js';
import { explainFailures } from './stage.js';
import { mailText, SERVERS, startServer, startWorld, type ServerKind, type World } from './world.js';

/** Messages between a pair of machines within an hour. */
const MOST = 3;
const QUIET_MS = 2_500;
const LONG = 60_000;
const AWAY = 'I am on holiday until Monday. This message was written by a program.';

type Closer = Pick<Context, 'cleanUp'> & { readonly close: () => Promise<void> };

/** What is opened is closed with the last story. */
function closer(): Closer {
  const opened: (() => Promise<unknown>)[] = [];
  return {
    cleanUp: (stop) => void opened.push(stop),
    close: async () => {
      for (const stop of opened.reverse()) await stop();
    },
  };
}

function dsnFor(returnAddress: string, n: number): string {
  const report = ['Reporting-MTA: dns; mx.montague.test', '', 'Final-Recipient: rfc822; storm@montague.test', 'Action: failed', 'Status: 5.1.1', 'Diagnostic-Code: smtp; 550 5.1.1 no such user', ''];
  const body = ['--b', 'Content-Type: text/plain', '', 'It failed.', '--b', 'Content-Type: message/delivery-status', '', ...report, '--b--', ''].join('\r\n');
  const head = { From: 'MAILER-DAEMON@montague.test', To: returnAddress, 'Message-ID': `<dsn-${n}@montague.test>`, 'MIME-Version': '1.0', 'Content-Type': 'multipart/report; report-type=delivery-status; boundary=b' };
  return mailText(head, body);
}

describe.each(SERVERS)('one gateway on %s', (kind) => {
  const context = closer();
  let world: World;
  let juliet: TestClient;
  explainFailures(() => world);
  beforeAll(async () => {
    world = await startWorld(kind, { settings: { limits: 'chat_correspondents = "12/1h 12/1d"' } });
    juliet = await connectClient(world.server, 'juliet');
  }, LONG);
  afterAll(async () => {
    await juliet?.close();
    await context.close();
    await world?.stop();
  });
  const contact = (name: string): string => `${name}%montague.test@${world.server.component}`;
  const user = (name: string): string => `${name}@${world.server.component}`;
  const refusal = async (mail: Promise<unknown>): Promise<string> => mail.then(() => 'accepted', (error: unknown) => (error as { response: string }).response);

  it('takes a mail that has been round for long no further', async () => {
    const rounds = Array.from({ length: 51 }, (_, i) => `Received: from a by b id ${i}; Fri, 27 Nov 2026 00:00:00 +0000`).join('\r\n');
    const round = `${rounds}\r\n${mailText({ From: 'romeo@montague.test', 'Message-ID': '<round@montague.test>' }, 'round and round')}`;
    expect(await refusal(world.post({ from: 'romeo@montague.test', to: user('juliet') }, round))).toMatch(/^554 5\.4\.6/);
  });

  it('of 1,000 bounces for one message tells one, and answers none of them', async () => {
    juliet.send(chat(contact('storm'), 'a-message-for-the-storm', 'stormy'));
    const sent = await world.outside.waitForMail(mailTo('storm@montague.test'), DEADLINE);
    const before = world.outside.mails.length;
    for (let batch = 0; batch < 10; batch++) {
      await Promise.all(Array.from({ length: 100 }, (_, i) => world.post({ from: '', to: sent.from }, dsnFor(sent.from, batch * 100 + i))));
    }
    await juliet.waitFor(isErrorOn('a-message-for-the-storm'), DEADLINE);
    const errors = (): number => juliet.received.filter(isErrorOn('a-message-for-the-storm')).length;
    expect(await settledCount(() => errors() + world.outside.mails.length, 1_000)).toBe(1 + before);
  }, LONG);

  it('of bounces to mail that others sent in her name lets 100 an hour through, and letters with them', async () => {
    const bounce = (n: number): string => mailText({ From: 'MAILER-DAEMON@montague.test', 'Auto-Submitted': 'auto-replied', 'Message-ID': `<back-${n}@montague.test>` }, `scattered ${n}.`);
    const answers = await Promise.all(Array.from({ length: 150 }, (_, n) => refusal(world.post({ from: '', to: user('juliet') }, bounce(n)))));
    expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(100);
    expect(new Set(answers.map((answer) => answer.replace(/ in \d.*/, '')))).toEqual(new Set(['accepted', '450 4.7.1 Too many bounces and automatic answers come for this user; try again']));
    await world.post({ from: 'romeo@montague.test', to: user('juliet') }, mailText({ From: 'romeo@montague.test', 'Message-ID': '<letter@montague.test>' }, 'a letter all the same'));
    await juliet.waitFor(hasBody('a letter all the same'), DEADLINE);
    expect(juliet.received.filter(hasBody('scattered ')).length).toBe(100);
  }, LONG);

  it('sends no bounce for a bounce: to nobody, for nobody', async () => {
    const before = world.outside.mails.length;
    for (let n = 0; n < 20; n++) await refusal(world.post({ from: '', to: user('nobody-here') }, dsnFor(user('nobody-here'), n)));
    expect(await settledCount(() => world.outside.mails.length, 1_000)).toBe(before);
  }, LONG);

  it('stops a bot and what answers it by mail: with a header, without one, and by what it wrote itself', async () => {
    const bot = new Bot(context, world.server, 'romeo', 'I did not understand you. Say "help" for help.');
    await bot.online();
    const heads: Readonly<Record<string, Record<string, string>>> = { polite: { 'Auto-Submitted': 'auto-replied' }, rude: {} };
    const answerer = new Answerer(context, world.outside, world.gateway.smtpPort, (me) => {
      const [name = ''] = me.split('@');
      return heads[name] && { head: heads[name], text: AWAY, after: 0 };
    });
    // The third is a forwarder that sends all it gets to where it came from: our own mail comes back.
    const mirrored = mirror(world, 'mirror@montague.test', () => user('romeo'));
    context.cleanUp(mirrored.stop);
    for (const name of ['polite', 'rude', 'mirror']) bot.say(contact(name));
    await settledCount(() => world.outside.mails.length, QUIET_MS);
    const figures = { polite: answerer.got.get('polite@montague.test') ?? 0, rude: answerer.got.get('rude@montague.test') ?? 0, mirror: mirrored.count(), errors: bot.errors };
    console.log(`${kind}: mails of a bot to a vacation responder, to one without a header, to a mirror; errors told to it: ${JSON.stringify(figures)}`);
    for (const name of ['polite', 'rude', 'mirror'] as const) {
      expect(figures[name]).toBeGreaterThan(0);
      expect(figures[name]).toBeLessThanOrEqual(MOST);
    }
  }, LONG);

  it('stops a stolen account at its new correspondents, over a restart too, and not at those who are known', async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `spam-with-number-${i}`);
    ids.forEach((id, i) => juliet.send(chat(contact(`victim${i}`), id, 'buy now')));
    const errors = (): number => ids.filter((id) => juliet.received.some(isErrorOn(id))).length;
    const mails = (): number => world.outside.mails.filter(({ to }) => to.some((one) => one.startsWith('victim'))).length;
    await waitUntil('each has gone or was refused', () => errors() + mails() === ids.length, DEADLINE);
    // "storm" was the first of the twelve.
    expect([mails(), errors()]).toEqual([11, 9]);
    const error = juliet.received.find(isErrorOn('spam-with-number-19'))!;
    expect(condition(error)).toBe('wait policy-violation');
    expect(errorText(error)).toMatch(/^You have written to too many new people; try again in \d+ (hours|minutes)\.$/);
    expect(await world.gateway.metrics()).toContain('stanzapost_limit_refusals_total{limit="chat_correspondents"} 9');
    await world.gateway.stop();
    await world.gateway.start();
    juliet.send(chat(contact('victim-after'), 'spam-after-a-restart', 'buy now'));
    juliet.send(chat(contact('victim1'), 'to-one-who-is-known', 'known after a restart'));
    await juliet.waitFor(isErrorOn('spam-after-a-restart'), DEADLINE);
    await world.outside.waitForMail(({ raw }) => raw.includes('known after a restart'), DEADLINE);
  }, LONG);

  it('puts off who tries names, whatever he names', async () => {
    const tries = await Promise.all(Array.from({ length: 110 }, (_, i) => refusal(world.post({ from: 'x@lax.test', to: user(`no!${i}`) }, 'Subject: x\r\n\r\nx\r\n'))));
    expect(tries.filter((answer) => answer.startsWith('550 5.1.1'))).toHaveLength(100);
    expect(await refusal(world.post({ from: 'x@lax.test', to: user('juliet') }, 'Subject: x\r\n\r\nx\r\n'))).toMatch(/^450 4\.7\.1 Your address has tried too many recipients that do not exist; try again in \d/);
  }, LONG);
});

/** Somebody's provider sends all of it on to where it came from. */
function mirror(world: World, me: string, to: () => string): { count: () => number; stop: () => Promise<void> } {
  let going = true;
  let next = 0;
  let count = 0;
  const running = (async () => {
    while (going) {
      for (const mail of world.outside.mails.slice(next)) {
        if (!mail.to.includes(me) || count > 50) continue;
        count++;
        await world.post({ from: me, to: to() }, `Received: from a by mx.montague.test; ${new Date().toUTCString()}\r\n${mail.raw}`).catch(() => undefined);
      }
      next = world.outside.mails.length;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    count: () => count,
    stop: () => {
      going = false;
      return running;
    },
  };
}

/** On one server. */
async function startTwo(kind: ServerKind, context: Closer): Promise<{ server: XmppServer; first: GatewayProcess; second: GatewayProcess }> {
  const server = await startServer(kind, { components: [SECOND] });
  context.cleanUp(() => server.dispose());
  return { server, ...(await startPair(server, context)) };
}

describe.each(SERVERS)('two gateways on %s, a bot behind each', (kind) => {
  const context = closer();
  let server: XmppServer;
  let first: GatewayProcess;
  explainFailures(() => ({ server, gateway: first }));
  beforeAll(async () => {
    ({ server, first } = await startTwo(kind, context));
  }, LONG);
  afterAll(() => context.close());

  it('exchange three messages at most', async () => {
    const bots = [new Bot(context, server, 'juliet', 'I did not understand you.'), new Bot(context, server, 'romeo', 'How can I help you?')] as const;
    await Promise.all(bots.map((bot) => bot.online()));
    bots[0].say(`romeo%${SECOND}@${server.component}`);
    const heard = (): readonly string[] => bots.flatMap((bot) => bot.heard);
    // The gateways themselves talk to new users, who answer them.
    const passed = (): number => heard().filter((from) => from.includes('%')).length;
    await waitUntil('the first message arrives', () => passed() > 0, DEADLINE);
    const all = await settledCount(() => heard().length, QUIET_MS);
    const count = passed();
    console.log(`${kind}: two gateways: ${count} messages, ${all - count} words of the gateways themselves, ${bots[0].errors + bots[1].errors} refusals told`);
    expect(count).toBeLessThanOrEqual(MOST);
    expect(all - count).toBeLessThanOrEqual(2 * 7);
    expect(bots[0].errors + bots[1].errors).toBeGreaterThan(0);
  }, LONG);
});

describe.each(SERVERS)('two gateways on %s, each the mailbox of a user at the other', (kind) => {
  const context = closer();
  let server: XmppServer;
  let first: GatewayProcess;
  let second: GatewayProcess;
  let clients: Record<'juliet' | 'romeo', TestClient>;
  explainFailures(() => ({ server, gateway: first }));
  beforeAll(async () => {
    ({ server, first, second } = await startTwo(kind, context));
    clients = { juliet: await connectClient(server, 'juliet'), romeo: await connectClient(server, 'romeo') };
  }, LONG);
  afterAll(async () => {
    await Promise.all(Object.values(clients).map((client) => client.close()));
    await context.close();
  });

  /** The code comes to the other in chat, from his own gateway. */
  const bind = async (user: 'juliet' | 'romeo', other: 'juliet' | 'romeo', gateway: string, mailbox: string): Promise<void> => {
    clients[user].send(chat(gateway, `binds-${mailbox}`, `mailbox ${mailbox}`));
    const code = /Code: (\d{4} \d{4})/.exec((await clients[other].waitFor(hasBody('Code: '), DEADLINE)).toString())?.[1] ?? '';
    clients[user].send(chat(gateway, `proves-${mailbox}`, code));
    await clients[user].waitFor(hasBody('is your mailbox now'), DEADLINE);
    clients[user].send(chat(gateway, `asks-for-${mailbox}`, 'offline mailbox'));
    await clients[user].waitFor(hasBody('go to your mailbox'), DEADLINE);
    await befriend(clients[user], gateway);
  };
  const sees = async (gateway: GatewayProcess, online: number): Promise<void> => {
    await waitUntil(`the gateway sees ${online} online`, async () => {
      const text = await gateway.metrics();
      return text.includes('stanzapost_users{presence="known"} 1') && text.includes(`stanzapost_users{presence="online"} ${online}`);
    }, DEADLINE);
  };
  const handedOver = async (gateway: GatewayProcess): Promise<number> => Number(/^stanzapost_deliveries_total\{outlet="smtp",outcome="handed-over"\} (\d+)/m.exec(await gateway.metrics())?.[1] ?? 0);

  it('forward a mail once; it waits there for who was meant, and comes', async () => {
    await bind('juliet', 'romeo', server.component, `romeo@${SECOND}`);
    await bind('romeo', 'juliet', SECOND, `juliet@${server.component}`);
    for (const gateway of [first, second]) await sees(gateway, 1);
    await Promise.all(Object.values(clients).map((client) => client.close()));
    for (const gateway of [first, second]) await sees(gateway, 0);
    const before = (await handedOver(first)) + (await handedOver(second));
    const transport = createTransport({ host: '127.0.0.1', port: first.smtpPort, name: 'mx.montague.test', ignoreTLS: true });
    context.cleanUp(() => Promise.resolve(transport.close()));
    const head = { From: 'ann@montague.test', To: `juliet@${server.component}`, Subject: 'Round', 'Message-ID': '<round-and-round@montague.test>' };
    await transport.sendMail({ envelope: { from: 'ann@montague.test', to: `juliet@${server.component}` }, raw: mailText(head, 'Round and round it goes.') });
    const mails = async (): Promise<number> => (await handedOver(first)) + (await handedOver(second)) - before;
    await waitUntil('it is forwarded', async () => (await mails()) > 0, DEADLINE);
    const rounds = await settledMails(mails);
    console.log(`${kind}: two gateways forwarding to each other: ${rounds} mails`);
    expect(rounds).toBe(1);
    clients.romeo = await connectClient(server, 'romeo');
    const told = await clients.romeo.waitFor(hasBody('Round and round it goes.'), DEADLINE);
    expect(told.attrs.from).toBe(`ann%montague.test@${SECOND}`);
    expect(await mails()).toBe(1);
  }, LONG);
});

/** The count when it has not changed for a while. */
async function settledMails(count: () => Promise<number>): Promise<number> {
  for (let seen = -1; ; ) {
    const now = await count();
    if (now === seen) return now;
    seen = now;
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  }
}
