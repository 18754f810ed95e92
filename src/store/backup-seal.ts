/**
 * What tells that a backup is whole: its last line holds the length and the SHA-256 of all before it. SQLite takes no notice of what
 * stands behind its last page, so that the file is a database all the same.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { Failure, isFailure } from '../failure.js';

const FORM = /^stanzapost-backup 1 (\d{20}) ([0-9a-f]{64})\n$/;
const LENGTH = 20 + 20 + 1 + 64 + 1;
const PIECE = 1 << 20;

interface Seal {
  /** Of what it speaks of. */
  readonly bytes: number;
  readonly sha256: string;
}

/** Adds the line; resolves when all of the file is on the disk. */
export async function sealBackup(path: string): Promise<void> {
  const { size } = await stat(path);
  const sha256 = await hashOf(path, size);
  const file = await open(path, 'a');
  try {
    await file.write(`stanzapost-backup 1 ${String(size).padStart(20, '0')} ${sha256}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Reads all of it.
 * @param copy what lies before the seal is written there as well
 * @returns a permanent failure of reason `storage` that names the file, when it is cut, changed or no backup
 */
export async function checkBackup(path: string, copy?: FileHandle): Promise<void | Failure> {
  const seal = await readSeal(path);
  if (isFailure(seal)) return seal;
  const sha256 = await hashOf(path, seal.bytes, copy);
  if (sha256 !== seal.sha256) return refusal(`${path} is damaged: it is not what was written when the backup was made. Take another one.`);
}

async function readSeal(path: string): Promise<Seal | Failure> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size < LENGTH) return noBackup(path);
    const { buffer } = await file.read(Buffer.alloc(LENGTH), 0, LENGTH, size - LENGTH);
    const [, bytes, sha256] = FORM.exec(buffer.toString('latin1')) ?? [];
    if (bytes === undefined || sha256 === undefined) return noBackup(path);
    return Number(bytes) === size - LENGTH ? { bytes: Number(bytes), sha256 } : refusal(`${path} is damaged: it should be ${Number(bytes) + LENGTH} bytes long and is ${size}.`);
  } finally {
    await file.close();
  }
}

async function hashOf(path: string, bytes: number, copy?: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  if (bytes === 0) return hash.digest('hex');
  for await (const piece of createReadStream(path, { end: bytes - 1, highWaterMark: PIECE })) {
    hash.update(piece as Buffer);
    for (let at = 0; copy !== undefined && at < (piece as Buffer).length; ) at += (await copy.write(piece as Buffer, at)).bytesWritten;
  }
  return hash.digest('hex');
}

function noBackup(path: string): Failure {
  return refusal(`${path} is cut off, or no backup of stanzapost: it does not end as one does.`);
}

function refusal(text: string): Failure {
  return Failure.permanent('storage', text);
}
