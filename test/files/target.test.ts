/** Which links may be followed before anything is asked for. */
import { describe, expect, it } from 'vitest';
import { isFailure } from '../../src/failure.js';
import { targetOf } from '../../src/files/target.js';

const TRUSTED = ['upload.example', 'files.example:5281', '[fd00::1]:5280'];
const judged = (link: string): string => {
  const target = targetOf(link, TRUSTED);
  return isFailure(target) ? target.reason : target.trusted ? 'trusted' : 'stranger';
};

describe('a link', () => {
  it.each([
    ['https://world.example/a', 'stranger'],
    ['https://world.example:5281/a', 'stranger'],
    ['https://world.example:443/a', 'stranger'],
    ['http://world.example/a', 'not-allowed'],
    ['http://world.example:8080/a', 'not-allowed'],
    ['https://world.example:22/a', 'not-allowed'],
    ['https://world.example:80/a', 'not-allowed'],
    ['https://a@world.example/a', 'not-allowed'],
    ['https://:b@upload.example/a', 'not-allowed'],
    ['http://upload.example/a', 'trusted'],
    ['https://UPLOAD.example/a', 'trusted'],
    ['https://upload.example:443/a', 'trusted'],
    ['http://upload.example:5280/a', 'not-allowed'],
    ['https://upload.example:5281/a', 'stranger'],
    ['http://files.example:5281/a', 'trusted'],
    ['http://files.example/a', 'not-allowed'],
    ['http://[fd00:0::1]:5280/a', 'trusted'],
    ['https://upload.example.evil.example/a', 'stranger'],
    ['https://evil.example/upload.example', 'stranger'],
    ['ftp://upload.example/a', 'not-allowed'],
    ['file://upload.example/etc/passwd', 'not-allowed'],
  ])('%s is %s', (link, expected) => {
    expect(judged(link)).toBe(expected);
  });
});
