/** Hashes that a sender gave with a file (XEP-0300), checked while it comes in. */
import { createHash, type Hash } from 'node:crypto';
import type { FileHash } from '../message.js';

/** XEP-0414's names as OpenSSL's. */
const ALGORITHMS: Readonly<Record<FileHash['algorithm'], string>> = {
  'sha-256': 'sha256',
  'sha-512': 'sha512',
  'sha3-256': 'sha3-256',
  'sha3-512': 'sha3-512',
};

export class Digest {
  readonly #hash: Hash | undefined;

  /** @param expected absent: any bytes are right */
  constructor(private readonly expected: FileHash | undefined) {
    this.#hash = expected && createHash(ALGORITHMS[expected.algorithm]);
  }

  add(bytes: Uint8Array): void {
    this.#hash?.update(bytes);
  }

  /** To be asked once. */
  matches(): boolean {
    return this.expected === undefined || this.#hash?.digest().equals(Buffer.from(this.expected.value, 'base64')) === true;
  }
}
