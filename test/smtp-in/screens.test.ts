/** What clients are asked for at RCPT: DNS block lists by a real DNS server, and the greylist on a real store. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { pino } from 'pino';
import { SparingLog } from '../../src/log.js';
import { blockLists, listName } from '../../src/smtp-in/dnsbl.js';
import { greylist } from '../../src/smtp-in/greylist.js';
import { CachingResolver, type DnsResolver } from '../../src/smtp-in/resolver.js';
import type { Screen } from '../../src/smtp-in/screen.js';
import type { SmtpInOptions } from '../../src/smtp-in/options.js';
import { startDns, type DnsServer } from '../servers/dns.js';
import { freshPath, openHere } from '../store/files.js';
import { DAY, T0 } from '../store/samples.js';
import { startInlet, Wire } from './harness.js';

/** Says hello as one from outside, and names recipients. */
async function rcpt(screens: readonly Screen[], to: readonly string[] = ['alice@gw.example.org'], options: Partial<SmtpInOptions> = { trustedPeers: [] }, from = 'x@e.example'): Promise<string[]> {
  const { inlet, port } = await startInlet(options, undefined, screens);
  onTestFinished(() => inlet.stop(0));
  const wire = await Wire.open(port);
  await wire.hello();
  await wire.say(`MAIL FROM:<${from}>\r\n`);
  const replies: string[] = [];
  for (const one of to) replies.push((await wire.say(`RCPT TO:<${one}>\r\n`)).trim());
  wire.close();
  return replies;
}

describe('a DNS block list', () => {
  let dns: DnsServer;
  const log: string[] = [];
  const trouble = new SparingLog(pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }));
  const lists = (names: readonly string[]): Screen => blockLists(names, resolver(), trouble);
  const resolver = (): DnsResolver => new CachingResolver({ servers: [`127.0.0.1:${dns.port}`], timeoutMs: 500, tries: 1 }, Date.now);
  const me = '1.0.0.127';

  beforeAll(async () => {
    dns = await startDns({
      'yes.bl.test': `${me} A 127.0.0.2\n${me} TXT "See https://yes.bl.test/?ip=127.0.0.1" " \\195\\188"`,
      'mute.bl.test': `${me} A 127.0.0.10`,
      'no.bl.test': '2.0.0.127 A 127.0.0.2',
      'public.bl.test': `${me} A 127.255.255.254\n${me} TXT "Error: open resolver"`,
      'parked.bl.test': '* A 192.0.2.80',
    });
  });
  afterAll(() => dns.stop());

  it('refuses whom it lists, with its name and its words', async () => {
    expect(await rcpt([lists(['no.bl.test', 'yes.bl.test'])])).toEqual(['550 5.7.1 Your address is listed by yes.bl.test. See https://yes.bl.test/?ip=127.0.0.1']);
    expect(await rcpt([lists(['mute.bl.test'])])).toEqual(['550 5.7.1 Your address is listed by mute.bl.test.']);
  });

  it('that lists nobody, knows only errors, is parked, or does not answer, refuses nobody', async () => {
    expect(await rcpt([lists(['no.bl.test', 'public.bl.test', 'parked.bl.test', 'not-served.test'])])).toEqual([expect.stringMatching(/^250 /)]);
    expect(log.join('')).toContain('the block list public.bl.test does not answer our DNS server');
    expect(log.join('')).toContain('a block list gave no answer');
  });

  it('that is silent holds up nobody for long', async () => {
    const silent: DnsResolver = { resolve: () => new Promise(() => undefined) };
    expect(await rcpt([blockLists(['slow.test'], silent, trouble, 50)])).toEqual([expect.stringMatching(/^250 /)]);
  });

  it('is not asked about our own MTAs, nor for answers to our mail, nor for those who do not exist', async () => {
    expect(await rcpt([lists(['yes.bl.test'])], undefined, { trustedPeers: ['127.0.0.1'] })).toEqual([expect.stringMatching(/^250 /)]);
    expect(await rcpt([lists(['yes.bl.test'])], ['bounces+1@gw.example.org', 'nobody@gw.example.org'])).toEqual([expect.stringMatching(/^250 /), expect.stringMatching(/^550 5.1.1/)]);
  });

  it.each([
    ['192.0.2.99', '99.2.0.192'],
    ['::ffff:192.0.2.99', '99.2.0.192'],
    // The example of RFC 5782 §2.4.
    ['2001:db8:1:2:3:4:567:89ab', 'b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2'],
    ['2001:DB8::1', '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2'],
    ['', undefined],
  ])('is asked about %s as %s', (address, name) => {
    expect(listName(address)).toBe(name);
  });
});

describe('the greylist', () => {
  const wait = 300_000;
  const path = (): { path: string; time: number } => ({ path: freshPath(), time: T0 });

  /** One who comes at this time. */
  async function comes(here: { path: string; time: number; knows?: boolean }, from = 'x@e.example', to = 'alice@gw.example.org', peer?: string): Promise<string> {
    const { store } = openHere(here.path);
    const screen = greylist({ rows: store.greylist, wait, clock: () => here.time, knows: () => Promise.resolve(here.knows === true) });
    const [reply = ''] = await rcpt([(caller) => screen(peer === undefined ? caller : { ...caller, peer })], [to], { trustedPeers: [] }, from);
    await store.close();
    return reply;
  }

  it('puts off who is new, lets in who comes again, and knows him after a restart', async () => {
    const here = path();
    expect(await comes(here)).toBe('451 4.7.1 Greylisted: please try again in 300 seconds.');
    here.time += wait - 1_000;
    expect(await comes(here)).toBe('451 4.7.1 Greylisted: please try again in 1 seconds.');
    here.time += 1_000;
    expect(await comes(here)).toMatch(/^250 /);
    here.time += 35 * DAY;
    expect(await comes(here)).toMatch(/^250 /);
    here.time += 35 * DAY;
    expect(await comes(here)).toMatch(/^250 /);
    here.time += 37 * DAY;
    expect(await comes(here)).toMatch(/^451 /);
  });

  it('takes another sender, another recipient and another network for new, and another machine of the network not', async () => {
    const here = path();
    await comes(here, undefined, undefined, '192.0.2.7');
    here.time += wait;
    expect(await comes(here, 'y@e.example', undefined, '192.0.2.7')).toMatch(/^451 /);
    expect(await comes(here, undefined, 'bob@gw.example.org', '192.0.2.7')).toMatch(/^451 /);
    expect(await comes(here, undefined, undefined, '192.0.3.7')).toMatch(/^451 /);
    expect(await comes(here, undefined, undefined, '192.0.2.250')).toMatch(/^250 /);
  });

  it('trusts a network that has come again several times', async () => {
    const here = path();
    for (let i = 0; i < 5; i++) await comes(here, `x${i}@e.example`);
    here.time += wait;
    for (let i = 0; i < 5; i++) expect(await comes(here, `x${i}@e.example`)).toMatch(/^250 /);
    expect(await comes(here, 'new@e.example')).toMatch(/^250 /);
  });

  it('lets in at once whom the recipient has a conversation with; a null sender waits like others', async () => {
    expect(await comes({ ...path(), knows: true })).toMatch(/^250 /);
    expect(await comes({ ...path(), knows: true }, '')).toMatch(/^451 /);
  });

  it('forgets who never came again, and what is past its time', async () => {
    const here = path();
    await comes(here);
    await comes(here, 'y@e.example');
    here.time += wait;
    await comes(here);
    const { store, db } = openHere(here.path);
    const rows = (): unknown => db.prepare('SELECT COUNT(*) FROM greylist').pluck().get();
    expect(rows()).toBe(3);
    await store.prune(here.time + 3 * DAY);
    expect(rows()).toBe(2);
    await store.prune(here.time + 37 * DAY);
    expect(rows()).toBe(0);
  });
});
