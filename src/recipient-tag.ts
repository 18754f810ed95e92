/** Tells the recipients of one message apart in a return address, without naming them to whoever reads it. Pure. */
import { createHash } from 'node:crypto';

/** @param recipient as `formatAddress` writes it. @returns eight hexadecimal digits */
export function recipientTag(recipient: string): string {
  return createHash('sha256').update(recipient).digest('hex').slice(0, 8);
}
