/**
 * Brings the file behind a chat user's link to the disk, if anybody may have it: the link is a stranger's word, and this
 * machine can reach what the stranger cannot (docs/operation.md, "Files from chat"). So: https, or the upload service; public addresses, checked where
 * they are connected to and again at each redirect; bounded in bytes, time and silence.
 */
import type { IncomingMessage } from 'node:http';
import { Failure, isFailure } from '../failure.js';
import type { FileHash } from '../message.js';
import { parseUrl } from '../url.js';
import { Digest } from './digest.js';
import { get } from './hop.js';
import { addressesOf, type AskName } from './resolve.js';
import { Spool, type SpoolFile } from './spool.js';
import { refused, targetOf, type Target } from './target.js';

export interface FetcherOptions {
  readonly userAgent: string;
  /** `host` or `host:port`; asked at each fetch, as the upload service may become known later. Never rejects. */
  readonly trusted: () => Promise<readonly string[]>;
  readonly ask: AskName;
  /** For one file with its redirects, ms; default two minutes. */
  readonly totalMs?: number;
  /** Between two pieces, ms; default 15 seconds. */
  readonly idleMs?: number;
}

export interface FetchedFile {
  /** Media type that the server gave, lower-case, without parameters; empty for none. Not checked. */
  readonly type: string;
  readonly size: number;
  bytes(): AsyncIterable<Uint8Array>;
  /** Removes it from the disk. Never rejects. */
  discard(): Promise<void>;
}

const DEFAULTS = { totalMs: 120_000, idleMs: 15_000 };
const MOST_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Codes of our own disk. */
const OURS = /^(ENOSPC|EDQUOT|EROFS|EACCES|EIO|ENOENT|EMFILE)$/;
/** Codes of node:tls and node:http for what will be the same next time. */
const LASTING = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HPE_|HOSTNAME_MISMATCH|EPROTO)/;

export class FileFetcher {
  readonly #options: Required<FetcherOptions>;
  readonly #closed = new AbortController();

  constructor(
    options: FetcherOptions,
    private readonly spool: Spool,
  ) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /** To be called before the first `fetch`. A permanent `storage` when the spool cannot be made. */
  async start(): Promise<void | Failure> {
    try {
      await this.spool.sweep();
    } catch (cause) {
      return Failure.permanent('storage', `The directory for files on their way cannot be used: ${String(cause)}`, { cause });
    }
  }

  /** Ends what is under way; it comes back as a temporary failure. */
  close(): void {
    this.#closed.abort();
  }

  /**
   * Never rejects for what the other side does. The text of a failure ends the sentence "not attached: ...".
   *
   * Failures: permanent `not-allowed` (the link may not be followed), `too-large`, `remote-refused`, `bad-content` (another file than
   * the sender described); temporary `remote-unreachable`, `overloaded` and `storage`.
   * @param most bytes
   */
  async fetch(link: string, most: number, hash: FileHash | undefined): Promise<FetchedFile | Failure> {
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(this.#options.totalMs)]);
    try {
      const answer = await this.#answer(link, signal);
      return isFailure(answer) ? answer : await this.#save(answer, most, hash);
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? '';
      if (OURS.test(code)) return Failure.temporary('storage', 'the gateway has no room for it', { cause });
      return LASTING.test(code) ? Failure.permanent('remote-refused', 'its server cannot be talked to safely', { cause }) : Failure.temporary('remote-unreachable', 'its server did not give it in time', { cause });
    }
  }

  /** The answer that holds the file, behind the redirects. */
  async #answer(link: string, signal: AbortSignal): Promise<IncomingMessage | Failure> {
    const trusted = await this.#options.trusted();
    let target = targetOf(link, trusted);
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      if (isFailure(target)) return target;
      const answer = await this.#hop(target, signal);
      if (isFailure(answer)) return answer;
      const next = REDIRECTS.has(answer.statusCode ?? 0) ? answer.headers.location : undefined;
      if (next === undefined) return refusalOf(answer) ?? answer;
      answer.destroy();
      target = targetOf(parseUrl(next, target.url) ?? next, trusted);
    }
    return refused('the link leads on and on');
  }

  async #hop(target: Target, signal: AbortSignal): Promise<IncomingMessage | Failure> {
    const { ask, userAgent, idleMs } = this.#options;
    const addresses = await Promise.race([addressesOf(target, ask), aborted(signal)]);
    return isFailure(addresses) ? addresses : get(target, addresses, { userAgent, idleMs, signal });
  }

  async #save(answer: IncomingMessage, most: number, hash: FileHash | undefined): Promise<FetchedFile | Failure> {
    const announced = Number(answer.headers['content-length'] ?? 0);
    if (announced > most) {
      answer.destroy();
      return tooLarge();
    }
    const file = await this.spool.create().catch((cause: unknown) => {
      answer.destroy();
      throw cause;
    });
    const failure = await fill(file, answer, most, new Digest(hash)).catch((cause: unknown) => file.discard().then(() => Promise.reject(cause as Error)));
    if (failure !== undefined) {
      await file.discard();
      return failure;
    }
    const type = (answer.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    return { type, size: file.size, bytes: () => file.bytes(), discard: () => file.discard() };
  }
}

async function fill(file: SpoolFile, answer: IncomingMessage, most: number, digest: Digest): Promise<Failure | undefined> {
  for await (const piece of answer as AsyncIterable<Buffer>) {
    // Leaving the loop ends the connection.
    if (file.size + piece.length > most) return tooLarge();
    digest.add(piece);
    await file.write(piece);
  }
  await file.close();
  return digest.matches() ? undefined : Failure.permanent('bad-content', 'the file is not the one that was sent');
}

function tooLarge(): Failure {
  return Failure.permanent('too-large', 'too large for a mail');
}

function refusalOf(answer: IncomingMessage): Failure | undefined {
  const { statusCode = 0, headers } = answer;
  const encoding = headers['content-encoding'] ?? 'identity';
  if (statusCode === 200 && encoding === 'identity') return undefined;
  answer.destroy();
  if (statusCode >= 500 || statusCode === 429 || statusCode === 408) return Failure.temporary('overloaded', 'its server did not give it in time');
  if (statusCode === 404 || statusCode === 410) return Failure.permanent('remote-refused', 'the file is gone');
  return Failure.permanent('remote-refused', 'its server does not give it to us');
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
