/** The administrator's day: health, metrics, the queue, a restart under load, a new certificate, and a doctor's visit. */
import { execFile } from 'node:child_process';
import { connect } from 'node:tls';
import { createConnection } from 'node:net';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { connectClient } from '../servers/client.js';
import { waitUntil } from '../servers/wait.js';
import { chat, DEADLINE, errorText, hasBody, isErrorOn, mailTo } from './stanzas.js';
import { setStage } from './stage.js';
import { mailText, SERVERS } from './world.js';

const run = promisify(execFile);

interface Finished {
  readonly code: number;
  readonly out: string;
}

describe.each(SERVERS)('operation on %s', (kind) => {
  const stage = setStage(kind, { smtp_out: 'retry = ["1h"]' });

  async function command(...args: string[]): Promise<Finished> {
    const { file, args: argv, cwd } = stage.world.gateway.command(args);
    try {
      const { stdout } = await run(file, argv, { cwd });
      return { code: 0, out: stdout };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, out: stdout + stderr };
    }
  }

  async function waiting(): Promise<{ seq: number; message: string; recipient: string; lastFailure?: { remote: string } }[]> {
    return JSON.parse((await command('queue', 'list', '--json')).out) as Awaited<ReturnType<typeof waiting>>;
  }

  it('lists, shows, retries and drops what waits, while the gateway runs', async () => {
    stage.world.outside.behave('rcpt', () => ({ answer: '450 4.2.1 Not before noon' }));
    for (const name of ['retried', 'dropped']) stage.juliet.send(chat(`${name}%montague.test@${stage.world.server.component}`, `waits-to-be-${name}`, `to be ${name}`));
    const both = await waitUntil('both were tried', async () => {
      const entries = await waiting();
      return entries.length === 2 && entries.every(({ lastFailure }) => lastFailure !== undefined) && entries;
    }, DEADLINE);
    expect(both.map(({ lastFailure }) => lastFailure?.remote)).toEqual(Array(2).fill(expect.stringContaining('Not before noon')));
    const numberOf = (name: string): string => String(both.find(({ recipient }) => recipient.startsWith(name))?.seq);

    const shown = await command('queue', 'show', numberOf('retried'));
    expect(shown.out).toContain('Not before noon');
    expect(shown.out).not.toContain('to be retried');
    expect((await command('queue', 'list', 'retried@montague.test')).out).toContain('waiting');
    expect((await command('queue', 'incidents', 'dropped@montague.test')).out).toContain('deferred');

    stage.world.outside.behave('rcpt', 'accept');
    expect((await command('queue', 'drop', numberOf('dropped'))).code).toBe(0);
    expect(errorText(await stage.juliet.waitFor(isErrorOn('waits-to-be-dropped'), DEADLINE))).toContain('administrator');
    expect((await command('queue', 'retry', numberOf('retried'))).code).toBe(0);
    await stage.world.outside.waitForMail(mailTo('retried@montague.test'), DEADLINE);
    expect(await waitUntil('nothing waits', async () => (await waiting()).length === 0, DEADLINE)).toBe(true);
    expect((await command('queue', 'show', 'nothing')).code).toBe(1);
    expect((await command('queue', 'paint')).code).toBe(2);
  });

  it('notes what was refused at RCPT, to be looked up by address', async () => {
    await expect(stage.world.post({ from: 'romeo@montague.test', to: 'someone@insecure.test' }, mailText({ From: 'romeo@montague.test' }, 'x'))).rejects.toThrow(/5\.7\.1/);
    expect(await waitUntil('it is noted', async () => (await command('queue', 'incidents', 'someone@insecure.test')).out.includes('refused'), DEADLINE)).toBe(true);
  });

  it('counts for Prometheus', async () => {
    const metrics = await stage.world.gateway.metrics();
    expect(metrics).toMatch(/^stanzapost_deliveries_total\{outlet="smtp",outcome="handed-over"\} [1-9]/m);
    expect(metrics).toMatch(/^stanzapost_xmpp_link_up 1$/m);
  });

  it('is not ready while the XMPP server is away, lives all the same, and is ready again', async () => {
    await stage.world.server.kill();
    await waitUntil('not ready', async () => !(await stage.world.gateway.ready()), DEADLINE);
    expect(await stage.world.gateway.probe('/healthz')).toBe(true);
    await stage.world.server.start();
    await waitUntil('ready again', () => stage.world.gateway.ready(), 30_000);
    stage.juliet = await connectClient(stage.world.server, 'juliet');
  }, 60_000);

  it('drains at SIGTERM: everything that was answered is delivered or kept, and the process ends with 0', async () => {
    const posts = Array.from({ length: 40 }, (_, i) => {
      const raw = mailText({ From: 'romeo@montague.test', 'Message-ID': `<drain-${i}@montague.test>` }, `drain ${i}.`);
      return stage.world.post({ from: 'romeo@montague.test', to: `juliet@${stage.world.server.component}` }, raw).then(() => true, () => false);
    });
    await stage.juliet.waitFor(hasBody('drain '), DEADLINE);
    await stage.world.gateway.stop();
    const answered = (await Promise.all(posts)).flatMap((ok, i) => (ok ? [`drain ${i}.`] : []));
    expect(stage.world.gateway.log()).toContain('"msg":"stopped"');
    await stage.world.gateway.start();
    for (const text of answered) await stage.juliet.waitFor(hasBody(text), DEADLINE);
    expect(stage.juliet.received.filter(hasBody('drain '))).toHaveLength(answered.length);
  }, 60_000);

  it('visits each part as a doctor, and names what is wrong', async () => {
    const good = await command('doctor');
    expect(good.out).toMatch(/XMPP/i);
    expect(good.out).toMatch(/relay/i);
    expect((await command('check')).code).toBe(0);
  });
});

describe('a new certificate', () => {
  const stage = setStage('prosody');

  it('is served after SIGHUP, without a restart', async () => {
    const { gateway } = stage.world;
    const [cert, key] = [join(gateway.dir, 'cert.pem'), join(gateway.dir, 'key.pem')];
    await makeCertificate(cert, key, 'old.test');
    const config = (await gateway.configText()).replace('[smtp_in]', `[smtp_in]\ntls_cert = "${cert}"\ntls_key = "${key}"`);
    await writeFile(gateway.configPath, config);
    await gateway.stop();
    await gateway.start();
    expect(await certificateName(gateway.smtpPort)).toBe('old.test');
    await makeCertificate(cert, key, 'new.test');
    gateway.signal('SIGHUP');
    await waitUntil('the new certificate is served', async () => (await certificateName(gateway.smtpPort)) === 'new.test', DEADLINE);
    expect((await readFile(cert, 'utf8')).length).toBeGreaterThan(0);
  });
});

async function makeCertificate(cert: string, key: string, name: string): Promise<void> {
  await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', `/CN=${name}`]);
}

/** The common name in the certificate that STARTTLS shows. */
async function certificateName(port: number): Promise<string> {
  const socket = createConnection(port, '127.0.0.1').setEncoding('utf8');
  let answers = 0;
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('data', (text: string) => {
      if (/^220 /.test(text) && answers++ === 0) socket.write('EHLO test\r\n');
      else if (/^250 /m.test(text)) socket.write('STARTTLS\r\n');
      else if (/^220 /.test(text)) resolve();
    });
  });
  socket.removeAllListeners('data');
  const secure = connect({ socket, rejectUnauthorized: false });
  await new Promise((resolve, reject) => secure.once('secureConnect', resolve).once('error', reject));
  const name = secure.getPeerCertificate().subject.CN;
  secure.destroy();
  return String(name);
}
