/**
 * Whether the log (WAL) still has all that was committed to it. SQLite takes whatever it can read of a log as the whole of it:
 * one that was cut, deleted or broken in the middle loses its later commits without a word. But beside it, after a kill, lies
 * the index of the log (`-shm`), which says how many frames it had.
 */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { uptime } from 'node:os';
import { isDeepStrictEqual } from 'node:util';

/** Offsets in the header of the index, in the machine's byte order ("WAL-Index Format" of the SQLite documentation). */
const HEADER = { frames: 16, salt: 32, length: 48, written: 96 } as const;
const LOG_SALT = 16;
const LOG_HEADER = 32;
/** How far the times of files and of the machine may be apart, ms. */
const CLOCK_MS = 2_000;

/** What the index says of the log. */
interface LogIndex {
  /** Frames that were committed. */
  readonly frames: number;
  /** Frames that are in the database itself by now. */
  readonly written: number;
  /** Names the log that it speaks of. */
  readonly salt: Buffer;
}

/** Undefined when there is none, or it is not whole. */
function readLogIndex(path: string): LogIndex | undefined {
  const bytes = head(`${path}-shm`, HEADER.written + 4);
  if (bytes === undefined || !bytes.subarray(0, HEADER.length).equals(bytes.subarray(HEADER.length, 2 * HEADER.length))) return undefined;
  if (!isWhole(bytes.subarray(0, HEADER.length))) return undefined;
  return { frames: u32(bytes, HEADER.frames), written: u32(bytes, HEADER.written), salt: Buffer.from(bytes.subarray(HEADER.salt, HEADER.salt + 8)) };
}

/**
 * To be asked before SQLite opens the file, as it makes the index anew.
 * @returns how many committed frames the log has lost; 0 also when the index does not speak of this log, as after a power failure
 */
export function lostFrames(path: string): number {
  for (;;) {
    const index = readLogIndex(path);
    const lost = index === undefined || !isOfThisStart(path) ? 0 : missingFrames(path, index);
    // A command that had the store open may just have put the log away.
    if (lost === 0 || isDeepStrictEqual(index, readLogIndex(path))) return lost;
  }
}

/**
 * Whether the machine has been running since the index was written. A power failure takes what was not synced from the log, or
 * brings a log back that was deleted, and may leave a newer index: the system writes that to the disk when it likes.
 */
function isOfThisStart(path: string): boolean {
  const written = statSync(`${path}-shm`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const now = Date.now();
  return written >= now - uptime() * 1_000 - CLOCK_MS && written <= now + CLOCK_MS;
}

function missingFrames(path: string, { frames, written, salt }: LogIndex): number {
  if (frames <= written) return 0;
  const log = contentOf(`${path}-wal`);
  if (log === undefined || log.length < LOG_HEADER) return frames - written;
  if (!log.subarray(LOG_SALT, LOG_SALT + 8).equals(salt)) return 0;
  return Math.max(0, frames - wholeFrames(log));
}

/** How many frames SQLite will read, up to the last commit: each carries the checksum of all before it. */
function wholeFrames(log: Buffer): number {
  const bigEndian = log.readUInt32BE(0) === 0x377f0683;
  const size = log.readUInt32BE(8) || 65_536;
  let sum = checksum(log.subarray(0, 24), bigEndian, [0, 0]);
  let committed = 0;
  for (let frame = 1, at = LOG_HEADER; at + 24 + size <= log.length; frame++, at += 24 + size) {
    if (!log.subarray(at + 8, at + 16).equals(log.subarray(LOG_SALT, LOG_SALT + 8))) break;
    sum = checksum(log.subarray(at, at + 8), bigEndian, sum);
    sum = checksum(log.subarray(at + 24, at + 24 + size), bigEndian, sum);
    if (log.readUInt32BE(at + 16) !== sum[0] || log.readUInt32BE(at + 20) !== sum[1]) break;
    if (log.readUInt32BE(at + 4) > 0) committed = frame;
  }
  return committed;
}

/** SQLite's own, over pairs of 32-bit words. */
function checksum(bytes: Buffer, bigEndian: boolean, start: readonly [number, number]): [number, number] {
  let [a, b] = start;
  for (let i = 0; i + 8 <= bytes.length; i += 8) {
    a = (a + (bigEndian ? bytes.readUInt32BE(i) : bytes.readUInt32LE(i)) + b) >>> 0;
    b = (b + (bigEndian ? bytes.readUInt32BE(i + 4) : bytes.readUInt32LE(i + 4)) + a) >>> 0;
  }
  return [a, b];
}

/** The index ends with its own checksum, in the machine's byte order. */
function isWhole(header: Buffer): boolean {
  const [a, b] = checksum(header.subarray(0, 40), !LITTLE, [0, 0]);
  return a === u32(header, 40) && b === u32(header, 44);
}

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function u32(bytes: Buffer, at: number): number {
  return LITTLE ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}

/** The first bytes of a file; undefined when there are not so many. */
function head(path: string, length: number): Buffer | undefined {
  return ifThere(() => {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(length);
      return readSync(file, bytes, 0, length, 0) === length ? bytes : undefined;
    } finally {
      closeSync(file);
    }
  });
}

function contentOf(path: string): Buffer | undefined {
  return ifThere(() => readFileSync(path));
}

function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
