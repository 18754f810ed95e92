/** What may stand before the @ of an own address. */
import { describe, expect, it } from 'vitest';
import { looks, mistakable, parseOwnName } from '../../src/bridge/own-name.js';

const nameOf = (typed: string): unknown => {
  const name = parseOwnName(typed, 'gw.example');
  return typeof name === 'string' ? name : name.reason;
};

describe('the name of an own address', () => {
  it.each([['Jules', 'jules'], [' jules@GW.example ', 'jules'], ['j-u.l_es9', 'j-u.l_es9'], ['ab', 'ab']])('may be %s', (typed, name) => {
    expect(nameOf(typed)).toBe(name);
  });

  it.each(['', 'j', 'a'.repeat(41), 'ju+les', 'ju%les', 'jules@other.example', '.jules', 'jules.', 'ju..les', '-jules', 'jülés', 'jul\u0435s', 'ju les', '15551234567', '1.2-3', 'jules\u202e', 'jules\n'.repeat(2)])('may not be %j', (typed) => {
    expect(nameOf(typed)).toBe('bad-content');
  });

  it.each(['postmaster', 'Post-Master', 'p0stmaster', 'abuse', 'adm1n', 'root', 'no-reply', 'noreply', 'hostrnaster', 'grant', 'none'])('%s is kept for the operator', (typed) => {
    expect(nameOf(typed)).toBe('not-allowed');
  });

  it('looks like another to a hasty reader', () => {
    expect(new Set(['modern', 'modem', 'm0d.em'].map(looks)).size).toBe(1);
    expect(looks('ju1iet')).toBe(looks('juliet'));
    expect(looks('jules')).not.toBe(looks('juliet'));
  });

  it('asks the server also for those that it is taken for', () => {
    expect(mistakable('ju1.iet')).toEqual(['ju1.iet', 'ju1iet', 'juliet', 'juiiet']);
    expect(mistakable('jules')).toEqual(['jules']);
  });
});
