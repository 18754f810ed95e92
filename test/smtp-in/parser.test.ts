/** Our reading of the dots of a large mail against smtp-server's own. */
import fc from 'fast-check';
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/smtp-in/options.js';
import { StrictParser } from '../../src/smtp-in/parser.js';

/** What the parser makes of a mail, and of what follows it. */
async function read(parser: SMTPStream, pieces: readonly Buffer[]): Promise<{ mail: string; commands: string[] }> {
  const commands: string[] = [];
  parser.oncommand = (command: Buffer, next?: () => void) => {
    commands.push(command.toString('latin1'));
    next?.();
  };
  const mail: Buffer[] = [];
  const stream = parser.startDataMode();
  const ended = new Promise<void>((resolve) => stream.on('data', (chunk: Buffer) => mail.push(chunk)).on('end', resolve));
  void ended.then(() => parser.continue());
  for (const piece of pieces) await new Promise((resolve) => parser.write(piece, resolve));
  await ended;
  return { mail: Buffer.concat(mail).toString('latin1'), commands };
}

function strict(): StrictParser {
  return new StrictParser(DEFAULT_LIMITS, { greeted: () => true, spokeEarly: fail, badLine: fail, lineTooLong: fail });
}

function fail(): never {
  throw new Error('the lines are good');
}

describe('a large mail', () => {
  it('is what smtp-server makes of it, wherever its dots are and its segments end', async () => {
    const line = fc.constantFrom('..', '..a', '...', 'a.', '', 'x'.repeat(70), 'x'.repeat(900));
    const block = fc.record({ lines: fc.array(line, { maxLength: 6 }), filler: fc.nat(50) });
    const cuts = fc.array(fc.record({ filler: fc.nat(40_000), offset: fc.nat(9) }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(block, { maxLength: 4 }), cuts, async (blocks, at) => {
        const text = blocks.flatMap(({ lines, filler }) => [...lines, ...Array.from({ length: filler * 10 }, () => 'y'.repeat(76))]);
        const bytes = Buffer.from(`Subject: dots\r\n\r\n${text.map((one) => `${one}\r\n`).join('')}.\r\nNOOP\r\n`);
        // Near a dot, where there is one behind the place.
        const places = at.map(({ filler, offset }) => Math.min(bytes.length - 9, Math.max(1, bytes.indexOf('\n.', filler) - 4 + offset)));
        const ends = [...places.sort((a, b) => a - b), bytes.length];
        const pieces = ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
        expect(await read(strict(), pieces)).toEqual(await read(new SMTPStream(), pieces));
      }),
      { numRuns: 60 },
    );
  });

  it.each(['..', '...', '..a', '.x'])('is that when a segment ends near a line of %s, and the next holds no other', async (line) => {
    const filler = `${'y'.repeat(76)}\r\n`.repeat(300);
    const bytes = Buffer.from(`Subject: dots\r\n\r\n${filler}${line}\r\n${filler}${filler}.\r\n`);
    const start = bytes.indexOf('\n.') + 1;
    for (let end = start - 6; end <= start + 6; end++) {
      const pieces = [bytes.subarray(0, end), bytes.subarray(end, end + 20_000), bytes.subarray(end + 20_000)];
      expect(await read(strict(), pieces), String(end - start)).toEqual(await read(new SMTPStream(), pieces));
    }
  });
});
