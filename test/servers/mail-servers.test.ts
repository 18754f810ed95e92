/** The mail side's servers: the sink and its misbehaviour, a private Postfix, a DNS server. */
import { execFile } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { startDns } from './dns.js';
import { startPostfix } from './postfix.js';
import { startMailSink, type Behaviour } from './smtp-sink.js';
import { accepts } from './wait.js';

const DEADLINE_MS = 10_000;
const run = promisify(execFile);

/** Sends with swaks; its transcript, also when it fails. */
async function swaks(port: number, to: string, from = 'sender@outside.test'): Promise<string> {
  const args = ['--server', '127.0.0.1', '--port', String(port), '--from', from, '--to', to, '--header', 'Subject: hello', '--timeout', '2s'];
  return run('swaks', args).then(({ stdout }) => stdout, (error: { stdout: string; stderr: string }) => error.stdout + error.stderr);
}

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of cleanUp.splice(0).reverse()) await stop();
});

async function sinkForTest(): ReturnType<typeof startMailSink> {
  const sink = await startMailSink();
  cleanUp.push(() => sink.stop());
  return sink;
}

describe('the mail sink', () => {
  test('keeps envelope and bytes', async () => {
    const sink = await sinkForTest();
    await swaks(sink.port, 'a@b.test,c@d.test');
    const mail = await sink.waitForMail(({ to }) => to.includes('c@d.test'), DEADLINE_MS);
    expect(mail).toMatchObject({ from: 'sender@outside.test', to: ['a@b.test', 'c@d.test'] });
    expect(mail.raw).toContain('\r\nSubject: hello\r\n');
  });

  test.each<[Behaviour, string | RegExp, number]>([
    [{ answer: '450 4.2.0 later' }, '<** 450 4.2.0 later', 0],
    [{ answer: '554 5.7.1 never' }, '<** 554 5.7.1 never', 0],
    ['drop', /Remote host closed connection|Connection reset/, 0],
    ['keep-and-drop', /Remote host closed connection|Connection reset/, 1],
    ['hang', /[Tt]imeout/, 0],
  ])('at the final dot: %j', async (behaviour, transcript, kept) => {
    const sink = await sinkForTest();
    sink.behave('data', behaviour);
    expect(await swaks(sink.port, 'a@b.test')).toMatch(transcript);
    expect(sink.mails).toHaveLength(kept);
  });

  test('refuses one recipient of two', async () => {
    const sink = await sinkForTest();
    sink.behave('rcpt', (address) => (address === 'full@b.test' ? { answer: '452 4.2.2 full' } : 'accept'));
    expect(await swaks(sink.port, 'full@b.test,a@b.test')).toContain('452 4.2.2 full');
    expect(sink.mails[0]?.to).toEqual(['a@b.test']);
  });

  test('another takes its place on the same port', async () => {
    const first = await startMailSink();
    await first.stop();
    const second = await startMailSink(first.port);
    cleanUp.push(() => second.stop());
    await swaks(second.port, 'a@b.test');
    expect(second.mails).toHaveLength(1);
  });
});

describe('Postfix', () => {
  test('relays outside, hands the gateway its domain, and bounces to it', async () => {
    const outside = await sinkForTest();
    const gateway = await sinkForTest();
    const postfix = await startPostfix({
      relayPort: outside.port,
      gateway: { domain: 'mail.example.test', protocol: 'smtp', port: gateway.port },
    });
    cleanUp.push(() => postfix.stop());
    await swaks(postfix.port, 'friend@outside.test');
    await outside.waitForMail(({ to }) => to.includes('friend@outside.test'), DEADLINE_MS);
    await swaks(postfix.port, 'juliet@mail.example.test');
    await gateway.waitForMail(({ to }) => to.includes('juliet@mail.example.test'), DEADLINE_MS);
    outside.behave('rcpt', { answer: '550 5.1.1 nobody here' });
    await swaks(postfix.port, 'nobody@outside.test', 'romeo@mail.example.test');
    const bounce = await gateway.waitForMail(({ from, to }) => from === '' && to.includes('romeo@mail.example.test'), DEADLINE_MS);
    expect(bounce.raw).toMatch(/^Diagnostic-Code: smtp; 550 5\.1\.1 nobody here/m);
    await postfix.stop();
    expect(await accepts(postfix.port)).toBe(false);
  });
});

describe('the DNS server', () => {
  test('serves its zones and refuses the rest, until it is stopped', async () => {
    const dns = await startDns({ 'sender.test': '@ TXT "v=spf1 -all"\nmx A 192.0.2.1', 'other.test': '@ MX 10 mx.sender.test.' });
    const resolver = new Resolver({ timeout: 500, tries: 1 });
    resolver.setServers([`127.0.0.1:${dns.port}`]);
    expect(await resolver.resolveTxt('sender.test')).toEqual([['v=spf1 -all']]);
    expect(await resolver.resolveMx('other.test')).toEqual([{ exchange: 'mx.sender.test', priority: 10 }]);
    await expect(resolver.resolve4('absent.sender.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolver.resolve4('unknown.test')).rejects.toMatchObject({ code: 'EREFUSED' });
    await dns.stop();
    await expect(resolver.resolveTxt('sender.test')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
