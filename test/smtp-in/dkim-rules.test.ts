/** What RFC 6376 §6.1 and RFC 8301 ask of a signature and its key beyond that it holds: signatures written here, tag by tag. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SignatureCheck } from '../../src/smtp-in/dkim.js';
import { splitFields } from '../../src/smtp-in/header.js';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
const P = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const BODY = 'hello\r\n';
const FROM = 'From: x@e.example\r\n';
const TAGS = 'v=1; a=rsa-sha256; d=e.example; s=s; h=from';

interface Parts {
  readonly tags?: string;
  readonly records?: readonly string[];
  /** Other fields of the header. */
  readonly more?: string;
  /** What comes behind `b=`. */
  readonly after?: string;
}

/** Signs with simple/simple and checks. */
async function check({ tags = TAGS, records = [`p=${P}`], more = '', after = '' }: Parts): Promise<boolean> {
  const hash = tags.includes('-sha1') ? 'sha1' : 'sha256';
  const field = `DKIM-Signature: ${tags}; bh=${createHash(hash).update(BODY).digest('base64')}; b=`;
  const value = sign(hash, Buffer.from(`${FROM}${field}${after.trimStart()}`, 'latin1'), privateKey).toString('base64');
  const fields = splitFields(Buffer.from(`${field}${value}${after}\r\n${FROM}${more}`, 'latin1'));
  const signatures = new SignatureCheck(fields, () => Promise.resolve(records.map((record) => [record])));
  signatures.write(Buffer.from(BODY));
  return (await signatures.end()).some(({ sound }) => sound);
}

describe('a signature', () => {
  test.each([
    ['as it should be', TAGS],
    ['for somebody of its domain', `${TAGS}; i=x@e.example`],
    ['for a domain below its own', `${TAGS}; i=@News.E.example`],
    ['with copied fields that look like tags', `${TAGS}; z=From:x@e.example|Subject:b=3Dc`],
    ['with a time, and an end that is not there yet', `${TAGS}; t=1000; x=99999999999`],
  ])('%s is sound', async (_, tags) => expect(await check({ tags })).toBe(true));

  test('with tags behind `b=`, folded, is sound', async () => expect(await check({ after: '\r\n ;\r\n\tt=1000 ; ' })).toBe(true));

  test.each([
    ['by SHA-1, which is refused (RFC 8301 §3.1)', TAGS.replace('sha256', 'sha1')],
    ['of no version', TAGS.replace('v=1; ', '')],
    ['of another version', TAGS.replace('v=1', 'v=2')],
    ['for another domain', `${TAGS}; i=@victim.example`],
    ['for a domain that ends alike', `${TAGS}; i=@evile.example`],
    ['for the domain above', `${TAGS.replace('d=e.', 'd=n.e.')}; i=@e.example`],
    ['for nobody', `${TAGS}; i=e.example`],
    ['with an end that is no number', `${TAGS}; x=soon`],
    ['with a time that is no number', `${TAGS}; t=-5`],
    ['with a tag name in odd blanks', `${TAGS};\u00a0t=5`],
  ])('%s is not', async (_, tags) => expect(await check({ tags })).toBe(false));
});

describe('a key', () => {
  test.each([
    ['for all that there is', [`v=DKIM1; h=sha1:sha256; s=*; t=s; k=rsa; n=note; p=${P}`]],
    ['for mail', [`s=other : email; h= sha256; p=${P}`]],
    ['beside records of other things', ['v=spf1 -all', 'v=DKIM1; p=', `p=${P}`]],
    ['with flags nobody knows', [`t=q:z; p=${P}`]],
  ])('%s is taken', async (_, records) => expect(await check({ records })).toBe(true));

  test.each([
    ['for SHA-1 only', [`h=sha1; p=${P}`]],
    ['not for mail', [`s=tlsrpt; p=${P}`]],
    ['that is tested: as if nothing were signed (§3.6.1)', [`t=s:y; p=${P}`]],
    ['with a version that does not come first', [`p=${P}; v=DKIM1`]],
    ['that is there twice in a record', [`p=; p=${P}`]],
    ['of another kind', [`k=ed25519; p=${P}`]],
    ['too long to be one', [`n=${'x'.repeat(20_000)}; p=${P}`]],
  ])('%s is not', async (_, records) => expect(await check({ records })).toBe(false));

  test('with t=s speaks for its own domain only', async () => {
    const tags = `${TAGS}; i=@news.e.example`;
    expect([await check({ tags }), await check({ tags, records: [`t=s; p=${P}`] })]).toEqual([true, false]);
    expect(await check({ tags: `${TAGS}; i=@e.example`, records: [`t=s; p=${P}`] })).toBe(true);
  });

  test('of Ed25519 says so: without k= it is RSA', async () => {
    const ed = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
    expect(await check({ tags: TAGS.replace('rsa', 'ed25519'), records: [`p=${ed}`] })).toBe(false);
  });
});

test('a field more from another name, as its bytes say, is none of the signed ones', async () => {
  expect(await check({ more: 'From\u00a0: y@e.example\r\n' })).toBe(true);
});

test('fields without number cost no more than their length', async () => {
  const started = process.cpuUsage();
  expect(await check({ more: 'a:\r\n'.repeat(60_000) })).toBe(true);
  expect(process.cpuUsage(started).user).toBeLessThan(1_500_000);
});
