import { PassThrough } from 'node:stream';
import { dkimVerify } from 'mailauth';
import { describe, expect, it } from 'vitest';
import { median } from '../../bench/contest.js';
import { Arrivals } from '../../bench/loads/arrivals.js';
import { makeMail, mark, WRITERS, zones } from '../../bench/loads/mails.js';
import { lastCount } from '../../bench/loads/smtp-sink.js';
import { cpuOfStat } from '../../bench/processes.js';

describe('a mail of the bench', () => {
  const [writer = ''] = WRITERS;
  const mail = makeMail(0, { to: 'juliet@mail.example.test', bytes: 1_024, batch: 'x' });
  const raw = mail.data.subarray(0, mail.data.length - '.\r\n'.length);

  it('has the size that was asked for, without its signature', () => {
    expect(mail.from).toBe(writer);
    expect(raw.length - raw.indexOf('From: ')).toBeGreaterThan(1_000);
    expect(raw.length - raw.indexOf('From: ')).toBeLessThanOrEqual(1_024);
  });

  it('is signed by its writer\'s domain', async () => {
    const key = /_domainkey TXT (.*)$/m.exec(zones()['montague0.test'] ?? '')?.[1]?.replaceAll('"', '').replaceAll(/(?<=\S{20}) /g, '') ?? '';
    const { results } = await dkimVerify(raw, { resolver: () => Promise.resolve([[key]] as unknown as string[]) });
    expect(results[0]?.status).toMatchObject({ result: 'pass' });
  });
});

describe('arrivals', () => {
  it('are counted once each, wherever the stream is cut', async () => {
    const source = new PassThrough();
    const arrivals = new Arrivals(source);
    let done = false;
    const all = arrivals.expect(9, 3).then(() => (done = true));
    const bytes = Buffer.from([9, 10, 9, 11].map((number) => `<body>${mark(number)} text</body>`).join(''));
    for (const byte of bytes.subarray(0, -20)) arrivals.read(Buffer.of(byte));
    expect([arrivals.arrived, arrivals.repeated, done]).toEqual([2, 1, false]);
    arrivals.read(bytes.subarray(-20));
    await all;
    expect(arrivals.arrived).toBe(3);
  });
});

describe('what is read from others', () => {
  it.each([
    ['sess=1 quit=0 mesg=1\rsess=2 quit=1 mesg=17\r', 17],
    ['sess=1 quit=0 mesg=1\rsess=2 quit=1 me', 1],
    ['', undefined],
  ])('smtp-sink: %j', (text, count) => {
    expect(lastCount(text)).toBe(count);
  });

  it('the CPU of a process whose name holds brackets', () => {
    expect(cpuOfStat('17 (a) b) S 1 17 17 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 1 0')).toBe(3_000);
  });

  it.each([[[3, 1, 2], 2], [[4, 1, 2, 3], 2.5], [[7], 7]])('the median of %j', (values, middle) => {
    expect(median(values)).toBe(middle);
  });
});
