/**
 * API keys: what programs on servers show to ask for presence (RFC 6750). Of a key its SHA-256 is kept, never the key: 256 random bits need no
 * salt and no slow hash. All of them are in memory, by that hash, so that how long a look takes tells nothing of any key.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import { SparingLog, type Log } from '../log.js';
import type { ApiKey, ApiKeyStore } from '../store/api-keys.js';
import type { KeyHolder } from './publication.js';

/** An API key as requests are measured by it. */
export type KnownKey = Omit<ApiKey, 'hash' | 'usedAt'>;

/** Requests a minute. */
export const DEFAULT_RATE = 600;
export const MOST_RATE = 10_000_000;

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** 1 to 40 of a-z, 0-9 and hyphens between them. */
export function isKeyName(text: string): boolean {
  return NAME.test(text);
}

/** 256 random bits; by the prefix whoever looks for leaked secrets knows it. */
export function newSecret(): string {
  return `spk_${randomBytes(32).toString('base64url')}`;
}

export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

export interface ApiKeyParts {
  readonly store: Pick<ApiKeyStore, 'apiKeys' | 'apiKeysUsed'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** ms between notes of which keys were used. */
const NOTE_EVERY = 60_000;

export class ApiKeys {
  private byHash: ReadonlyMap<string, KnownKey> = new Map();
  /** Since they were last noted, by name. */
  private readonly used = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private readonly trouble: SparingLog;

  constructor(private readonly parts: ApiKeyParts) {
    this.trouble = new SparingLog(parts.log);
  }

  /** Notes from now on when each is used. */
  start(): void {
    this.timer = setInterval(() => void this.note(), NOTE_EVERY).unref();
  }

  /** Never rejects. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.note();
  }

  /** Reads them again: one that is revoked is worthless from then on. Rejects as the store does. */
  async load(): Promise<void> {
    const before = this.byHash;
    this.byHash = new Map((await this.parts.store.apiKeys()).map((key) => entryOf(key, before)));
  }

  /** Whose secret it is; undefined for any other text. The same object until the key is revoked. */
  holder(secret: string): KnownKey | undefined {
    const key = this.byHash.get(textOf(hashOf(secret)));
    if (key !== undefined) this.used.set(key.name, this.parts.clock());
    return key;
  }

  /** Not revoked since `holder` gave it: what goes on longer than a request asks now and then. */
  isGood(key: KeyHolder): boolean {
    for (const known of this.byHash.values()) if (known === key) return true;
    return false;
  }

  private async note(): Promise<void> {
    const used = [...this.used].map(([name, at]) => ({ name, at }));
    this.used.clear();
    try {
      if (used.length > 0) await this.parts.store.apiKeysUsed(used);
    } catch (err) {
      this.trouble.error({ err }, 'when API keys were used could not be stored');
    }
  }
}

function entryOf({ hash, name, scopes, rate, madeAt }: ApiKey, before: ReadonlyMap<string, KnownKey>): readonly [string, KnownKey] {
  const text = textOf(hash);
  const known = before.get(text);
  return [text, known?.name === name && known.madeAt === madeAt ? known : { name, scopes, rate, madeAt }];
}

function textOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString('latin1');
}
