/** TLS and login: what is trusted, what leaves in the clear, and that the password is in no log. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RelayConnection, type ConnectionSettings } from '../../src/smtp-out/connection.js';
import { SmtpFault } from '../../src/smtp-out/fault.js';
import { makeCertificates, type Certificates } from './certificates.js';
import { clientFor, outcomeBy, readableLog, settingsFor } from './harness.js';
import { ScriptedRelay, type RelayScript } from './scripted-relay.js';

const LOGIN = { user: 'gateway', password: 'p4ss wörd' };
const PLAIN = Buffer.from(`\0${LOGIN.user}\0${LOGIN.password}`).toString('base64');
const closers: (() => Promise<void> | void)[] = [];
let tls: Certificates;

beforeAll(() => {
  tls = makeCertificates();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(script: RelayScript): Promise<ScriptedRelay> {
  const relay = await ScriptedRelay.start(script);
  closers.push(() => relay.stop());
  return relay;
}

/** Opens a session; its fault, or 'open'. */
async function open(relay: ScriptedRelay, changes: Partial<ConnectionSettings> = {}, login?: typeof LOGIN): Promise<string> {
  const opened = await RelayConnection.open({ ...settingsFor(relay.port, {}, login), ...changes });
  if (opened instanceof SmtpFault) return `${opened.stage} ${opened.detail}`;
  opened.destroy();
  return 'open';
}

const afterTls = (relay: ScriptedRelay): string[] => relay.commands.slice(relay.commands.indexOf('STARTTLS') + 1);

describe('STARTTLS', () => {
  it('is used where it is offered; the certificate of the MTA beside us need not be known', async () => {
    const relay = await start({ tls });
    expect(await open(relay)).toBe('open');
    expect(relay.commands).toEqual(['EHLO gw.example', 'STARTTLS', 'EHLO gw.example']);
  });

  it('with a CA given, a certificate that it did not sign is refused, also beside us', async () => {
    const relay = await start({ tls });
    expect(await open(relay, { ca: makeCertificates().ca })).toMatch(/^(connect|tls) .*(SIGNATURE|VERIFY|CERT)/i);
    expect(await open(relay, { ca: tls.ca })).toBe('open');
  });

  it('when required and not offered, nothing is sent', async () => {
    const relay = await start({ at: (step) => (step === 'starttls' ? '502 5.5.1 No' : undefined) });
    expect(await open(relay, { requireTls: true })).toBe('tls ETLS');
    expect(relay.commands).toEqual(['EHLO gw.example', 'STARTTLS']);
  });

  it('with a handshake that fails, mail is not sent in the clear instead', async () => {
    const relay = await start({ tls });
    const client = clientFor(settingsFor(relay.port, { ca: makeCertificates().ca }));
    closers.push(() => client.close());
    expect((await outcomeBy(client)).state).toBe('deferred');
    expect(relay.count('mail')).toBe(0);
  });
});

describe('smtps', () => {
  it('is TLS from the first byte', async () => {
    const relay = await start({ tls, implicitTls: true });
    expect(await open(relay, { relay: { protocol: 'smtps', host: '127.0.0.1', port: relay.port }, ca: tls.ca })).toBe('open');
  });

  it('to a plain port is a fault', async () => {
    const relay = await start({});
    expect(await open(relay, { relay: { protocol: 'smtps', host: '127.0.0.1', port: relay.port } })).toMatch(/^(connect|tls) /);
  });
});

describe('login', () => {
  it('follows TLS', async () => {
    const relay = await start({ tls, auth: true });
    expect(await open(relay, {}, LOGIN)).toBe('open');
    expect(afterTls(relay)).toEqual(['EHLO gw.example', `AUTH PLAIN ${PLAIN}`]);
  });

  it('a relay that offers none is a fault, not a session without login', async () => {
    const relay = await start({ tls });
    expect(await open(relay, {}, LOGIN)).toBe('login AUTH is not offered');
  });

  it('what fails it, the password is in no log and in no failure, even when the relay says it back', async () => {
    const words = `535 5.7.8 no: ${LOGIN.password} / ${PLAIN} / ${Buffer.from(LOGIN.password).toString('base64')}`;
    const relay = await start({ tls, auth: true, at: (step) => (step === 'auth' ? words : undefined) });
    const { log, text } = readableLog();
    const client = clientFor(settingsFor(relay.port, { ca: tls.ca }, LOGIN), log);
    closers.push(() => client.close());
    const outcome = await outcomeBy(client);
    const verified = await client.verify();
    const everything = text() + JSON.stringify([outcome, verified]);
    expect(text()).toContain(`535 5.7.8 no: [hidden] / [hidden]${'='.repeat(PLAIN.split('=').length - 1)} / [hidden]`);
    expect(outcome.state).toBe('deferred');
    for (const secret of [LOGIN.password, PLAIN, Buffer.from(LOGIN.password).toString('base64').replace(/=+$/, '')]) expect(everything).not.toContain(secret);
  });
});
