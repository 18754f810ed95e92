/**
 * `npm run corpus -- DIR [--text]`: sends every mail of a folder through the whole way in, up to the XMPP edge's last check,
 * and prints what became of each, what went wrong first. `--text` prints what the chat user reads, too. Exit code 1
 * when one crashed or would have closed the stream.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { SaxesParser } from 'saxes';
import { parseMailAddress, type Jid, type MailAddress } from '../src/address.js';
import { isFailure } from '../src/failure.js';
import type { Delivery } from '../src/message.js';
import { fromMail } from '../src/translate/from-mail.js';
import { readMail } from '../src/translate/read-mail.js';
import { toStanzas } from '../src/translate/to-stanza.js';
import { Gate } from '../src/xmpp/gate.js';

const OUTCOMES = ['crashed', 'closes the stream', 'refused', 'slow', 'rendered'] as const;
type Outcome = (typeof OUTCOMES)[number];

interface Result {
  readonly file: string;
  readonly outcome: Outcome;
  readonly why: string;
  readonly ms: number;
  readonly text: string;
}

const GATEWAY = { domain: 'mail.example.com', home: 'example.com', separator: '%' } as const;
const AUTHOR: MailAddress = { kind: 'mail', local: 'author', domain: 'example.net' };
const READER: Jid = { kind: 'jid', local: 'reader', domain: 'example.com', resource: '' };
const ID = '01h00000000000000000000000';
const MAX_STANZA = 250_000;
/** What `stanzapost.toml` says by default. */
const LONG_TEXT = 2_500;
const SLOW_MS = 200;
/** Expected results and descriptions that lie beside the mails. */
const NO_MAIL = /\.(?:golden|md|json|rb|py|licen[cs]e)$|(?:^|\/)(?:LICEN[CS]E|README)[^/]*$/i;

/** Before a file that is a mail's text alone: its first paragraph would be read as a header. */
const BARE_HEADER = Buffer.from('MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n');
const HEADER_LINE = /^(?:From |[\w-]+:)/;

function mailIn(path: string): Uint8Array {
  const bytes = readFileSync(path);
  return HEADER_LINE.test(bytes.subarray(0, 100).toString('latin1').trimStart()) ? bytes : Buffer.concat([BARE_HEADER, bytes]);
}

function filesIn(directory: string): string[] {
  const entries = readdirSync(directory).sort().map((name) => join(directory, name));
  return entries.flatMap((path) => (statSync(path).isDirectory() ? filesIn(path) : [path])).filter((path) => !NO_MAIL.test(path));
}

async function outcomeOf(bytes: Uint8Array): Promise<Omit<Result, 'file' | 'ms'>> {
  const mail = await readMail(bytes);
  if (isFailure(mail)) return { outcome: 'refused', why: mail.text, text: '' };
  const now = Date.now();
  const recipient = mail.to.map(({ address }) => parseMailAddress(address)).find((address) => !isFailure(address));
  const envelope = { ...(recipient !== undefined && { recipient }), ...(!/^<>$/.test(mail.headers.first('return-path')?.trim() ?? '') && { envelopeFrom: AUTHOR }) };
  const message = fromMail(mail, { id: ID, now, from: AUTHOR, ...envelope, wantsReceipt: false, authenticity: 'verified', original: ID, longText: LONG_TEXT });
  const delivery: Delivery = { seq: 1, message, recipient: READER, outlet: 'xmpp', attempts: 0, context: { references: [] } };
  const stanzas = toStanzas(delivery, { gateway: GATEWAY, maxBytes: MAX_STANZA, now, originalHint: () => 'https://mail.example.com/m/link' });
  if (isFailure(stanzas)) return { outcome: 'refused', why: stanzas.text, text: message.text };
  const wire: string[] = [];
  const gate = new Gate({ domain: GATEWAY.domain, maxStanza: MAX_STANZA, maxBuffered: Infinity }, { connected: true, buffered: 0, write: (text) => wire.push(text) }, () => undefined);
  const refused = gate.send(stanzas);
  if (refused !== undefined) return { outcome: 'refused', why: refused.text, text: message.text };
  await new Promise(setImmediate);
  const fault = xmlFault(wire.join(''));
  const text = stanzas.map((stanza) => stanza.getChildText('body') ?? '').join('');
  return fault === undefined ? { outcome: 'rendered', why: noteOf(message), text } : { outcome: 'closes the stream', why: fault, text };
}

function noteOf({ cutLines = 0, shortened = false, attachments }: Delivery['message']): string {
  return [cutLines > 0 ? `${cutLines} lines cut` : '', shortened ? 'shortened' : '', attachments.length > 0 ? `${attachments.length} files` : ''].filter((part) => part !== '').join(', ');
}

/** What a strict parser has against the stanzas. */
function xmlFault(stanzas: string): string | undefined {
  let fault: string | undefined;
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', ({ message }) => (fault ??= message));
  parser.write(`<stream xmlns="jabber:component:accept">${stanzas}</stream>`).close();
  return fault;
}

async function resultOf(path: string, root: string): Promise<Result> {
  const file = relative(root, path);
  const bytes = mailIn(path);
  const started = performance.now();
  try {
    const result = await outcomeOf(bytes);
    const ms = performance.now() - started;
    return { file, ms, ...result, outcome: result.outcome === 'rendered' && ms > SLOW_MS ? 'slow' : result.outcome };
  } catch (error) {
    return { file, ms: performance.now() - started, outcome: 'crashed', why: String(error), text: '' };
  }
}

function print(results: readonly Result[], withText: boolean): void {
  const ordered = results.toSorted((a, b) => OUTCOMES.indexOf(a.outcome) - OUTCOMES.indexOf(b.outcome));
  for (const { file, outcome, why, ms, text } of ordered) {
    console.log(`${outcome.padEnd(17)}  ${ms.toFixed(1).padStart(7)} ms  ${String(text.length).padStart(6)} characters  ${file}${why === '' ? '' : `  (${why})`}`);
    if (withText) console.log(`${text.replace(/^/gm, '    | ')}\n`);
  }
  console.log(`\n${results.length} mails: ${OUTCOMES.map((outcome) => `${results.filter((result) => result.outcome === outcome).length} ${outcome}`).join(', ')}`);
}

const [directory, option] = process.argv.slice(2);
if (directory === undefined || (option !== undefined && option !== '--text')) {
  console.error('npm run corpus -- DIR [--text]');
  process.exitCode = 2;
} else {
  const results: Result[] = [];
  for (const path of filesIn(directory)) results.push(await resultOf(path, directory));
  print(results, option === '--text');
  process.exitCode = results.some(({ outcome }) => outcome === 'crashed' || outcome === 'closes the stream') ? 1 : 0;
}
