/** What tells damage of bytes on the disk, over pieces of any length. */
import { crc32 } from 'node:zlib';

export class Sum {
  size = 0;
  crc = 0;

  add(bytes: Uint8Array): void {
    this.size += bytes.length;
    this.crc = crc32(bytes, this.crc);
  }
}
