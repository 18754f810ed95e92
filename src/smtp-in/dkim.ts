/**
 * DKIM signatures of a mail (RFC 6376, RFC 8463), checked while it arrives. Our own, since mailauth, which does the rest of
 * the checks, reads the key of a domain anew for each of its mails, and every byte of a header several times over; what it
 * finds good or bad is found so here (test/smtp-in/dkim.test.ts).
 */
import { createHash, verify, type KeyObject } from 'node:crypto';
import { BodyHash, type BodyForm, type Canonicalization } from './dkim-body.js';
import { keyOfRecord, type SigningKey } from './dkim-key.js';
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
  readonly keyType: string;
  /** Of whom it speaks (`i=`), or its own: `domain` or one below. */
  readonly identity: string;
  readonly head: Canonicalization;
  readonly body: BodyForm;
}

/** SHA-1 is no more than no signature (RFC 8301 §3.1). */
const ALGORITHM = /^(rsa|ed25519)-sha256$/i;
const FORM = /^(simple|relaxed)(?:\/(simple|relaxed))?$/i;
const NUMBER = /^\d{1,15}$/;
const HOST = /^(?=.{1,253}$)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i;
/** More in one mail is no honest sender's doing; each costs a pass over the body. */
const MOST_SIGNATURES = 20;

export class SignatureCheck {
  private readonly signatures: readonly Signature[];
  private readonly bodies = new Map<string, BodyHash>();
  private readonly byName = new Map<string, RawField[]>();

  /** @param fields of the whole header */
  constructor(
    fields: readonly RawField[],
    private readonly ask: AskTxt,
  ) {
    for (const field of fields) {
      const name = plainName(field);
      const same = this.byName.get(name);
      if (same === undefined) this.byName.set(name, [field]);
      else same.push(field);
    }
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
    return key !== undefined && mayUse(key, signature) && holds(tags.b ?? '', key.key, signedHeader(this.byName, names, signature));
  }

  /** Of several records the first that is a key (§6.1.2). */
  private async keyOf({ keyName }: Signature): Promise<SigningKey | undefined> {
    try {
      for (const record of await this.ask(keyName, 'TXT')) {
        const key = keyOfRecord([record].flat().join(''));
        if (key !== undefined) return key;
      }
      return undefined;
    } catch {
      return undefined; // no key; whoever gave `ask` knows whether DNS worked
    }
  }
}

export function isSignature(field: RawField): boolean {
  return plainName(field) === 'dkim-signature';
}

/** White space before the colon is none of the name (RFC 5322 §4.5). */
function plainName({ name }: RawField): string {
  return name.replace(/[ \t]+$/, '');
}

/** None for a signature that says too little, or in a way that nobody knows (§6.1.1). */
function readSignature(field: RawField): Signature[] {
  const tags = parseTags(field.value);
  const algorithm = ALGORITHM.exec(tags?.a ?? '');
  const form = FORM.exec(tags?.c ?? 'simple');
  const { d = '', s = '', i = `@${d}`, l = '', x = '0', t = '0' } = tags ?? {};
  if (tags?.v !== '1' || algorithm === null || form === null || !HOST.test(d) || !HOST.test(s)) return [];
  if (!/^\d{0,15}$/.test(l) || !NUMBER.test(x) || !NUMBER.test(t)) return [];
  const domain = d.toLowerCase();
  const identity = i.slice(i.lastIndexOf('@') + 1).toLowerCase();
  if (!i.includes('@') || !`.${identity}`.endsWith(`.${domain}`)) return [];
  const [head, bodyForm = 'simple'] = form.slice(1).map((word) => word?.toLowerCase()) as [Canonicalization, Canonicalization | undefined];
  const body = { form: bodyForm, most: l === '' ? Infinity : Number(l) };
  return [{ field, tags, domain, identity, keyName: `${s}._domainkey.${d}`, keyType: algorithm[1]?.toLowerCase() ?? '', head, body }];
}

function nameOf({ form, most }: BodyForm): string {
  return `${form} ${most}`;
}

/** `x=`: also a signature that ends before it begins. */
function isExpired({ x, t }: Readonly<Record<string, string>>): boolean {
  if (x === undefined) return false;
  return Number(x) * 1_000 < Date.now() || (t !== undefined && Number(x) < Number(t));
}

/** `t=s` of a key: not for the domains below (§3.6.1). */
function mayUse({ key, strict }: SigningKey, { keyType, domain, identity }: Signature): boolean {
  return key.asymmetricKeyType === keyType && (!strict || identity === domain);
}

function holds(value: string, key: KeyObject, header: Buffer): boolean {
  const signature = Buffer.from(value, 'base64');
  try {
    if (key.asymmetricKeyType === 'ed25519') return verify(null, createHash('sha256').update(header).digest(), key, signature);
    return verify('sha256', header, key, signature);
  } catch {
    return false; // nothing that could be a signature
  }
}

/** §5.4.2: a name that is listed twice means the last field of that name, then the one above it. */
function signedHeader(byName: ReadonlyMap<string, readonly RawField[]>, names: readonly string[], { field, head }: Signature): Buffer {
  const taken = new Map<string, number>();
  const signed = names.flatMap((name) => {
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    return byName.get(name)?.at(-count) ?? [];
  });
  const text = signed.map(({ raw }) => canonical(raw, head)).join('');
  return Buffer.from(`${text}${withoutValue(canonical(field.raw, head))}`, 'latin1');
}

/** §3.4.1, §3.4.2. */
function canonical(raw: string, form: Canonicalization): string {
  if (form === 'simple') return raw;
  const colon = raw.indexOf(':');
  const value = raw.slice(colon + 1).replace(/\r\n/g, '').replace(/[ \t]+/g, ' ').replace(/^ | $/g, '');
  return `${raw.slice(0, colon).replace(/[ \t]+$/, '').toLowerCase()}:${value}\r\n`;
}

/** §3.7: the signature's own field with an empty `b=`, and without its line end. */
function withoutValue(field: string): string {
  const start = field.indexOf(':') + 1;
  const tags = field.slice(start).replace(/\r\n$/, '').split(';');
  return field.slice(0, start) + tags.map((tag) => /^[ \t\r\n]*b[ \t\r\n]*=/.exec(tag)?.[0] ?? tag).join(';');
}
