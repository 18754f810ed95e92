/** Mails made to cost much or to be taken for something else: from their bytes to the stanzas that leave. */
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { isFailure } from '../../src/failure.js';
import { fromMail } from '../../src/translate/from-mail.js';
import { readMail } from '../../src/translate/read-mail.js';
import { toStanzas } from '../../src/translate/to-stanza.js';
import { ANNA, FACTS, GATEWAY, NOW } from './mail-helpers.js';

const CPU_MS = 600;

async function through(mail: string): Promise<{ stanzas: string[]; refused: boolean; names: string[]; cpu: number }> {
  const before = process.cpuUsage();
  const parsed = await readMail(Readable.from([Buffer.from(mail)], { objectMode: false }));
  if (isFailure(parsed)) return { stanzas: [], refused: parsed.kind === 'permanent', names: [], cpu: process.cpuUsage(before).user / 1_000 };
  const message = fromMail(parsed, { ...FACTS, original: FACTS.id, longText: 2_500 });
  const delivery = { seq: 1, message, recipient: ANNA, outlet: 'xmpp', attempts: 0, context: { references: [] } } as const;
  const stanzas = toStanzas(delivery, { gateway: GATEWAY, maxBytes: 200_000, now: NOW });
  const texts = isFailure(stanzas) ? [] : stanzas.map(String);
  return { stanzas: texts, refused: isFailure(stanzas), names: message.attachments.map(({ name }) => name), cpu: process.cpuUsage(before).user / 1_000 };
}

describe('holds nobody up, and arrives or is refused for good', () => {
  test.each([
    ['10,000 continuations of a parameter, all that a header holds', `Content-Type: text/plain;${Array.from({ length: 10_000 }, (_, i) => ` name*${i}*=%41;`).join('\r\n')}\r\n\r\nx`],
    ['a field of 5 MB', `Subject: ${'x'.repeat(5_000_000)}\r\n\r\nx`],
    ['fields of 1.6 MB', `${'X: y\r\n'.repeat(270_000)}\r\nx`],
    ['100,000 addresses in To', `To: ${'a@b.example, '.repeat(100_000)}\r\n\r\nx`],
    ['20,000 addresses in To', `To: ${'a@b.c,\r\n '.repeat(20_000)}z@b.c\r\n\r\nx`],
    ['names of hosts for 5 MB', `\r\n${'a.'.repeat(2_500_000)}`],
    ['a megabyte of @', `\r\n${'@'.repeat(1_000_000)}`],
    ['5 MB of HTML, never closed', `Content-Type: text/html\r\n\r\n${'<div>'.repeat(1_000_000)}`],
    ['180,000 quotations', `Content-Type: text/html\r\n\r\n${'<blockquote>'.repeat(180_000)}`],
    ['140,000 links', `Content-Type: text/html\r\n\r\n${'<a href="http://a.b/c">x</a>'.repeat(140_000)}`],
    ['lists in paragraphs in lists', `Content-Type: text/html\r\n\r\n${'<li><p>'.repeat(70_000)}`],
    ['an answer with a stub and half a megabyte of HTML', `In-Reply-To: <a@b>\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nno HTML format\r\n--b\r\nContent-Type: text/html\r\n\r\n${'<b>x</b> <div class=gmail_quote>'.repeat(16_000)}`],
    ['HTML of quotations and their attributions', `Content-Type: text/html\r\n\r\n${'<p>On 1/1/26 10:00, a@b.c wrote:<blockquote type=cite>x</blockquote>'.repeat(7_500)}`],
    ['a newsletter of one line', `List-Unsubscribe: <https://a.example>\r\n\r\n${'word '.repeat(400_000)}`],
    ['50,000 parts', `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(50_000)}`],
    ['encoded words without end', `Subject: ${'=?utf-8?q?=61?= '.repeat(12_000)}\r\n\r\nx`],
    ['600 KB of text', `\r\n${'word '.repeat(120_000)}`],
  ])('%s', async (_, mail) => {
    const { stanzas, refused, cpu } = await through(mail);
    expect(refused || stanzas.length > 0).toBe(true);
    expect(Math.max(0, ...stanzas.map((stanza) => Buffer.byteLength(stanza)))).toBeLessThanOrEqual(200_000);
    expect(cpu).toBeLessThan(CPU_MS);
  });
});

describe('the name of a file', () => {
  const named = async (name: string): Promise<string> => {
    const { names } = await through(`Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Disposition: attachment; filename="${name}"\r\n\r\nx\r\n--b--\r\n`);
    return names[0] ?? '';
  };

  test.each([
    ['../../etc/passwd', 'passwd'],
    ['/evil/because:ofpath', 'because:ofpath'],
    ['..\\\\..\\\\x', 'x'],
    ['a\u202egpj.exe', 'agpj.exe'],
    ['CON', 'CON'],
  ])('%j is %j', async (name, shown) => expect(await named(name)).toBe(shown));

  test.each(['', '..', '/', 'x'.repeat(4_000)])('%j becomes one of a bearable length', async (name) => {
    const shown = await named(name);
    expect(shown).toMatch(/^[^/\\]{1,255}$/);
    expect(['.', '..']).not.toContain(shown);
  });
});
