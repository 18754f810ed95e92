/** The public keys of DKIM records (RFC 6376 §3.6.1, RFC 8463). A key read once is kept: to read it costs more than to use it. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { parseTags } from './dkim-tags.js';

const SHORTEST_RSA = 1024;
const MOST_KEPT = 1_000;
/** What stands before the 32 bytes of an Ed25519 key in its DER form (RFC 8410). */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

const kept = new Map<string, KeyObject | undefined>();

/** @returns undefined for a record that holds no key we take: revoked, too short, of another kind, or malformed */
export function keyOfRecord(record: string): KeyObject | undefined {
  if (kept.has(record)) return kept.get(record);
  const key = readKey(record);
  const [oldest] = kept.keys();
  if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(record, key);
  return key;
}

function readKey(record: string): KeyObject | undefined {
  const tags = parseTags(record);
  const { v = 'DKIM1', k, p = '' } = tags ?? {};
  if (v.toUpperCase() !== 'DKIM1' || !/^[A-Za-z0-9+/]+={0,2}$/.test(p)) return undefined;
  const key = importKey(Buffer.from(p, 'base64'));
  const type = key?.asymmetricKeyType;
  if (k !== undefined && k.toLowerCase() !== type) return undefined;
  return type === 'ed25519' || (type === 'rsa' && (key?.asymmetricKeyDetails?.modulusLength ?? 0) >= SHORTEST_RSA) ? key : undefined;
}

function importKey(bytes: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: bytes.length === 32 ? Buffer.concat([ED25519_PREFIX, bytes]) : bytes, format: 'der', type: 'spki' });
  } catch {
    return undefined; // no key
  }
}
