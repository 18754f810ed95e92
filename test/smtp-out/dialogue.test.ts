/** The overlapping transactions of one session, told as a transcript: what we say, what the relay says, how each ends. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Dialogue, type Ending } from '../../src/smtp-out/dialogue.js';
import { parseExtensions } from '../../src/smtp-out/extensions.js';
import { SmtpFault } from '../../src/smtp-out/fault.js';

const PIPELINED = '250-relay\n250 PIPELINING';
const STEPWISE = '250 relay';
const FROM_DATA = ['250 from', '250 to', '354 go'];

interface Talk {
  /** Starts a transaction; its end appears in `ends` under this name. */
  send(name: string, text?: string): void;
  /** What was said since the last call, in lines. */
  said(): string[];
  /** How many writes that were. */
  readonly writes: number[];
  hear(...replies: string[]): Promise<void>;
  readonly ends: Record<string, string>;
  readonly over: () => boolean;
  readonly dialogue: Dialogue;
}

function talk(offers = PIPELINED, answerMs = 60_000): Talk {
  const out: string[] = [];
  let closed = false;
  const writes: number[] = [];
  const ends: Record<string, string> = {};
  const wire = {
    write: (bytes: Buffer | string): boolean => {
      out.push(bytes.toString());
      writes.push(bytes.length);
      return true;
    },
    once: () => undefined,
  };
  const dialogue = new Dialogue({ wire, extensions: parseExtensions(offers), answerMs, over: () => { closed = true; } });
  return {
    dialogue,
    ends,
    writes,
    over: () => closed,
    send: (name, text = `${name}\r\n`) => void dialogue.send({ from: 'a@gw', to: `${name}@there`, utf8: false }, Buffer.from(text)).then((end) => { ends[name] = short(end); }),
    said: () => out.splice(0).join('').split('\r\n').slice(0, -1),
    hear: async (...replies) => {
      dialogue.read(Buffer.from(replies.map((reply) => `${reply}\r\n`).join('')));
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function short(end: Ending): string {
  if (end === 'unsent') return end;
  if (end instanceof SmtpFault) return [end.stage, end.reply?.code ?? end.detail, end.begun ? 'begun' : ''].join(' ').trim();
  return `taken ${end.words}`;
}

const envelope = (name: string): string[] => ['MAIL FROM:<a@gw>', `RCPT TO:<${name}@there>`, 'DATA'];

/** One is taken as far as its final dot, and a second has its envelope with the relay. */
async function twoInHand(): Promise<Talk> {
  const t = talk();
  t.send('one');
  t.send('two');
  await t.hear(...FROM_DATA);
  t.said();
  return t;
}

describe('with PIPELINING', () => {
  it('an envelope is one write, and the next goes with the final dot', async () => {
    const t = talk();
    t.send('one');
    t.send('two');
    expect([t.said(), t.writes.length]).toEqual([envelope('one'), 1]);
    await t.hear(...FROM_DATA);
    expect([t.said(), t.writes.length]).toEqual([['one', '.', ...envelope('two')], 2]);
    await t.hear('250 one is q1', ...FROM_DATA);
    expect([t.said(), t.writes.length]).toEqual([['two', '.'], 3]);
    await t.hear('250 two is q2');
    expect(t.ends).toEqual({ one: 'taken 250 one is q1', two: 'taken 250 two is q2' });
  });

  it('one that comes while the relay works is not kept waiting', async () => {
    const t = talk();
    t.send('one');
    await t.hear(...FROM_DATA);
    t.said();
    t.send('two');
    expect(t.said()).toEqual(envelope('two'));
  });

  it('nothing is said between DATA and its answer', async () => {
    const t = talk();
    t.send('one');
    t.said();
    t.send('two');
    await t.hear('250 from', '250 to');
    expect(t.said()).toEqual([]);
  });

  it.each([
    ['MAIL', ['550 5.7.1 no', '503 no', '503 no'], 'sender 550'],
    ['MAIL for now', ['450 no', '503 no', '503 no'], 'sender 450'],
    ['RCPT', ['250 ok', '550 no', '554 none'], 'recipient 550'],
    ['RCPT for now', ['250 ok', '450 no', '503 none'], 'recipient 450'],
    ['DATA', ['250 ok', '250 ok', '452 full'], 'data 452'],
  ])('after a refusal at %s, RSET and the next envelope are one write', async (_what, replies, expected) => {
    const t = talk();
    t.send('one');
    t.send('two');
    t.said();
    await t.hear(...replies);
    expect(t.ends).toEqual({ one: expected });
    expect(t.said()).toEqual(['RSET', ...envelope('two')]);
    await t.hear('250 reset', ...FROM_DATA);
    await t.hear('250 taken');
    expect(t.ends).toEqual({ one: expected, two: 'taken 250 taken' });
  });

  it('a refusal at MAIL is told at once, whatever becomes of the rest', async () => {
    const t = talk();
    t.send('one');
    await t.hear('550 no');
    expect(t.ends).toEqual({ one: 'sender 550' });
    t.dialogue.end('ECONNECTION');
    expect(t.ends).toEqual({ one: 'sender 550' });
  });

  it('a relay that takes DATA without a recipient gets an empty message and no RSET', async () => {
    const t = talk();
    t.send('one');
    t.send('two');
    t.said();
    await t.hear('250 ok', '550 no', '354 go');
    expect(t.said()).toEqual(['.', ...envelope('two')]);
    await t.hear('250 empty', ...FROM_DATA);
    await t.hear('250 taken');
    expect(t.ends).toEqual({ one: 'recipient 550', two: 'taken 250 taken' });
  });

  it('a relay that takes DATA without a sender is not spoken to any more', async () => {
    const t = talk();
    t.send('one');
    t.send('two');
    t.said();
    await t.hear('550 no', '503 no', '354 go');
    expect([t.over(), t.said(), t.ends]).toEqual([true, [], { one: 'sender 550', two: 'unsent' }]);
  });
});

describe('a session that ends with two in hand', () => {
  it('the first may have been taken, of the second no byte was sent', async () => {
    const t = await twoInHand();
    t.dialogue.end('ECONNRESET');
    await t.hear();
    expect(t.ends).toEqual({ one: 'connect ECONNRESET begun', two: 'unsent' });
  });

  it('421 to the first is its answer', async () => {
    const t = await twoInHand();
    await t.hear('421 4.3.2 bye');
    expect([t.over(), t.ends]).toEqual([true, { one: 'message 421 begun', two: 'unsent' }]);
  });

  it('421 to the second does not touch the first', async () => {
    const t = await twoInHand();
    await t.hear('250 taken', '421 bye');
    expect([t.over(), t.ends]).toEqual([true, { one: 'taken 250 taken', two: 'sender 421' }]);
  });

  it('a deadline is that of the one whose turn it is', async () => {
    const t = talk(PIPELINED, 20);
    t.send('one');
    t.send('two');
    await t.hear(...FROM_DATA);
    while (t.ends['two'] === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    expect([t.over(), t.ends]).toEqual([true, { one: 'connect ETIMEDOUT begun', two: 'unsent' }]);
  });

  it('a refused RSET is nobody\'s fault', async () => {
    const t = talk();
    t.send('one');
    t.send('two');
    await t.hear('250 ok', '550 no', '503 no');
    await t.hear('500 what?');
    expect([t.over(), t.ends]).toEqual([true, { one: 'recipient 550', two: 'unsent' }]);
  });

  it('what is sent afterwards goes elsewhere', async () => {
    const t = talk();
    t.dialogue.end('ECONNECTION');
    t.send('late');
    await t.hear();
    expect(t.ends).toEqual({ late: 'unsent' });
  });
});

describe('answers out of step', () => {
  it.each([
    ['unasked', [], ['250 hello'], {}],
    ['unasked 421', [], ['421 bye'], {}],
    ['no SMTP', ['one'], ['hello'], { one: 'connect EPROTOCOL' }],
    ['a code that changes within a reply', ['one'], ['250-a\r\n251 b'], { one: 'connect EPROTOCOL' }],
    ['250 to DATA', ['one'], ['250 ok', '250 ok', '250 ok'], { one: 'connect EPROTOCOL' }],
    ['354 to the message', ['one'], [...FROM_DATA, '354 go'], { one: 'connect EPROTOCOL begun' }],
    ['one too many', ['one'], [...FROM_DATA, '250 taken', '250 taken'], { one: 'taken 250 taken' }],
    ['before the question', ['one'], ['250 ok\r\n250 ok\r\n354 go\r\n250 taken'], { one: 'connect EPROTOCOL begun' }],
  ])('%s: the session is over', async (_what, names, replies, ends) => {
    const t = talk();
    for (const name of names) t.send(name);
    for (const reply of replies) await t.hear(reply);
    expect([t.over(), t.ends]).toEqual([true, ends]);
  });
});

describe('without PIPELINING', () => {
  it('each command waits for its answer, and the next message for the end of the one before', async () => {
    const t = talk(STEPWISE);
    t.send('one');
    t.send('two');
    const lines: string[][] = [t.said()];
    for (const reply of [...FROM_DATA, '250 taken', '250 from', '550 no', '250 reset']) {
      await t.hear(reply);
      lines.push(t.said());
    }
    const [mail = '', , data = ''] = envelope('one');
    expect(lines).toEqual([[mail], ['RCPT TO:<one@there>'], [data], ['one', '.'], [mail], ['RCPT TO:<two@there>'], ['RSET'], []]);
    expect(t.ends).toEqual({ one: 'taken 250 taken', two: 'recipient 550' });
  });
});

describe('QUIT', () => {
  it('is said after what is under way', async () => {
    const t = talk();
    t.send('one');
    await t.hear(...FROM_DATA);
    t.said();
    t.dialogue.quit();
    expect(t.said()).toEqual([]);
    await t.hear('250 taken');
    expect(t.said()).toEqual(['QUIT']);
    await t.hear('221 bye');
    expect(t.over()).toBe(true);
  });
});

describe('replies', () => {
  it('mean the same however they are cut', async () => {
    const turns = [['250-fröm', '250-more', '250 from', '', '250 to', '354 go'], ['250-2.0.0 q1', '250 2.0.0 end', '250 from', '550 5.1.1 nö']];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(60), { maxLength: 30 }), async (cuts) => {
        const t = talk();
        t.send('one');
        t.send('two');
        for (const lines of turns) {
          const bytes = Buffer.from(lines.map((line) => `${line}\r\n`).join(''));
          const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
          for (const [i, place] of places.entries()) t.dialogue.read(bytes.subarray(places[i - 1] ?? 0, place));
        }
        await t.hear();
        expect(t.ends).toEqual({ one: 'taken 250 2.0.0 q1 end', two: 'recipient 550' });
      }),
    );
  });

  it.each([
    ['a line without end', 'x'.repeat(70_000)],
    ['a reply without end', '250-more\r\n'.repeat(9_000)],
  ])('%s ends the session', async (_what, text) => {
    const t = talk();
    t.send('one');
    for (let at = 0; at < text.length; at += 1_000) t.dialogue.read(Buffer.from(text.slice(at, at + 1_000)));
    await t.hear();
    expect([t.over(), t.ends]).toEqual([true, { one: 'connect EPROTOCOL' }]);
  });

  it('in any order and number end each transaction once, and none as taken that was not', async () => {
    const reply = fc.constantFrom('250 ok', '250 ok', '354 go', '450 later', '550 no', '421 bye', '250-a\r\n250 b', '', 'what');
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(fc.oneof({ weight: 4, arbitrary: reply }, { weight: 1, arbitrary: fc.constant('SEND') }), { maxLength: 30 }), async (pipelined, script) => {
        const t = talk(pipelined ? PIPELINED : STEPWISE);
        let said: string[] = [];
        let sent = 0;
        for (const line of script) {
          if (line === 'SEND') t.send(`m${sent++}`);
          else await t.hear(line);
          said = [...said, ...t.said()];
        }
        t.dialogue.end('ECONNECTION');
        await t.hear();
        expect(Object.keys(t.ends)).toHaveLength(sent);
        for (const [name, end] of Object.entries(t.ends)) {
          const begun = said.includes(name);
          if (end === 'unsent') expect(begun).toBe(false);
          if (end.startsWith('taken') || end.endsWith('begun')) expect(begun).toBe(true);
          if (begun) expect(end).toMatch(/^taken|begun$/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a large message', () => {
  it('is given out as the relay takes it, and what follows waits for its final dot', () => {
    const drains: (() => void)[] = [];
    let out = '';
    const wire = { write: (bytes: Buffer | string) => { out += bytes.toString(); return false; }, once: (_event: 'drain', go: () => void) => drains.push(go) };
    const dialogue = new Dialogue({ wire, extensions: parseExtensions(PIPELINED), answerMs: 60_000, over: () => undefined });
    void dialogue.send({ from: 'a@gw', to: 'b@there', utf8: false }, Buffer.alloc(300_000, 'a'));
    void dialogue.send({ from: 'a@gw', to: 'c@there', utf8: false }, Buffer.from('x'));
    dialogue.read(Buffer.from('250 a\r\n250 b\r\n354 go\r\n'));
    const before = out.length;
    expect(before).toBeLessThan(70_000);
    while (drains.length > 0) drains.shift()?.();
    expect(out.length).toBeGreaterThan(300_000);
    expect(out.endsWith('aaa\r\n.\r\nMAIL FROM:<a@gw>\r\nRCPT TO:<c@there>\r\nDATA\r\n')).toBe(true);
  });

  it.each([
    ['552 5.3.4 too big', 'message 552 begun'],
    ['250 thanks', 'connect EPROTOCOL begun'],
  ])('answered %s before its end: the session is over', async (reply, expected) => {
    const wire = { write: () => false, once: () => undefined };
    let over = false;
    const dialogue = new Dialogue({ wire, extensions: parseExtensions(PIPELINED), answerMs: 60_000, over: () => { over = true; } });
    const end = dialogue.send({ from: 'a@gw', to: 'b@there', utf8: false }, Buffer.alloc(300_000, 'a'));
    dialogue.read(Buffer.from(`250 a\r\n250 b\r\n354 go\r\n${reply}\r\n`));
    expect([short(await end), over]).toEqual([expected, true]);
  });
});
