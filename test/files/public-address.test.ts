/** Every family of addresses that is not the world's, by its registry entry. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../src/files/public-address.js';

const REFUSED = [
  '0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '100.100.100.200', '127.0.0.1', '127.255.255.254', '169.254.169.254', '172.16.0.1', '172.31.255.255',
  '192.0.0.1', '192.0.2.1', '192.88.99.1', '192.168.0.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255',
  '::', '::1', '::7f00:1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:1.1.1.1', '::ffff:0:7f00:1', '64:ff9b::7f00:1', '64:ff9b:1::1', '100::1',
  '2001::1', '2001:2::1', '2001:db8::1', '2001:10::1', '2001:20::1', '2002:7f00:1::', '3fff::1', '4000::1', '5f00::1', 'fc00::1', 'fd12:3456::1', 'fe80::1', 'fe80::1%lo', 'fec0::1', 'ff02::1',
  '0x7f000001', '2130706433', '0177.0.0.1', '127.1', '1.1.1.1 ', '', 'example.com',
];

describe('an address', () => {
  it.each(REFUSED)('%s is nobody\'s in the world', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['1.1.1.1', '8.8.8.8', '100.63.255.255', '100.128.0.1', '172.15.0.1', '172.32.0.1', '192.169.0.1', '223.255.255.255', '2606:4700::1111', '2a01:4f8::1'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it('that is mapped, translated or tunnelled is never public, whatever is inside', () => {
    fc.assert(
      fc.property(fc.ipV4(), (inside) => {
        const [a = 0, b = 0, c = 0, d = 0] = inside.split('.').map(Number);
        const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
        for (const outer of [`::ffff:${inside}`, `::ffff:${hex}`, `64:ff9b::${hex}`, `2002:${hex}::1`, `::${hex}`, `2001:0:${hex}::`]) expect(isPublicAddress(outer)).toBe(false);
      }),
    );
  });
});
