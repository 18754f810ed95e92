/**
 * DKIM signatures of a mail (RFC 6376, RFC 8463), checked while it arrives. Our own, since mailauth, which does the rest of
 * the checks, reads the key of a domain anew for each of its mails, and every byte of a header several times over; what it
 * finds good or bad is found so here (test/smtp-in/dkim.test.ts).
 */
import { createHash, verify, type KeyObject } from 'node:crypto';
import { BodyHash, type BodyForm, type Canonicalization } from './dkim-body.js';
import { keyOfRecord } from './dkim-key.js';
import { parseTags } from './dkim-tags.js';
import type { RawField } from './header.js';

/** What one signature says. */
export interface SignatureResult {
  /** Who signed, lower case. */
  readonly domain: string;
  /** It holds for the whole mail as it is shown: for all of the body (no `l=` that ends before it), and From with it (§5.4). */
  readonly sound: boolean;
}

/** Asks for TXT records; rejects as node:dns does. */
export type AskTxt = (name: string, type: 'TXT') => Promise<string[] | string[][]>;

interface Signature {
  readonly field: RawField;
  readonly tags: Readonly<Record<string, string>>;
  readonly domain: string;
  readonly keyName: string;
  readonly algorithm: { readonly key: 'rsa' | 'ed25519'; readonly hash: 'sha256' | 'sha1' };
  readonly head: Canonicalization;
  readonly body: BodyForm;
}

const ALGORITHM = /^(?:(rsa)-(sha256|sha1)|(ed25519)-(sha256))$/i;
const FORM = /^(simple|relaxed)(?:\/(simple|relaxed))?$/i;
const HOST = /^(?=.{1,253}$)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i;
/** More in one mail is no honest sender's doing; each costs a pass over the body. */
const MOST_SIGNATURES = 20;

export class SignatureCheck {
  private readonly signatures: readonly Signature[];
  private readonly bodies = new Map<string, BodyHash>();

  /** @param fields of the whole header */
  constructor(
    private readonly fields: readonly RawField[],
    private readonly ask: AskTxt,
  ) {
    this.signatures = fields.filter(isSignature).slice(0, MOST_SIGNATURES).flatMap(readSignature);
    for (const { body } of this.signatures) this.bodies.set(nameOf(body), new BodyHash(body));
  }

  /** Bytes of the body. */
  write(bytes: Uint8Array): void {
    for (const body of this.bodies.values()) body.update(bytes);
  }

  /** After the whole body. Never rejects: where DNS did not work, the signature is not sound. */
  end(): Promise<SignatureResult[]> {
    return Promise.all(this.signatures.map(async (signature) => ({ domain: signature.domain, sound: await this.isSound(signature) })));
  }

  private async isSound(signature: Signature): Promise<boolean> {
    const { tags } = signature;
    const body = this.bodies.get(nameOf(signature.body));
    const names = (tags.h ?? '').toLowerCase().split(':');
    if (body === undefined || body.digest() !== tags.bh || body.unsigned > 0 || !names.includes('from') || isExpired(tags)) return false;
    const key = await this.keyOf(signature);
    return key !== undefined && key.asymmetricKeyType === signature.algorithm.key && holds(signature, key, signedHeader(this.fields, names, signature));
  }

  private async keyOf({ keyName }: Signature): Promise<KeyObject | undefined> {
    try {
      const [first = []] = await this.ask(keyName, 'TXT');
      return keyOfRecord([first].flat().join(''));
    } catch {
      return undefined; // no key; whoever gave `ask` knows whether DNS worked
    }
  }
}

export function isSignature({ name }: RawField): boolean {
  return name.trim() === 'dkim-signature';
}

/** None for a signature that says too little, or in a way that nobody knows (§6.1.1). */
function readSignature(field: RawField): Signature[] {
  const tags = parseTags(field.value);
  const algorithm = ALGORITHM.exec(tags?.a ?? '');
  const form = FORM.exec(tags?.c ?? 'simple');
  const { d = '', s = '', l = '' } = tags ?? {};
  if (tags === undefined || algorithm === null || form === null || !HOST.test(d) || !HOST.test(s) || !/^\d{0,15}$/.test(l)) return [];
  const [head, bodyForm = 'simple'] = form.slice(1).map((word) => word?.toLowerCase()) as [Canonicalization, Canonicalization | undefined];
  const [key = 'ed25519', hash = 'sha256'] = algorithm.slice(1).map((word) => word?.toLowerCase()) as ['rsa' | undefined, 'sha256' | 'sha1' | undefined];
  const body = { hash, form: bodyForm, most: l === '' ? Infinity : Number(l) };
  return [{ field, tags, domain: d.toLowerCase(), keyName: `${s}._domainkey.${d}`, algorithm: { key, hash }, head, body }];
}

function nameOf({ hash, form, most }: BodyForm): string {
  return `${hash} ${form} ${most}`;
}

/** `x=`: also a signature that ends before it begins. */
function isExpired({ x, t }: Readonly<Record<string, string>>): boolean {
  if (x === undefined || !/^\d{1,15}$/.test(x)) return false;
  return Number(x) * 1_000 < Date.now() || (t !== undefined && Number(x) < Number(t));
}

function holds({ tags, algorithm }: Signature, key: KeyObject, header: Buffer): boolean {
  const signature = Buffer.from(tags.b ?? '', 'base64');
  try {
    if (algorithm.key === 'ed25519') return verify(null, createHash('sha256').update(header).digest(), key, signature);
    return verify(algorithm.hash, header, key, signature);
  } catch {
    return false; // nothing that could be a signature
  }
}

/** §5.4.2: a name that is listed twice means the last field of that name, then the one above it. */
function signedHeader(fields: readonly RawField[], names: readonly string[], { field, head }: Signature): Buffer {
  const left = new Map<string, RawField[]>();
  for (const one of fields) left.set(one.name.trim(), [...(left.get(one.name.trim()) ?? []), one]);
  const signed = names.flatMap((name) => left.get(name)?.pop() ?? []).map(({ raw }) => canonical(raw, head));
  return Buffer.from(`${signed.join('')}${withoutValue(canonical(field.raw, head))}`, 'latin1');
}

/** §3.4.1, §3.4.2. */
function canonical(raw: string, form: Canonicalization): string {
  if (form === 'simple') return raw;
  const colon = raw.indexOf(':');
  const value = raw.slice(colon + 1).replace(/\r\n/g, '').replace(/[ \t]+/g, ' ').replace(/^ | $/g, '');
  return `${raw.slice(0, colon).trim().toLowerCase()}:${value}\r\n`;
}

/** §3.7: the signature's own field with an empty `b=`, and without its line end. */
function withoutValue(field: string): string {
  return field.replace(/\r\n$/, '').replace(/([:;][ \t\r\n]*b[ \t\r\n]*=)[^;]*/, '$1');
}
