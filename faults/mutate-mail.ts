/** Mails that no program would write, made from mails that some do. */
import { readdirSync, readFileSync } from 'node:fs';
import { HOSTILE } from '../test/xmpp/hostile.js';
import type { Chance } from './chance.js';

const CASES = new URL('../test/translate/cases/', import.meta.url);
const CHARSETS = ['utf-8', 'utf-7', 'utf-16', 'utf-32be', 'iso-2022-jp', 'shift_jis', 'gb18030', 'hz-gb-2312', 'ebcdic-cp-us', 'x-unknown', '', '"', 'us-ascii\0', 'utf-8; charset=x'];
const TYPES = ['multipart/mixed', 'multipart/alternative', 'message/rfc822', 'multipart/report; report-type=delivery-status', 'message/delivery-status', 'text/html', 'text/calendar', 'application/ms-tnef', 'text/plain; format=flowed; delsp=yes', 'x', '', '/', 'multipart/mixed; boundary=""', 'multipart/encrypted'];
const ENCODINGS = ['base64', 'quoted-printable', '8bit', 'binary', 'x-uuencode', 'BASE64 ', ''];

/** The mails of the translation cases, and a few shapes of our own. */
export function originals(): Buffer[] {
  const cases = readdirSync(CASES).filter((name) => name.startsWith('mail-')).map((name) => readFileSync(new URL(`${name}/mail.eml`, CASES)));
  const nested = (depth: number): string =>
    Array.from({ length: depth }, (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n`).join('') + 'Content-Type: text/plain\n\ndeep\n';
  const forwards = `${'Content-Type: message/rfc822\n\n'.repeat(60)}Subject: deep\n\ntext\n`;
  const report = 'Content-Type: multipart/report; report-type=delivery-status; boundary=r\n\n--r\n\nFailed.\n--r\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n--r--\n';
  const html = `Content-Type: text/html; charset=utf-8\n\n${'<div><blockquote><a href="http://x.example/?a=1&amp;b">x</a><table><tr><td>'.repeat(300)}end\n`;
  const many = `Content-Type: multipart/mixed; boundary=m\n\n${'--m\nContent-Disposition: attachment; filename="../../etc/passwd"\n\nx\n'.repeat(200)}--m--\n`;
  const words = `Subject: ${'=?utf-8?B?w6TDtsO8?= '.repeat(200)}\nReferences: ${'<a@b> '.repeat(500)}\n\ntext\n`;
  const parameters = `Content-Type: text/plain; ${Array.from({ length: 300 }, (_, i) => `x*${i}*=utf-8''%41`).join('; ')}\n\ntext\n`;
  return [...cases, ...[nested(20), nested(150), forwards, report, html, many, words, parameters].map((text) => Buffer.from(text))];
}

type Lines = string[];
type Mutation = (lines: Lines, chance: Chance) => Lines;

/** Each takes the lines of a mail, one character per byte, and harms them. */
const MUTATIONS: readonly Mutation[] = [
  (lines, chance) => bytes(lines, chance, 1 + chance.below(8), (code) => code ^ (1 << chance.below(8))),
  (lines, chance) => bytes(lines, chance, 1 + chance.below(8), () => chance.below(256)),
  (lines, chance) => lines.slice(0, chance.below(lines.length + 1)),
  (lines, chance) => spliced(lines, chance.below(lines.length), 1, []),
  (lines, chance) => repeated(lines, chance, 1 + chance.below(3)),
  (lines, chance) => repeated(lines, chance, 200),
  (lines, chance) => spliced(lines, chance.below(lines.length + 1), 0, lines.filter((line) => line.startsWith('--')).slice(0, 1 + chance.below(5))),
  (lines, chance) => lines.filter((line) => !line.startsWith('--') || chance.below(2) === 0),
  (lines, chance) => lines.map((line) => line.replace(/charset="?[^";\s]*"?/i, `charset=${chance.pick(CHARSETS)}`)),
  (lines, chance) => lines.map((line) => line.replace(/^(Content-Type:).*/i, `$1 ${chance.pick(TYPES)}`)),
  (lines, chance) => lines.map((line) => line.replace(/^(Content-Transfer-Encoding:).*/i, `$1 ${chance.pick(ENCODINGS)}`)),
  (lines, chance) => inLine(lines, chance, Buffer.from(chance.pick(HOSTILE)).toString('latin1')),
  (lines, chance) => inLine(lines, chance, chance.pick(['x', '<', '>', 'a.', '@', '=?', '(', '"', ' ', '\t', '\xff', '&#']).repeat(1 + chance.below(60_000))),
  (lines, chance) => spliced(lines, chance.below(lines.length + 1), 0, ['']),
  (lines) => [...lines.slice(0, -1), 'Content-Type: multipart/mixed; boundary=z', '', '--z', ...lines, '--z--'],
  (lines, chance) => spliced(lines, 0, 0, [`${chance.pick(['Subject', 'Date', 'To', 'Sender', 'Auto-Submitted', 'In-Reply-To', 'Received', 'X-Stanzapost-Loop', 'Content-Disposition', 'List-Id'])}: ${Buffer.from(chance.pick(HOSTILE)).toString('latin1')}`]),
];

/** A harmed mail, with CRLF line ends and stuffed dots: ready for DATA, without the final one. @param id made its Message-ID */
export function mutatedMail(from: readonly Buffer[], id: string, chance: Chance): Buffer {
  let lines = chance.pick(from).toString('latin1').split(/\r?\n/);
  for (let i = 1 + chance.below(4); i > 0; i--) lines = chance.pick(MUTATIONS)(lines, chance);
  // Most must get past the guard of From, so that the parser behind it has something to do.
  const kept = chance.below(5) === 0 ? lines : ['From: Mutant <mutant@montague.test>', ...lines.filter((line) => !/^\s*from\s*:/i.test(line))];
  const whole = [`Message-ID: <${id}@montague.test>`, ...kept.filter((line) => !/^message-id:/i.test(line))];
  const wire = whole.map((line) => (line.startsWith('.') ? `.${line}` : line)).join('\r\n');
  // Now and then as it came out, with bare line ends and NUL in it.
  return Buffer.from(chance.below(20) === 0 ? wire : wire.replace(/\0/g, '').replace(/\r(?!\n)|(?<!\r)\n/g, ' '), 'latin1');
}

function spliced(lines: Lines, at: number, remove: number, put: Lines): Lines {
  return [...lines.slice(0, at), ...put, ...lines.slice(at + remove)];
}

function repeated(lines: Lines, chance: Chance, times: number): Lines {
  const at = chance.below(lines.length);
  return spliced(lines, at, 0, Array<string>(times).fill(lines[at] ?? ''));
}

function inLine(lines: Lines, chance: Chance, put: string): Lines {
  const at = chance.below(lines.length);
  const line = lines[at] ?? '';
  const place = chance.below(line.length + 1);
  return spliced(lines, at, 1, [line.slice(0, place) + put + line.slice(place)]);
}

function bytes(lines: Lines, chance: Chance, count: number, to: (code: number) => number): Lines {
  const buffer = Buffer.from(lines.join('\n'), 'latin1');
  for (let i = 0; i < count && buffer.length > 0; i++) {
    const at = chance.below(buffer.length);
    buffer[at] = to(buffer[at] ?? 0);
  }
  return buffer.toString('latin1').split('\n');
}
