/**
 * API keys: what programs on servers show to ask for presence (RFC 6750). Of a key its SHA-256 is kept, never the key: 256 random bits need no
 * salt and no slow hash. All of them are in memory, by that hash, so that how long a look takes tells nothing of any key.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { KeyHolder, Scope } from './publication.js';

export interface ApiKey extends KeyHolder {
  /** Requests a minute. */
  readonly rate: number;
  /** ms since the epoch. */
  readonly madeAt: number;
}

export interface StoredKey extends ApiKey {
  /** SHA-256 of the secret, in hex. */
  readonly hash: string;
}

/** What `stanzapost key` writes beside the gateway. */
export interface KeyStore {
  apiKeys(): Promise<readonly StoredKey[]>;
  /** @returns false when the name is taken */
  addApiKey(key: StoredKey): Promise<boolean>;
  /** @returns false when there is none of that name */
  removeApiKey(name: string): Promise<boolean>;
}

export const DEFAULT_SCOPES: readonly Scope[] = ['read'];
/** Requests a minute. */
export const DEFAULT_RATE = 600;
export const MOST_RATE = 10_000_000;
/** Keys of one gateway: they are all in memory. */
export const MOST_KEYS = 1_000;

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
const SECRET = /^spk_[A-Za-z0-9_-]{43}$/;

/** 1 to 40 of a-z, 0-9 and hyphens between them. */
export function isKeyName(text: string): boolean {
  return NAME.test(text);
}

/** 256 random bits; the prefix lets scanners for leaked secrets know it. */
export function newSecret(): string {
  return `spk_${randomBytes(32).toString('base64url')}`;
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

export class ApiKeys {
  private byHash: ReadonlyMap<string, ApiKey> = new Map();

  constructor(private readonly store: Pick<KeyStore, 'apiKeys'>) {}

  /** Reads them again: one that is revoked is worthless from then on. Rejects as the store does. */
  async load(): Promise<void> {
    const before = this.byHash;
    this.byHash = new Map((await this.store.apiKeys()).map(({ hash, ...key }) => [hash, sameOr(before.get(hash), key)]));
  }

  /** Whose secret it is; undefined for any other text. The same object until the key is revoked. */
  holder(secret: string): ApiKey | undefined {
    return SECRET.test(secret) ? this.byHash.get(hashOf(secret)) : undefined;
  }

  /** Not revoked since `holder` gave it: what goes on longer than a request asks now and then. */
  isGood(key: KeyHolder): boolean {
    for (const known of this.byHash.values()) if (known === key) return true;
    return false;
  }
}

function sameOr(before: ApiKey | undefined, key: ApiKey): ApiKey {
  return before?.name === key.name && before.madeAt === key.madeAt ? before : key;
}
