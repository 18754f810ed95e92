/** Through a real Postfix and back: what the outlet asks of it, and what the inlet hears of it afterwards. */
import { afterEach, describe, expect, it } from 'vitest';
import { newMessageId, type Delivery, type Message } from '../../src/message.js';
import { SmtpOutlet, type SmtpOutOptions } from '../../src/smtp-out/edge.js';
import { Failure } from '../../src/failure.js';
import { startPostfix, type Postfix, type PostfixOptions } from '../servers/postfix.js';
import { startMailSink, type MailSink } from '../servers/smtp-sink.js';
import { waitUntil } from '../servers/wait.js';
import { GATEWAY, LMTP, startInlet, type Started } from '../smtp-in/harness.js';
import { makeCertificates } from './certificates.js';
import { readableLog } from './harness.js';

const DEADLINE_MS = 15_000;
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface World {
  readonly outside: MailSink;
  readonly inlet: Started;
  readonly postfix: Postfix;
  readonly outlet: SmtpOutlet;
}

async function start(protocol: 'smtp' | 'lmtp', options: Partial<PostfixOptions> = {}, out: Partial<SmtpOutOptions> = {}): Promise<World> {
  const outside = await startMailSink();
  closers.push(() => outside.stop());
  const inlet = await startInlet(protocol === 'lmtp' ? { listen: [LMTP] } : {});
  closers.push(() => inlet.inlet.stop(100));
  const postfix = await startPostfix({ relayPort: outside.port, gateway: { domain: GATEWAY.domain, protocol, port: inlet.port }, ...options });
  closers.push(() => postfix.stop());
  const relay = { protocol: 'smtp', host: '127.0.0.1', port: postfix.port } as const;
  const outlet = new SmtpOutlet({ relay, ...out }, { gateway: GATEWAY, log: readableLog().log, clock: Date.now, nameOf: () => Promise.resolve(undefined) });
  closers.push(() => outlet.close());
  return { outside, inlet, postfix, outlet };
}

function deliveryTo(local: string, changes: Partial<Message> = {}): Delivery {
  const now = Date.now();
  const message: Message = {
    id: newMessageId(now),
    source: 'xmpp',
    sender: { kind: 'jid', local: 'alice', domain: GATEWAY.home, resource: '' },
    origin: 'person',
    authenticity: 'verified',
    ids: { stanza: 's1' },
    text: 'Hello\n.\n..\nFrom here 晚安',
    attachments: [],
    acceptedAt: now,
    wantsReceipt: false,
    ...changes,
  };
  return { seq: 1, message, recipient: { kind: 'mail', local, domain: 'there.test' }, outlet: 'smtp', attempts: 0, context: { references: [] } };
}

describe.each(['smtp', 'lmtp'] as const)('Postfix, which hands us our mail by %s', (protocol) => {
  it('reports a failure to the return address of that very message', async () => {
    const { outlet, outside, inlet } = await start(protocol);
    outside.behave('rcpt', (to) => (to.startsWith('gone') ? { answer: '550 5.1.1 She is gone' } : 'accept'));
    const gone = deliveryTo('gone');
    expect(await outlet.deliver(gone)).toEqual({ state: 'handed-over' });
    await waitUntil('the report', () => inlet.intake.reports.length > 0, DEADLINE_MS);
    const [report] = inlet.intake.reports;
    expect(report).toMatchObject({ id: gone.message.id, recipient: 'gone@there.test', state: 'failed', failure: { status: '5.1.1' } });
    expect(report?.failure?.remote).toContain('She is gone');
    expect(inlet.intake.accepted).toEqual([]);
  });

  it('says nothing of what it was not asked about', async () => {
    const { outlet, outside, inlet, postfix } = await start(protocol);
    const asked = deliveryTo('asked', { wantsReceipt: true });
    const plain = deliveryTo('plain');
    await outlet.deliver(plain);
    await outlet.deliver(asked);
    await outside.waitForMail(({ to }) => to.includes('asked@there.test'), DEADLINE_MS);
    await waitUntil('the word on the one that asked', () => postfix.log().includes(`orig_to=<bounces+${asked.message.id}`) || postfix.log().includes(`to=<bounces+${asked.message.id}@${GATEWAY.domain}>`), DEADLINE_MS);
    await waitUntil('it is taken', () => /to=<bounces\+.*status=sent/.test(postfix.log()), DEADLINE_MS);
    expect(postfix.log()).not.toContain(`to=<bounces+${plain.message.id}`);
    // What Postfix knows is that it was relayed to a server that promises no report: no news, and no receipt.
    expect(inlet.intake.reports).toEqual([]);
    expect(inlet.intake.accepted).toEqual([]);
  });

  it('never reports on a report', async () => {
    const { outlet, outside, inlet, postfix } = await start(protocol);
    outside.behave('rcpt', { answer: '550 5.1.1 Nobody' });
    const failure = Failure.permanent('no-such-recipient', 'There is no such user.').toRecord();
    const about = { id: newMessageId(Date.now()), ids: { mail: '<m@there.test>' }, acceptedAt: Date.now(), subject: 'Grüße' };
    const recipient = { kind: 'jid', local: 'alice', domain: GATEWAY.home, resource: '' } as const;
    await outlet.deliver(deliveryTo('sender', { source: 'gateway', origin: 'auto-replied', report: { state: 'failed', about, recipient, failure } }));
    await waitUntil('it is over', () => /from=<>[\s\S]*status=bounced[\s\S]*: removed/.test(postfix.log()), DEADLINE_MS);
    expect(inlet.intake.reports).toEqual([]);
    expect(inlet.intake.accepted).toEqual([]);
  });
});

describe('Postfix with STARTTLS', () => {
  it('takes the mail when its certificate is signed by the authority given, and not otherwise', async () => {
    const { ca, cert, key } = makeCertificates();
    const { outlet, outside } = await start('lmtp', { tls: { cert, key } }, { requireTls: true, ca });
    expect(await outlet.deliver(deliveryTo('bob'))).toEqual({ state: 'handed-over' });
    const mail = await outside.waitForMail(({ to }) => to.includes('bob@there.test'), DEADLINE_MS);
    expect(mail.raw).toContain('with ESMTPS id');
    const stranger = await start('lmtp', { tls: { cert, key } }, { requireTls: true, ca: makeCertificates().ca });
    expect(await stranger.outlet.deliver(deliveryTo('bob'))).toMatchObject({ state: 'deferred' });
  });
});
