/** Our check of signatures against mailauth's: signed by mailauth, changed on the way or not, read in pieces. */
import { generateKeyPairSync } from 'node:crypto';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { dkimSign, dkimVerify, type DKIMSignOptions } from 'mailauth';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { SignatureCheck } from '../../src/smtp-in/dkim.js';
import { keyOfRecord } from '../../src/smtp-in/dkim-key.js';
import { splitFields } from '../../src/smtp-in/header.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
const ed = generateKeyPairSync('ed25519');
const spki = (key: typeof rsa.publicKey): Buffer => key.export({ type: 'spki', format: 'der' });
const RECORDS: Readonly<Record<string, string>> = {
  'rsa._domainkey.e.example': `v=DKIM1; k=rsa; p=${spki(rsa.publicKey).toString('base64')}`,
  'ed._domainkey.e.example': `v=DKIM1; k=ed25519; p=${spki(ed.publicKey).subarray(-32).toString('base64')}`,
  'revoked._domainkey.e.example': 'v=DKIM1; p=',
  'other._domainkey.e.example': `v=DKIM1; k=ed25519; p=${spki(rsa.publicKey).toString('base64')}`,
};

function ask(name: string): Promise<string[][]> {
  const record = RECORDS[name];
  return record === undefined ? Promise.reject(Object.assign(new Error('nothing'), { code: 'ENOTFOUND' })) : Promise.resolve([[record]]);
}

interface Signing {
  readonly form: string;
  readonly selector: string;
  readonly headers: string;
  readonly length: number | undefined;
}

async function sign(text: string, { form, selector, headers, length }: Signing): Promise<string> {
  const key = selector === 'ed' ? ed.privateKey : rsa.privateKey;
  const { signatures } = await dkimSign(text, {
    canonicalization: form,
    algorithm: selector === 'ed' ? 'ed25519-sha256' : 'rsa-sha256',
    signTime: new Date(),
    headerList: headers,
    signatureData: [{ signingDomain: 'e.example', selector, privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(), ...(length !== undefined && { maxBodyLength: length }) }],
  } as unknown as DKIMSignOptions);
  return signatures + text;
}

async function theirs(mail: string): Promise<boolean[]> {
  const { results } = await dkimVerify(Readable.from([Buffer.from(mail, 'latin1')]), { resolver: ask });
  const signed = results as unknown as { signingDomain?: string; status: { result: string; underSized?: number }; signingHeaders?: { keys: string } }[];
  return signed
    .filter(({ signingDomain }) => signingDomain !== undefined)
    .map(({ status, signingHeaders }) => status.result === 'pass' && !status.underSized && /(?:^|[:\s])from(?:[:\s]|$)/i.test(signingHeaders?.keys ?? ''));
}

async function ours(mail: string, size = mail.length): Promise<boolean[]> {
  const end = mail.indexOf('\r\n\r\n') + 2;
  const check = new SignatureCheck(splitFields(Buffer.from(mail.slice(0, end), 'latin1')), ask);
  const body = Buffer.from(mail.slice(end + 2), 'latin1');
  for (let at = 0; at < body.length; at += size) check.write(body.subarray(at, at + size));
  return (await check.end()).map(({ sound }) => sound);
}

const BODY = ['', '', 'text', 'two  words', ' leads', 'trails  ', '\t', ' \t ', 'tab\there', 'x'.repeat(200), '.', 'c\u00e9'];
const FIELDS = ['Subject: a', 'Subject:  b  c ', 'SUBJECT :d', 'To: x@y.example', 'X-Long: a\r\n\tb\r\n  c ', 'X-Empty:'];
const bodies = fc.array(fc.constantFrom(...BODY), { maxLength: 8 }).map((lines) => lines.map((line) => `${line}\r\n`).join(''));
const heads = fc.array(fc.constantFrom(...FIELDS), { maxLength: 5 }).map((fields) => ['From: x@e.example', ...fields, ''].join('\r\n'));
const signings = fc.record({
  form: fc.constantFrom('relaxed/relaxed', 'relaxed/simple', 'simple/simple', 'simple/relaxed'),
  selector: fc.constantFrom('rsa', 'rsa', 'ed', 'ed', 'revoked', 'other', 'nowhere'),
  headers: fc.constantFrom('From:Subject:To', 'From:Subject:Subject:X-Long', 'Subject:To', 'From:X-Empty:Nothing:From'),
  length: fc.constantFrom(undefined, undefined, undefined, 0, 5, 30),
});
/** Each as it might be on the way. */
const CHANGES: readonly ((mail: string) => string)[] = [
  (mail) => mail,
  (mail) => mail,
  (mail) => `${mail}\r\n\r\n`,
  (mail) => `${mail}more\r\n`,
  (mail) => mail.replace('two  words', 'two words'),
  (mail) => mail.replace('trails  ', 'trails'),
  (mail) => mail.replace('text', 'Text'),
  (mail) => mail.replace('From: x@', 'From: y@'),
  (mail) => mail.replace('To: x@y', 'To:  x@y'),
  (mail) => mail.replace('Subject: a\r\n', 'subject:a\r\n'),
  (mail) => `Subject: new\r\n${mail}`,
  (mail) => mail.replace('\r\n\r\n', '\r\nSubject: new\r\n\r\n'),
];

describe('signatures', () => {
  // mailauth tells the standard output of an `l=` that is longer than the body.
  const told = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  afterAll(() => told.mockRestore());

  test('hold or do not as mailauth has it', { timeout: 60_000 }, async () => {
    let sound = 0;
    await fc.assert(
      fc.asyncProperty(heads, bodies, signings, fc.constantFrom(...CHANGES), fc.integer({ min: 1, max: 50 }), async (head, body, signing, change, size) => {
        const mail = change(await sign(`${head}\r\n${body}`, signing));
        const expected = await theirs(mail);
        if (expected[0] === true) sound++;
        expect(await ours(mail)).toEqual(expected);
        expect(await ours(mail, size)).toEqual(expected);
      }),
      { numRuns: 600 },
    );
    expect(sound).toBeGreaterThan(50);
  });

  test.each([
    ['which is expired', (field: string) => field.replace('; t=', '; x=1000; t=')],
    ['which names a tag twice', (field: string) => field.replace('; s=', '; d=victim.example; s=')],
    ['of a name that is no host', (field: string) => field.replace('d=e.example', "d=e.example'a.attack.example")],
    ['by a method nobody knows', (field: string) => field.replace('rsa-sha256', 'rsa-md5')],
    ['without a list of fields', (field: string) => field.replace(/ h=[^;]*;/, '')],
  ])('one %s is not sound', async (_, change) => {
    const mail = await sign('From: x@e.example\r\n\r\nhello\r\n', { form: 'relaxed/relaxed', selector: 'rsa', headers: 'From', length: undefined });
    expect(await ours(mail)).toEqual([true]);
    expect((await ours(change(mail))).includes(true)).toBe(false);
  });

  test('blank lines without number cost no more than their length', async () => {
    const mail = await sign('From: x@e.example\r\n\r\nhello\r\n', { form: 'relaxed/relaxed', selector: 'rsa', headers: 'From', length: undefined });
    const started = process.cpuUsage();
    expect(await ours(mail + '\r\n'.repeat(2_000_000), 65_536)).toEqual([true]);
    expect(process.cpuUsage(started).user).toBeLessThan(1_500_000);
  });
});

describe('keys', () => {
  test.each([
    ['RSA of 512 bits', `v=DKIM1; p=${spki(generateKeyPairSync('rsa', { modulusLength: 512 }).publicKey).toString('base64')}`],
    ['another version', `v=DKIM2; p=${spki(rsa.publicKey).toString('base64')}`],
    ['an elliptic curve', `v=DKIM1; p=${generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`],
    ['no key', 'v=DKIM1; p=AAAA'],
    ['nothing', ''],
  ])('%s is not taken', (_, record) => expect(keyOfRecord(record)).toBeUndefined());

  test('a record is read once', () => {
    const record = `k=rsa; p=${spki(rsa.publicKey).toString('base64')}`;
    expect(keyOfRecord(record)).toBeDefined();
    expect(keyOfRecord(record)).toBe(keyOfRecord(record));
  });
});
