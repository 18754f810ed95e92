/** SPF, DKIM and DMARC against a real DNS server with zones of our own, over a real socket. */
import { generateKeyPairSync } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { dkimSign, type DKIMSignOptions } from 'mailauth';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatAddress } from '../../src/address.js';
import { CachingResolver, type DnsResolver } from '../../src/smtp-in/resolver.js';
import { startDns, type DnsServer } from '../servers/dns.js';
import { mail, startInlet, Wire, type Started } from './harness.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsaText = rsa.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const ed = generateKeyPairSync('ed25519');
const edText = ed.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
const quoted = (text: string): string => (text.match(/.{1,200}/g) ?? []).map((part) => `"${part}"`).join(' ');
const KEYS = `ed._domainkey TXT "v=DKIM1; k=ed25519; p=${edText}"\nrsa._domainkey TXT ${quoted(`v=DKIM1; k=rsa; p=${rsaText}`)}\n`;
const SPF = '@ TXT "v=spf1 ip4:127.0.0.2 -all"\n';

let dns: DnsServer;
beforeAll(async () => {
  dns = await startDns({
    'e.example': `${SPF}${KEYS}sub ${SPF.slice(2)}_dmarc TXT "v=DMARC1; p=reject"\n`,
    'victim.example': '@ TXT "v=spf1 -all"\n_dmarc TXT "v=DMARC1; p=REJECT; pct=100"\n',
    'quarantine.example': '@ TXT "v=spf1 -all"\n_dmarc TXT "v=DMARC1; p=quarantine"\n',
    'testing.example': '_dmarc TXT "v=DMARC1; p=reject; pct=0"\n',
    'subs.example': '_dmarc TXT "v=DMARC1; p=none; sp=reject"\n',
    'plain.example': `${SPF}${KEYS}`,
    'strict.example': `sub ${SPF.slice(2)}${KEYS}_dmarc TXT "v=DMARC1; p=reject; adkim=s; aspf=s"\n`,
    'broken.example': '@ TXT "v=spf1 include:nowhere.refused.example -all"\n',
    'client.example': SPF,
  });
});
afterAll(() => dns.stop());

let started: Started;
let wire: Wire;
const resolver = (port = dns.port): DnsResolver =>
  new CachingResolver({ servers: [`127.0.0.1:${port}`], timeoutMs: 200, tries: 1 }, Date.now);

async function start(dnsResolver: DnsResolver, peer: string, options = {}): Promise<void> {
  started = await startInlet({ verify: true, trustedPeers: [], ...options }, dnsResolver);
  wire = await Wire.open(started.port, peer);
  await wire.hello();
}
afterEach(async () => {
  wire.close();
  await started.inlet.stop(100);
});

async function deliver(text: string, from = 'x@e.example'): Promise<string> {
  await wire.envelope(from);
  return wire.say(`${text}.\r\n`);
}

const verdict = (): string | undefined => started.intake.accepted.at(-1)?.message.authenticity;

interface Signing {
  readonly domain?: string;
  readonly selector?: 'ed' | 'rsa';
  readonly headers?: string;
  readonly length?: number;
}

async function signed(text: string, { domain = 'e.example', selector = 'ed', headers, length }: Signing = {}): Promise<string> {
  const key = selector === 'ed' ? ed.privateKey : rsa.privateKey;
  const { signatures, errors } = await dkimSign(text, {
    canonicalization: 'relaxed/relaxed',
    algorithm: selector === 'ed' ? 'ed25519-sha256' : 'rsa-sha256',
    signTime: new Date(),
    ...(headers !== undefined && { headerList: headers }),
    signatureData: [
      { signingDomain: domain, selector, privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(), ...(length !== undefined && { maxBodyLength: length }) },
    ],
  } as unknown as DKIMSignOptions);
  expect(errors).toEqual([]);
  return signatures + text;
}

describe('SPF', () => {
  beforeEach(() => start(resolver(), '127.0.0.2'));

  it.each([
    ['of the From domain', mail(), 'x@e.example', 'verified'],
    ['of a domain below it', mail(), 'x@sub.e.example', 'verified'],
    ['of the From domain, which has no policy', mail({ From: 'x@plain.example' }), 'x@plain.example', 'verified'],
    ['of another domain, no policy', mail({ From: 'x@plain.example' }), 'x@e.example', 'unverified'],
    ['of another domain, quarantine', mail({ From: 'x@quarantine.example' }), 'x@e.example', 'unverified'],
    ['of another domain, a policy that is only tried out', mail({ From: 'x@testing.example' }), 'x@e.example', 'unverified'],
    ['of the name in EHLO, with a null return path', mail({ From: 'x@client.example' }), '', 'verified'],
  ])('%s', async (_, text, from, authenticity) => {
    expect(await deliver(text, from)).toMatch(/^250 /);
    expect(verdict()).toBe(authenticity);
  });

  it.each([
    ['another domain, reject', mail({ From: 'ceo@victim.example' }), 'x@e.example'],
    ['a domain below one that says so for those', mail({ From: 'x@a.subs.example' }), 'x@e.example'],
    ['a domain below it, strict', mail({ From: 'x@strict.example' }), 'x@sub.strict.example'],
    ['nothing', mail({ From: 'ceo@victim.example' }), 'ceo@victim.example'],
  ])('of %s is refused', async (_, text, from) => {
    expect(await deliver(text, from)).toMatch(/^550 5\.7\.1 /);
    expect(started.intake.refusals).toMatchObject([{ failure: { reason: 'forged-sender' } }]);
  });

  it.each([
    'ceo@victim.example, x@e.example',
    '<ceo@victim.example x@e.example>',
    '<@e.example,@b:ceo@victim.example>',
    'Board: ceo@victim.example, x@e.example;',
    'x@e.example\r\nFrom: ceo@victim.example',
    'ceo@victim.example\r\nFrom : x@e.example',
    '"ceo@victim.example x"@e.example',
    'ceo@ｖictim.example',
    'CEO',
  ])('of the one, and a From field of tricks, is refused: %j', async (from) => {
    expect(await deliver(mail({ From: from }))).toMatch(/^550 5\.6\.0 /);
    expect(started.intake.accepted).toHaveLength(0);
  });

  it('takes a name that looks like an address for a name', async () => {
    expect(await deliver(mail({ From: '"ceo@victim.example" <x@e.example>' }))).toMatch(/^250 /);
    expect(started.intake.accepted[0]?.message).toMatchObject({ sender: { local: 'x', domain: 'e.example' }, authenticity: 'verified' });
  });
});

describe('DKIM', () => {
  beforeEach(() => start(resolver(), '127.0.0.3'));

  it.each([
    ['Ed25519', {}],
    ['RSA', { selector: 'rsa' }],
  ] as const)('verifies with %s, although SPF fails', async (_, signing) => {
    expect(await deliver(await signed(mail(), signing))).toMatch(/^250 /);
    expect(verdict()).toBe('verified');
  });

  it('verifies a mail of several megabytes as it passes', async () => {
    const text = await signed(mail({}, '0123456789abcdef'.repeat(4).concat('\r\n').repeat(40_000)));
    expect(await deliver(text)).toMatch(/^250 /);
    expect(verdict()).toBe('verified');
  });

  it.each([
    ['a changed body', async () => (await signed(mail())).replace('Hello', 'Hullo')],
    ['a changed From', async () => (await signed(mail())).replace('X <x@', 'Boss <boss@')],
    ['a text put behind the signed part', async () => `${await signed(mail(), { length: 8 })}Send money.\r\n`],
    ['a signature that leaves out From', async () => signed(mail(), { headers: 'subject:to' })],
    ['a signature of another domain', async () => signed(mail(), { domain: 'plain.example' })],
    ['a domain made to look like another', async () => (await signed(mail())).replace(/d=e\.example/, "d=e.example'a.attack.example")],
    ['a selector that is not there', async () => (await signed(mail())).replace('s=ed', 's=other')],
    ['no signature', () => Promise.resolve(mail())],
  ])('refuses %s where the policy says reject', async (_, make) => {
    expect(await deliver(await make())).toMatch(/^550 5\.7\.1 /);
  });

  it('of a domain above does where alignment is relaxed, and not where it is strict', async () => {
    expect(await deliver(await signed(mail({ From: 'x@sub.e.example' })))).toMatch(/^250 /);
    expect(await deliver(await signed(mail({ From: 'x@sub.strict.example' }), { domain: 'strict.example' }))).toMatch(/^550 5\.7\.1 /);
    expect(await deliver(await signed(mail({ From: 'x@strict.example' }), { domain: 'strict.example' }))).toMatch(/^250 /);
  });
});

describe('the return path of a verified author', () => {
  const returnTo = (): string | undefined => {
    const address = started.intake.accepted.at(-1)?.message.returnTo;
    return address && formatAddress(address);
  };

  it.each([
    ['127.0.0.3', 'his own domain', mail(), 'x@e.example', 'x@e.example'],
    ['127.0.0.3', 'a domain below his', mail(), 'b@bounces.e.example', 'b@bounces.e.example'],
    ['127.0.0.2', 'a service that SPF vouches for', mail(), 'b@client.example', 'b@client.example'],
    ['127.0.0.3', 'a victim', mail(), 'x@victim.example', undefined],
  ])('from %s holds or not, in %s', async (peer, _, text, envelope, expected) => {
    await start(resolver(), peer);
    expect(await deliver(await signed(text), envelope)).toMatch(/^250 /);
    expect(verdict()).toBe('verified');
    expect(returnTo()).toBe(expected);
  });

  it.each([
    ['dmarc=pass header.from=e.example', 'x@e.example', 'x@e.example'],
    ['dmarc=pass header.from=e.example; spf=pass smtp.mailfrom=b@esp.example', 'b@esp.example', 'b@esp.example'],
    ['dmarc=pass header.from=e.example; spf=fail smtp.mailfrom=x@victim.example', 'x@victim.example', undefined],
  ])('holds or not behind an MTA that says %s', async (results, envelope, expected) => {
    await start(resolver(), '127.0.0.1', { trustedPeers: ['127.0.0.1'], trustedAuthserv: 'mx.example.org' });
    await deliver(`Authentication-Results: mx.example.org; ${results}\r\n${mail()}`, envelope);
    expect(verdict()).toBe('verified');
    expect(returnTo()).toBe(expected);
  });

  it('does not make the mail one without', async () => {
    await start(resolver(), '127.0.0.3');
    await deliver(await signed(mail()), 'x@victim.example');
    expect(started.intake.accepted[0]?.message.origin).toBe('person');
  });
});

describe('DNS', () => {
  it('that does not answer defers the mail', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1');
    await once(silent, 'listening');
    await start(resolver(silent.address().port), '127.0.0.2');
    expect(await deliver(mail())).toMatch(/^451 4\.7\.0 /);
    expect(started.intake.accepted).toHaveLength(0);
    silent.close();
  });

  it('that refuses to answer defers the mail, also within an include', async () => {
    await start(resolver(), '127.0.0.2');
    expect(await deliver(mail({ From: 'x@elsewhere.example' }), 'x@elsewhere.example')).toMatch(/^451 4\.7\.0 /);
    expect(await deliver(mail({ From: 'x@broken.example' }), 'x@broken.example')).toMatch(/^451 4\.7\.0 /);
  });

  it('of a stranger that signed too defers nothing', async () => {
    await start(resolver(), '127.0.0.2');
    const twice = await signed(mail({ From: 'x@plain.example' }), { domain: 'signer.refused.example' });
    expect(await deliver(twice)).toMatch(/^250 /);
    expect(verdict()).toBe('unverified');
    const own = await signed(mail({ From: 'x@refused.example' }), { domain: 'refused.example' });
    expect(await deliver(own)).toMatch(/^451 4\.7\.0 /);
  });

  it('is not needed for what is verified without it', async () => {
    await start(resolver(), '127.0.0.2');
    expect(await deliver(await signed(mail()), 'x@broken.example')).toMatch(/^250 /);
    expect(verdict()).toBe('verified');
  });

  it('is asked a bounded number of times, however many signatures there are', async () => {
    let asked = 0;
    const counting: DnsResolver = { resolve: (name, type) => (asked++, resolver().resolve(name, type)) };
    await start(counting, '127.0.0.3');
    const one = (await signed(mail())).split(/(?=^From:)/m)[0] ?? '';
    const many = Array.from({ length: 300 }, (_, i) => one.replace('s=ed', `s=ed${i}`)).join('');
    expect(await deliver(many + mail())).toMatch(/^550 5\.7\.1/);
    expect(asked).toBeGreaterThanOrEqual(20);
    expect(asked).toBeLessThanOrEqual(30);
  });
});

describe('a trusted MTA', () => {
  const result = (text: string): string => `Authentication-Results: mx.example.org;\r\n ${text}\r\n`;
  const trusting = { trustedPeers: ['127.0.0.1'], trustedAuthserv: 'mx.example.org' };

  it.each([
    ['dmarc=pass (p=reject dis=none) header.from=e.example', 'verified'],
    ['spf=fail smtp.mailfrom=z.example; dkim=pass header.d=e.example; dmarc=pass header.from=E.example', 'verified'],
    ['dmarc=none header.from=e.example; dkim=pass header.i=@e.example', 'verified'],
    ['spf=pass smtp.mailfrom=x@e.example', 'verified'],
    ['dmarc=pass header.from=victim.example', 'unverified'],
    ['dmarc=fail header.from=e.example; spf=pass smtp.mailfrom=e.example', 'unverified'],
    ['dkim=pass header.d=other.example; spf=pass smtp.mailfrom=other.example', 'unverified'],
    ['spf=fail (dmarc=pass header.from=e.example) smtp.mailfrom=e.example', 'unverified'],
    ['spf=fail smtp.mailfrom="a; dmarc=pass header.from=e.example"@z.example', 'unverified'],
    ['none', 'unverified'],
  ])('is believed: %s', async (text, authenticity) => {
    await start(resolver(), '127.0.0.1', trusting);
    expect(await deliver(result(text) + mail())).toMatch(/^250 /);
    expect(verdict()).toBe(authenticity);
  });

  it('is believed by its topmost word only, and nobody else by any', async () => {
    await start(resolver(), '127.0.0.1', trusting);
    await deliver(result('dmarc=fail header.from=e.example') + result('dmarc=pass header.from=e.example') + mail());
    expect(verdict()).toBe('unverified');
    await deliver(result('dmarc=pass header.from=e.example').replace('mx.', 'my.') + mail());
    expect(verdict()).toBe('unverified');
    const stranger = await Wire.open(started.port, '127.0.0.3');
    await stranger.hello();
    await stranger.envelope();
    expect(await stranger.say(`${result('dmarc=pass header.from=e.example')}${mail()}.\r\n`)).toMatch(/^550 5\.7\.1/);
    stranger.close();
  });

  describe('without a name of its own to sign with', () => {
    beforeEach(() => start(resolver(), '127.0.0.1', { trustedPeers: ['127.0.0.1'] }));

    it.each([
      ['a signature of the From domain', () => signed(mail()), 'verified'],
      ['one of a domain above it', () => signed(mail({ From: 'x@sub.e.example' })), 'verified'],
      ['one of a domain above it that is strict', () => signed(mail({ From: 'x@sub.strict.example' }), { domain: 'strict.example' }), 'unverified'],
      ['one of another domain', () => signed(mail(), { domain: 'plain.example' }), 'unverified'],
      ['one that is broken', async () => (await signed(mail())).replace('Hello', 'Hullo'), 'unverified'],
      ['none, and a policy that says reject', () => Promise.resolve(mail({ From: 'ceo@victim.example' })), 'unverified'],
      ['none, but results of a stranger', () => Promise.resolve(result('dmarc=pass header.from=e.example') + mail()), 'unverified'],
    ])('counts by %s', async (_, make, authenticity) => {
      expect(await deliver(await make())).toMatch(/^250 /);
      expect(verdict()).toBe(authenticity);
    });

    it('asks no DNS for a mail without a signature', async () => {
      expect(await deliver(mail({ From: 'x@elsewhere.example' }))).toMatch(/^250 /);
      expect(verdict()).toBe('unverified');
    });
  });

  it('of which nothing is checked vouches for all', async () => {
    await start(resolver(), '127.0.0.1', { trustedPeers: ['127.0.0.1'], verify: false });
    await deliver(mail());
    expect(verdict()).toBe('verified');
  });
});
