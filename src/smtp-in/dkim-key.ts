/** The public keys of DKIM records (RFC 6376 §3.6.1, RFC 8463). A key read once is kept: to read it costs more than to use it. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { parseTags } from './dkim-tags.js';

const SHORTEST_RSA = 1024;
const MOST_KEPT = 1_000;
/** Characters of a record: RSA of 16,384 bits takes 2,800. */
const LONGEST = 8_192;
/** What stands before the 32 bytes of an Ed25519 key in its DER form (RFC 8410). */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** A key, and what its record says about its use. */
export interface SigningKey {
  readonly key: KeyObject;
  /** `t=s`: only for its own domain, not for those below. */
  readonly strict: boolean;
}

const kept = new Map<string, SigningKey | undefined>();

/**
 * @returns undefined for a record that holds no key we take: revoked, too short, of another kind, not for SHA-256 or not
 * for mail, or malformed; and for one that its owner only tests, for then the mail counts as not signed
 */
export function keyOfRecord(record: string): SigningKey | undefined {
  if (record.length > LONGEST) return undefined;
  if (kept.has(record)) return kept.get(record);
  const key = readKey(record);
  const [oldest] = kept.keys();
  if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(record, key);
  return key;
}

function readKey(record: string): SigningKey | undefined {
  const tags = parseTags(record) ?? {};
  const { v, k = 'rsa', p = '', h = 'sha256', s = '*', t = '' } = tags;
  if (v !== undefined && (v.toUpperCase() !== 'DKIM1' || Object.keys(tags)[0] !== 'v')) return undefined;
  const flags = listOf(t);
  const usable = listOf(h).includes('sha256') && listOf(s).some((service) => service === '*' || service === 'email') && !flags.includes('y');
  if (!usable || !/^[A-Za-z0-9+/]+={0,2}$/.test(p)) return undefined;
  const key = importKey(Buffer.from(p, 'base64'));
  const type = key?.asymmetricKeyType;
  if (key === undefined || k.toLowerCase() !== type) return undefined;
  const long = type === 'ed25519' || (type === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= SHORTEST_RSA);
  return long ? { key, strict: flags.includes('s') } : undefined;
}

function listOf(value: string): string[] {
  return value.toLowerCase().split(':');
}

function importKey(bytes: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: bytes.length === 32 ? Buffer.concat([ED25519_PREFIX, bytes]) : bytes, format: 'der', type: 'spki' });
  } catch {
    return undefined; // no key
  }
}
