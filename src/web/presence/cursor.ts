/**
 * The event id of the stream: how far in the changes of all users a reader has come, so that after a break he gets what is newer. It is
 * sealed: how much others change, who may be hidden from him, is not his to count. Nobody's but this run's of the gateway can be opened.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const BLOCK = 16;
/** The block is the number, 6 bytes; random bytes, so that no two are alike; and zeros, by which a block of ours is known. */
const NUMBER = 6;
const ZEROS = 4;

export class Cursors {
  private readonly key = randomBytes(BLOCK);

  /** @param seq a whole number, below 2^48 */
  seal(seq: number): string {
    const block = Buffer.alloc(BLOCK);
    block.writeUIntBE(seq, 0, NUMBER);
    randomBytes(BLOCK - NUMBER - ZEROS).copy(block, NUMBER);
    return createCipheriv('aes-128-ecb', this.key, null).setAutoPadding(false).update(block).toString('base64url');
  }

  /** The number; undefined for any text that is none of this run's. */
  open(text: string): number | undefined {
    const sealed = Buffer.from(text.slice(0, 2 * BLOCK), 'base64url');
    if (sealed.length !== BLOCK) return undefined;
    const block = createDecipheriv('aes-128-ecb', this.key, null).setAutoPadding(false).update(sealed);
    return block.subarray(-ZEROS).every((byte) => byte === 0) ? block.readUIntBE(0, NUMBER) : undefined;
  }
}
