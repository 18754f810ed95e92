/**
 * What is kept of a message is sealed with a checksum, as SQLite takes a flipped bit inside a value for the value. Pure.
 */
import { crc32 } from 'node:zlib';

/** Never in JSON as it is: `JSON.stringify` writes it as `\\t`. */
const MARK = '\t';

export function seal(json: string): string {
  return json + MARK + crc32(json).toString(36);
}

/** @returns the JSON text; undefined when it is damaged. What was kept before there were seals must at least be JSON */
export function unseal(kept: string): string | undefined {
  const end = kept.lastIndexOf(MARK);
  if (end === -1) return isJson(kept) ? kept : undefined;
  const json = kept.slice(0, end);
  return crc32(json).toString(36) === kept.slice(end + 1) ? json : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
