/** Who is taken for a machine, and who never is: talks played on a clock of the test's own. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Address } from '../../src/address.js';
import { LoopGuard } from '../../src/bridge/loop.js';
import { Failure } from '../../src/failure.js';
import type { Message } from '../../src/message.js';
import { chat, HOUR, jid, juliet, letter, mail, romeo, T0 } from '../store/samples.js';

let now = T0;
let guard = new LoopGuard(() => now);

beforeEach(() => {
  now = T0;
  guard = new LoopGuard(() => now);
});

/** Through the guard, and on to its recipient 20 ms later. */
function pass(message: Message, recipient: Address, on = guard): Message | Failure {
  const admitted = on.admit(message, recipient);
  if (admitted instanceof Failure) return admitted;
  on.passed({ seq: 1, message: admitted, recipient, outlet: message.source === 'mail' ? 'xmpp' : 'smtp', attempts: 0, context: { references: [] } });
  now += 20;
  return admitted;
}

const says = (text: string, to = romeo): Message | Failure => pass(chat(to, { text }).message, to);
const writes = (text: string, parts: Partial<Message> = {}): Message | Failure => pass(letter(romeo, juliet, { text, ...parts }).message, juliet);
const refused = (result: Message | Failure): boolean => result instanceof Failure;

/** Rounds until one is refused, at most `most`. */
function rounds(most: number, round: (i: number) => Message | Failure): number {
  for (let i = 0; i < most; i++) if (refused(round(i))) return i;
  return most;
}

describe('machines are stopped', () => {
  it('that answer what was forwarded to a mailbox, as the chat user himself or from there', () => {
    const user = jid('romeo');
    for (const author of [user, romeo]) {
      const answered = rounds(50, () => {
        const forwarded = guard.admit(chat(romeo, { text: 'I did not understand you.' }).message, author);
        if (forwarded instanceof Failure) return forwarded;
        guard.passed({ seq: 1, message: { ...forwarded, forwardedFor: user }, recipient: romeo, outlet: 'smtp', attempts: 0, context: { references: [] } });
        now += 20;
        return pass({ ...letter(romeo, juliet, { text: 'I am on holiday until Monday.' }).message, sender: author }, juliet);
      });
      expect(answered).toBeLessThanOrEqual(3);
      guard = new LoopGuard(() => now);
    }
  });

  it('two gateways with a bot each: three messages', () => {
    const other = new LoopGuard(() => now);
    const bot = chat(romeo, { text: 'Hello, I am a bot. What can I do for you?' }).message;
    let sent = 0;
    let last: Message | Failure = pass(bot, romeo);
    for (const sides = [other, guard]; !(last instanceof Failure) && sent < 100; sides.reverse()) {
      sent++;
      const [side = guard] = sides;
      pass(letter(romeo, juliet, { text: last.text, ...(last.hops !== undefined && { hops: last.hops }) }).message, juliet, side);
      last = pass(bot, romeo, side);
    }
    expect(sent).toBe(3);
    expect(last).toMatchObject({ kind: 'permanent', reason: 'loop' });
  });

  it.each([
    ['at once', 50],
    ['after five seconds', 5_000],
  ])('an answering machine without a header, %s: two answers to it', (_, delay) => {
    const answered = rounds(50, (i) => {
      now += delay;
      writes(`I am on holiday until Monday. This is answer ${i} of many, and I shall read your mail when I am back.`);
      return says('I did not understand you. Say "help" for help.');
    });
    expect(answered).toBeLessThanOrEqual(2);
  });

  it('what says that it is a machine is not answered at once', () => {
    writes('I am on holiday.', { origin: 'auto-replied' });
    expect(refused(says('Hello, I am a bot.'))).toBe(true);
  });

  it('what answers errors, ours and those of others', () => {
    const report = { ...letter(romeo, juliet, { text: 'Not delivered.', origin: 'auto-replied' }).message, source: 'gateway' as const };
    guard.passed({ seq: 1, message: report, recipient: juliet, outlet: 'xmpp', attempts: 0, context: { references: [] } });
    for (let i = 0; i < 100; i++) {
      now += 20;
      expect(refused(says('I did not understand you. Say "help" for help.'))).toBe(true);
    }
  });

  it('a second round within the hour is shorter, and an hour later as long as the first', () => {
    const again = (): number =>
      rounds(9, (hops) => {
        now += 10_000;
        writes('An answer.', { hops });
        return says('Hello, I am a bot.');
      });
    expect([again(), again()]).toEqual([2, 1]);
    now += HOUR;
    expect(again()).toBe(2);
  });
});

describe('people are not', () => {
  /** Numbers that look like chance, the same in each run. */
  function* chances(): Generator<number, never> {
    for (let seed = 7; ; ) yield (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  }

  it('two who type side by side, a line each five seconds or so, and do not wait for each other', () => {
    const chance = chances();
    const next = [T0, T0 + 1_000];
    let cut = 0;
    for (let i = 0; i < 4_000; i++) {
      const who = (next[0] ?? 0) <= (next[1] ?? 0) ? 0 : 1;
      now = next[who] ?? 0;
      const text = 'words '.repeat(1 + Math.floor(chance.next().value * 9));
      if (who === 1) writes(`${text}${i}`);
      else if (refused(says(`${text}${i}`))) cut++;
      next[who] = now + 1_000 + text.length * 60 + chance.next().value * 5_000;
    }
    expect(cut).toBeLessThanOrEqual(2);
  });

  it('somebody who talks with a bot for an hour', () => {
    const heard = rounds(400, (i) => {
      now += 3_000;
      writes(i % 2 === 0 ? 'next' : 'tell me more about it');
      return says('Here is the next of a hundred jokes, which is as bad as the last.');
    });
    expect(heard).toBe(400);
  });

  it('two who chat fast through two gateways', () => {
    const heard = rounds(400, (i) => {
      now += 700 + (i % 7) * 200;
      writes('ok', { hops: i % 3 });
      now += 900 + (i % 5) * 150;
      return says('yes!');
    });
    expect(heard).toBe(400);
  });

  it('somebody whose words cross an automatic answer', () => {
    says('Are you there?');
    now += 1_000;
    writes('I am on holiday.', { origin: 'auto-replied' });
    now += 600;
    expect(refused(says('And bring the letter, please.'))).toBe(false);
  });

  it('who goes on writing while receipts come in, and no receipt is a sign of a machine', () => {
    const { message } = letter(romeo, juliet, { text: 'Your message was delivered.', origin: 'auto-replied' });
    const receipt: Message = { ...message, source: 'gateway', report: { state: 'delivered', about: { id: message.id, ids: {}, acceptedAt: T0 }, recipient: romeo } };
    for (let i = 0; i < 20; i++) {
      expect(refused(says(`line ${i}`))).toBe(false);
      guard.passed({ seq: 1, message: receipt, recipient: juliet, outlet: 'xmpp', attempts: 0, context: { references: [] } });
    }
  });

  it('somebody who gets the same words from many, or from none of them in answer', () => {
    for (let i = 0; i < 20; i++) {
      writes('Alert: the disk is full on machine 7, please look at it.', { hops: 0 });
      expect(refused(says('On it, thank you for the news.'))).toBe(false);
      now += 120_000;
    }
  });
});

describe('a number of hops from outside', () => {
  it('says nothing where nobody was written to: a stranger cannot have a quick answer refused', () => {
    expect(writes('Hello, you do not know me.', { hops: 99 })).not.toHaveProperty('hops', 99);
    expect(refused(says('I was about to write this to you.'))).toBe(false);
  });

  it('says nothing where the last word to its sender is an hour old', () => {
    says('Good night.');
    now += HOUR;
    writes('Good morning.', { hops: 99 });
    expect(refused(says('I was about to write this to you.'))).toBe(false);
  });

  it('counts where it answers', () => {
    says('Hello, I am a bot.');
    now += 600_000;
    writes('Hello, I am a bot, too.', { hops: 2 });
    expect(refused(says('Hello, I am a bot.'))).toBe(true);
  });
});

it('an old talk is forgotten for newer ones', () => {
  says('Hello, I am a bot.');
  writes('An answer.', { hops: 2 });
  for (let i = 0; i < 20_000; i++) guard.passed({ seq: 1, message: letter(mail(`m${i}`), juliet).message, recipient: juliet, outlet: 'xmpp', attempts: 0, context: { references: [] } });
  expect(refused(says('Hello, I am a bot.'))).toBe(false);
});
