import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Io } from '../../src/commands/command.js';
import { doctor } from '../../src/commands/doctor.js';
import type { Finding } from '../../src/commands/doctor/finding.js';
import { isFailure } from '../../src/failure.js';
import { createLog } from '../../src/log.js';
import { startAdminListener } from '../../src/web/admin.js';
import { ComponentStream } from '../../src/xmpp/stream.js';
import { startDns, type DnsServer } from '../servers/dns.js';
import { claimPort, claimPorts } from '../servers/ports.js';
import { startProsody } from '../servers/prosody.js';
import { startMailSink, type MailSink } from '../servers/smtp-sink.js';
import type { XmppServer } from '../servers/xmpp-server.js';
import { makeCertificates } from '../smtp-out/certificates.js';
import { openStore } from '../store/files.js';
import { chat, romeo } from '../store/samples.js';
import { directory } from './cli.js';

const DKIM = generateKeyPairSync('ed25519');
const PUBLIC = createPublicKey(DKIM.privateKey).export({ type: 'spki', format: 'der' }).subarray(12).toString('base64');

let server: XmppServer;
let dns: DnsServer;
let sink: MailSink;
beforeAll(async () => {
  const records = ['mail MX 10 mx', 'mx A 127.0.0.1', 'mail TXT "v=spf1 mx -all"', `good._domainkey.mail TXT "v=DKIM1; k=ed25519; p=${PUBLIC}"`, 'bad._domainkey.mail TXT "v=DKIM1; p=AAAA"'];
  [server, dns, sink] = await Promise.all([
    startProsody(),
    startDns({ 'example.test': records.join('\n'), 'bare.test': '@ A 127.0.0.1', 'null.test': '@ MX 0 .', 'dangling.test': '@ MX 10 nowhere', 'empty.test': '' }),
    startMailSink(),
  ]);
});
afterAll(() => Promise.all([server.dispose(), dns.stop(), sink.stop()]));

type Keys = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Runs it on a configuration in which everything is good, but for `keys`. */
async function examine(keys: Keys = {}, dir = directory()): Promise<{ code: number; findings: Finding[]; text: string }> {
  const [listen = 0, admin = 0] = await claimPorts(2);
  const good: Keys = {
    xmpp: { service: `xmpp://127.0.0.1:${server.componentPort}`, domain: server.component, home: server.domain, secret: server.secret },
    access: { admins: ['juliet@example.test'] },
    smtp_in: { listen: [`127.0.0.1:${listen}`], dns: [`127.0.0.1:${dns.port}`] },
    smtp_out: { relay: `smtp://127.0.0.1:${sink.port}` },
    web: { admin_listen: `127.0.0.1:${admin}` },
    store: { url: `sqlite:${join(dir, 'store.db')}` },
  };
  const path = join(dir, 'stanzapost.toml');
  const sections = Object.entries(good).map(([name, table]) => {
    const lines = Object.entries({ ...table, ...keys[name] }).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
    return [`[${name}]`, ...lines].join('\n');
  });
  writeFileSync(path, sections.join('\n'), { mode: 0o600 });
  const json = await run('--json', '--config', path);
  return { code: json.code, findings: JSON.parse(json.out) as Finding[], text: json.out };
}

async function run(...args: string[]): Promise<{ code: number; out: string }> {
  const out: string[] = [];
  const io: Io = { out: (line) => void out.push(line), err: (line) => void out.push(line), env: {} };
  const { values } = parseArgs({ args, options: doctor.options });
  return { code: await doctor.run({ options: values, positionals: [] }, io), out: out.join('\n') };
}

const about = (findings: readonly Finding[], part: string): Finding | undefined => findings.find((finding) => finding.part === part);

test('with everything in order each part is good and the exit code 0', async () => {
  const dir = directory();
  writeFileSync(join(dir, 'dkim.pem'), DKIM.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const dkim = { dkim_domain: server.component, dkim_selector: 'good', dkim_key_file: join(dir, 'dkim.pem') };
  const { code, findings } = await examine({ smtp_out: dkim }, dir);
  expect(findings.filter(({ state }) => state !== 'good')).toEqual(['certificate', 'backup', 'links'].map((part) => expect.objectContaining({ part, state: 'skipped' }) as object));
  expect(findings.map(({ part }) => part)).toEqual(['XMPP server', 'upload service', 'relay', 'DNS', 'MX', 'SPF', 'DKIM', 'certificate', 'store', 'backup', 'listeners', 'links']);
  expect(code).toBe(0);
  expect(sink.mails).toEqual([]);
});

test('for a person: a line for each part, with the mend below what is wrong', async () => {
  const dir = directory();
  await examine({ xmpp: { service: `xmpp://127.0.0.1:${await claimPort()}` } }, dir);
  const { out } = await run('--config', join(dir, 'stanzapost.toml'));
  expect(out).toMatch(/^PROBLEM {2}XMPP server: nobody listens on 127\.0\.0\.1:\d+\n {9}mend: start the XMPP server, or /m);
  expect(out).toMatch(/^good {5}relay: smtp:\/\/127\.0\.0\.1:\d+ answers; no SMTPUTF8|^good {5}relay: smtp:\/\/127\.0\.0\.1:\d+ answers/m);
});

test.each([
  ['a wrong secret', { secret: 'not-the-right-one' }, /refuses the secret/, /make xmpp\.secret and xmpp\.domain the same/],
  ['a domain that the server does not know', { domain: 'other.example.test' }, /knows no component of this domain|refuses the secret/, /component block/],
])('%s', async (_name, xmpp, text, mend) => {
  const { code, findings, text: all } = await examine({ xmpp });
  expect(about(findings, 'XMPP server')).toMatchObject({ state: 'problem', text: expect.stringMatching(text) as string, mend: expect.stringMatching(mend) as string });
  expect(code).toBe(1);
  expect(all).not.toContain('not-the-right-one');
});

test('a port that takes connections and says nothing', async () => {
  const mute = createServer().listen(0, '127.0.0.1');
  await once(mute, 'listening');
  onTestFinished(() => void mute.close());
  mute.on('connection', (socket) => socket.end('220 not XMPP\r\n').on('error', () => undefined));
  const { findings } = await examine({ xmpp: { service: `xmpp://127.0.0.1:${(mute.address() as { port: number }).port}` } });
  expect(about(findings, 'XMPP server')).toMatchObject({ state: 'problem', mend: expect.stringContaining('5347') as string });
});

test('another component holds the domain: it is told, and the other keeps its link', async () => {
  let ended = false;
  const held = await new Promise<ComponentStream>((resolve, reject) => {
    const options = { service: `xmpp://127.0.0.1:${server.componentPort}`, domain: server.component, secret: server.secret, connectDeadline: 10_000 };
    const stream = new ComponentStream(options, Date.now, {
      online: () => resolve(stream),
      ended: (end) => { ended = true; reject(new Error(end.text)); },
      ...{ stanza: () => undefined, drain: () => undefined, bug: () => undefined },
    });
  });
  onTestFinished(() => held.close(1_000));
  const { findings } = await examine();
  expect(about(findings, 'XMPP server')).toMatchObject({ state: 'problem', text: expect.stringContaining('has a connection for this domain already') as string });
  expect(ended).toBe(false);
});

test.each([
  ['User-agent: *\nDisallow: /\n', 'good', 'leads to the gateway'],
  ['<h1>Welcome to nginx</h1>', 'problem', 'answered by something else (status 200)'],
  [undefined, 'problem', 'cannot be reached from here'],
])('where links lead: %j is %s', async (body, state, text) => {
  const admin = await startAdminListener({ host: '127.0.0.1', port: 0 }, { health: () => ({ live: true, ready: true, parts: {} }), metrics: () => '' }, createLog('fatal'));
  if (isFailure(admin)) throw new Error(admin.text);
  onTestFinished(() => admin.close());
  const front = createHttpServer((_request, response) => void (body === undefined ? response.destroy() : response.end(body))).listen(0, '127.0.0.1');
  await once(front, 'listening');
  onTestFinished(() => void front.close());
  const { port } = front.address() as AddressInfo;
  const { findings } = await examine({ web: { admin_listen: `127.0.0.1:${admin.port}`, listen: '127.0.0.1:9', public_url: `http://127.0.0.1:${port}/x` } });
  expect(about(findings, 'links')).toMatchObject({ state, text: expect.stringContaining(text) as string });
});

test('a running gateway is asked, and neither its link nor its ports are touched', async () => {
  const parts = { xmpp: { ok: true, text: 'connected' }, relay: { ok: false, text: 'cannot be reached' } };
  const admin = await startAdminListener({ host: '127.0.0.1', port: 0 }, { health: () => ({ live: true, ready: false, parts }), metrics: () => '' }, createLog('fatal'));
  if (isFailure(admin)) throw new Error(admin.text);
  onTestFinished(() => admin.close());
  const before = server.log().length;
  const { code, findings } = await examine({ web: { admin_listen: `127.0.0.1:${admin.port}` } });
  expect(findings.slice(0, 3)).toEqual([
    { part: 'gateway: xmpp', state: 'good', text: 'connected' },
    { part: 'gateway: relay', state: 'problem', text: 'cannot be reached', mend: 'look into the log of the gateway' },
    { part: 'XMPP server', state: 'skipped', text: 'a gateway is running and holds the link' },
  ]);
  expect(about(findings, 'listeners')?.state).toBe('skipped');
  expect(server.log().slice(before)).not.toContain('component');
  expect(code).toBe(1);
});

test('a relay that is away, and one that does not let us in', async () => {
  const away = await examine({ smtp_out: { relay: `smtp://127.0.0.1:${await claimPort()}` } });
  expect(about(away.findings, 'relay')).toMatchObject({ state: 'problem', text: expect.stringContaining('ECONNREFUSED') as string });
  const login = await examine({ smtp_out: { user: 'u', password: 'hunter2-hunter2' } });
  expect(about(login.findings, 'relay')).toMatchObject({ state: 'problem', text: expect.stringContaining('fails at the login') as string });
  expect(login.text).not.toContain('hunter2');
  const tls = await examine({ smtp_out: { require_tls: true } });
  expect(about(tls.findings, 'relay')).toMatchObject({ state: 'problem', text: expect.stringContaining('fails at the tls') as string });
});

test.each([
  ['bare.test', 'MX', 'warning', 'has no MX record; mail goes to its address'],
  ['null.test', 'MX', 'problem', 'says that it takes no mail (RFC 7505)'],
  ['dangling.test', 'MX', 'problem', 'nowhere.dangling.test of dangling.test has no address'],
  ['empty.test', 'MX', 'problem', 'has neither an MX record nor an address'],
  ['empty.test', 'SPF', 'warning', 'has no SPF record'],
])('DNS of %s: %s', async (domain, part, state, text) => {
  const { findings } = await examine({ xmpp: { domain, service: `xmpp://127.0.0.1:${await claimPort()}` } });
  expect(about(findings, part)).toMatchObject({ state, text: expect.stringContaining(text) as string });
});

test('a DKIM key that is not the one in DNS', async () => {
  const dir = directory();
  writeFileSync(join(dir, 'dkim.pem'), DKIM.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const dkim = { dkim_domain: server.component, dkim_key_file: join(dir, 'dkim.pem') };
  const other = await examine({ smtp_out: { ...dkim, dkim_selector: 'bad' } }, dir);
  expect(about(other.findings, 'DKIM')).toMatchObject({ state: 'problem', text: expect.stringContaining('has another public key') as string, mend: expect.stringContaining(`p=${PUBLIC}`) as string });
  const none = await examine({ smtp_out: { ...dkim, dkim_selector: 'none' } }, dir);
  expect(about(none.findings, 'DKIM')).toMatchObject({ state: 'problem', text: expect.stringContaining('has no TXT record') as string });
});

test('a DNS server that does not answer', async () => {
  const { findings } = await examine({ smtp_in: { dns: [`127.0.0.1:${await claimPort()}`] } });
  expect(about(findings, 'DNS')).toMatchObject({ state: 'problem', text: expect.stringContaining('does not answer') as string });
});

test('certificates', async () => {
  const dir = directory();
  const [one, other] = [makeCertificates(), makeCertificates()];
  const file = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const judge = async (tls_cert: string, tls_key: string): Promise<Finding | undefined> => about((await examine({ smtp_in: { tls_cert, tls_key } }, dir)).findings, 'certificate');
  const [cert, key] = [file('cert.pem', one.cert), file('key.pem', one.key)];
  expect(await judge(cert, key)).toMatchObject({ state: 'warning', text: expect.stringContaining('expires in 1 d') as string });
  expect(await judge(cert, file('other.pem', other.key))).toMatchObject({ state: 'problem', text: expect.stringContaining('is not the key of') as string });
  expect(await judge(key, key)).toMatchObject({ state: 'problem', text: expect.stringContaining('is no certificate') as string });
  expect(await judge(cert, cert)).toMatchObject({ state: 'problem', text: expect.stringContaining('is no private key') as string });
  const make = (...args: string[]): void => {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'k', '-out', 'c', '-subj', '/CN=x', ...args], { cwd: dir, stdio: 'pipe' });
  };
  make('-days', '90', '-addext', `subjectAltName=DNS:${server.component}`);
  expect(await judge(join(dir, 'c'), join(dir, 'k'))).toMatchObject({ state: 'good', text: expect.stringMatching(/good for (89|90) d/) as string });
  make('-days', '90', '-addext', 'subjectAltName=DNS:other.example');
  expect(await judge(join(dir, 'c'), join(dir, 'k'))).toMatchObject({ state: 'warning', text: expect.stringContaining('is for DNS:other.example, not for') as string });
});

test('a store with what waits in it, a damaged one, and a place where none can be', async () => {
  const dir = directory();
  const store = await openStore(join(dir, 'store.db'));
  await store.accept([chat(romeo, { acceptedAt: Date.now() - 7_200_000 })]);
  expect(about((await examine({}, dir)).findings, 'store')).toMatchObject({ state: 'good', text: expect.stringMatching(/is whole; 1 deliveries wait, the oldest for 2 h$/) as string });
  await store.close();
  writeFileSync(join(dir, 'broken.db'), 'SQLite format 3\0 and then nothing that makes sense'.padEnd(9_000, 'x'));
  const url = (path: string): Keys => ({ store: { url: `sqlite:${path}` } });
  expect(about((await examine(url(join(dir, 'broken.db')))).findings, 'store')).toMatchObject({ state: 'problem', text: expect.stringContaining('is damaged') as string });
  expect(about((await examine(url('/nowhere/x.db'))).findings, 'store')).toMatchObject({ state: 'problem', mend: expect.stringContaining('mkdir -m 700 /nowhere') as string });
});

test('a port that another program holds', async () => {
  const { findings } = await examine({ smtp_in: { listen: [`127.0.0.1:${sink.port}`] } });
  expect(about(findings, 'listeners')).toMatchObject({ state: 'problem', text: `cannot listen on 127.0.0.1:${sink.port} (EADDRINUSE)` });
});

test('rspamd: another server at its address, and nobody there; not told of where it is not asked', async () => {
  const rspamd = (port: number): Keys => ({ smtp_in: { rspamd: `http://127.0.0.1:${port}` } });
  const other = createHttpServer((_, response) => void response.end('It works!')).listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  expect(about((await examine(rspamd((other.address() as AddressInfo).port))).findings, 'rspamd')).toMatchObject({ state: 'problem', text: expect.stringContaining('is something else (status 200)') as string, mend: expect.stringContaining('start rspamd') as string });
  expect(about((await examine(rspamd(sink.port))).findings, 'rspamd')).toMatchObject({ state: 'problem' });
  expect(about((await examine(rspamd(await claimPort()))).findings, 'rspamd')).toMatchObject({ state: 'problem', text: expect.stringContaining('does not answer (ECONNREFUSED)') as string });
});
