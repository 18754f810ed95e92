import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { SparingLog } from '../src/log.js';

describe('a log that is sparing with its words', () => {
  it('says a text once a minute, and then how often more', () => {
    const lines: { text: string; more?: number }[] = [];
    const log = pino({ level: 'info', messageKey: 'text' }, { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) });
    const time = { now: 5 };
    const sparing = new SparingLog(log, () => time.now);
    for (let i = 0; i < 4; i++) sparing.error({ i }, 'the disk is full');
    sparing.error({}, 'something else');
    time.now += 60_000;
    sparing.error({}, 'the disk is full');
    expect(lines.map(({ text, more }) => [text, more])).toEqual([['the disk is full', undefined], ['something else', undefined], ['the disk is full', 3]]);
  });
});
