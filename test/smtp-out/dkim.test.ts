/** What we sign, another library verifies; what is changed or added afterwards, it refuses. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/failure.js';
import { dkimKey, dkimSign, type DkimKey } from '../../src/smtp-out/dkim.js';
import { worked } from '../worked.js';

const NOW = Date.UTC(2026, 0, 2);
const MAIL = [
  'From: =?utf-8?q?Ann?= <ann@gw.example>',
  'To: bob@there.example',
  'Subject: one',
  '\ttwo   three',
  'Date: Fri, 02 Jan 2026 00:00:00 +0000',
  'Message-ID: <1@gw.example>',
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'Hello  there \t',
  ' 你好',
  '',
  '',
  '',
].join('\r\n');

function keyOf(type: 'rsa' | 'ed25519'): { key: DkimKey; record: string } {
  const { privateKey, publicKey } = type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519');
  const key = dkimKey('gw.example', 'sel1', privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  if (key instanceof Failure) throw new Error(key.text);
  return { key, record: `v=DKIM1; k=${type}; p=${publicPart(publicKey, type)}` };
}

/** RFC 8463 §4: the bare 32 bytes; RSA as SubjectPublicKeyInfo. */
function publicPart(key: KeyObject, type: string): string {
  const der = key.export({ format: 'der', type: 'spki' });
  return (type === 'rsa' ? der : der.subarray(-32)).toString('base64');
}

async function verify(raw: Buffer, record: string): Promise<string[]> {
  const asked: string[] = [];
  const resolver = (name: string): Promise<string[][]> => {
    asked.push(name);
    return name === 'sel1._domainkey.gw.example' ? Promise.resolve([[record]]) : Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
  };
  const { results } = await dkimVerify(raw, { resolver });
  return results.map(({ status, signingDomain }) => `${status.result} ${signingDomain}`);
}

describe.each(['rsa', 'ed25519'] as const)('%s', (type) => {
  const { key, record } = keyOf(type);
  const signed = dkimSign(Buffer.from(MAIL), key, NOW);

  it('verifies', async () => {
    expect(await verify(signed, record)).toEqual(['pass gw.example']);
    expect(signed.toString().endsWith(MAIL)).toBe(true);
  });

  it('still verifies after what relays may do', async () => {
    const relayed = signed.toString().replace('Subject: one\r\n\ttwo   three', 'Subject: one two three').replace('Hello  there \t', 'Hello there');
    expect(await verify(Buffer.from(`Received: by relay\r\n${relayed}`), record)).toEqual(['pass gw.example']);
  });

  it.each([
    ['another body', (mail: string) => mail.replace('Hello', 'Goodbye')],
    ['another subject', (mail: string) => mail.replace('Subject: one', 'Subject: two')],
    ['a second From', (mail: string) => `From: evil@e.example\r\n${mail}`],
    ['a second Subject', (mail: string) => `Subject: evil\r\n${mail}`],
    ['a Reply-To that was not there', (mail: string) => mail.replace('To: bob', 'Reply-To: evil@e.example\r\nTo: bob')],
    ['an In-Reply-To that was not there', (mail: string) => mail.replace('To: bob', 'In-Reply-To: <x@y>\r\nTo: bob')],
  ])('%s is seen', async (_what, change) => {
    expect(await verify(Buffer.from(change(signed.toString())), record)).not.toContain('pass gw.example');
  });

  it('verifies for any text', async () => {
    const text = fc.array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.constantFrom('', ' ', '\t', '.', ' x ', 'a  b')), { maxLength: 8 });
    // mailauth itself takes the byte A0 of a raw UTF-8 header field for white space.
    const title = fc.array(fc.oneof(fc.string({ unit: 'grapheme-ascii', maxLength: 12 }), fc.constantFrom(' ', '\t', ' x ', 'a \t b', 'ü')), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(title, text, async (subject, lines) => {
        const clean = (part: string): string => part.replace(/[\r\n]/g, '');
        const folded = subject.map((part) => clean(part)).filter((part) => /[^ \t]/.test(part)).join('\r\n ');
        const mail = `From: a@gw.example\r\nSubject: ${folded}\r\n\r\n${lines.map((line) => `${clean(line)}\r\n`).join('')}`;
        expect(await verify(dkimSign(Buffer.from(mail), key, NOW), record)).toEqual(['pass gw.example']);
      }),
      { numRuns: 60 },
    );
  });
});

describe('dkimSign', () => {
  const { key } = keyOf('ed25519');

  it('keeps its lines short', () => {
    const [head = ''] = dkimSign(Buffer.from(MAIL), key, NOW).toString().split('\r\nFrom:');
    expect(Math.max(...head.split('\r\n').map((line) => line.length))).toBeLessThan(100);
    expect(head).toContain(`t=${NOW / 1000}`);
  });

  it('takes a body of blank lines in its stride', () => {
    const before = process.cpuUsage();
    dkimSign(Buffer.from(`From: a@gw.example\r\n\r\n${'\r\n'.repeat(300_000)}x${' '.repeat(300_000)}`), key, NOW);
    expect(worked(before)).toBeLessThan(2_000);
  });
});

describe('dkimKey', () => {
  const pem = (bits: number): string => generateKeyPairSync('rsa', { modulusLength: bits }).privateKey.export({ format: 'pem', type: 'pkcs1' }).toString();
  const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

  it.each([
    ['no key', 'gw.example', 's', 'hello'],
    ['an EC key', 'gw.example', 's', ec],
    ['a short key', 'gw.example', 's', pem(768)],
    ['a domain that injects', 'gw.example; x=', 's', pem(1024)],
    ['a selector that injects', 'gw.example', 's\r\nBcc: evil', pem(1024)],
  ])('%s is refused', (_what, domain, selector, text) => {
    expect(dkimKey(domain, selector, text)).toBeInstanceOf(Failure);
  });
});
