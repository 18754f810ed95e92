/** Mails as correspondents send them: numbered, from fifty people in ten domains, signed (DKIM), with SPF and DMARC in DNS. */
import { createHash, createSign, generateKeyPairSync } from 'node:crypto';

/** One mail, ready for the wire. */
export interface Mail {
  readonly from: string;
  /** Dots are stuffed and the final one is there. */
  readonly data: Buffer;
  /** What follows `data`, where many large mails share it. */
  readonly rest?: Buffer;
}

export const DOMAINS = Array.from({ length: 10 }, (_, i) => `montague${i}.test`);
/** Order is kept for each pair of writer and reader, so one writer alone would measure something else. */
export const WRITERS = Array.from({ length: 50 }, (_, i) => `romeo${i}@${DOMAINS[i % DOMAINS.length] ?? ''}`);
const SELECTOR = 'bench';
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });

/** What a message is known by in its text: `bench-no-17.` */
export function mark(number: number): string {
  return `bench-no-${number}.`;
}

/** The zones of the writers' domains, for `startDns`: every mail passes SPF, DKIM and DMARC. */
export function zones(): Record<string, string> {
  const key = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const parts = `v=DKIM1; k=rsa; p=${key}`.match(/.{1,250}/g) ?? [];
  const records = `@ TXT "v=spf1 ip4:127.0.0.1 -all"\n_dmarc TXT "v=DMARC1; p=reject"\n${SELECTOR}._domainkey TXT ${parts.map((part) => `"${part}"`).join(' ')}`;
  return Object.fromEntries(DOMAINS.map((domain) => [domain, records]));
}

export interface MailKind {
  readonly to: string;
  /** Of the mail without its signature, which adds some 500. */
  readonly bytes: number;
  readonly writers?: readonly string[];
  /** Part of the Message-IDs: the gateway takes one that it has seen for a repetition. */
  readonly batch: string;
}

export function makeMail(number: number, { writers = WRITERS, to, bytes, batch }: MailKind): Mail {
  const from = writers[number % writers.length] ?? '';
  const domain = from.slice(from.indexOf('@') + 1);
  const signed = [
    ['From', `Romeo Montague <${from}>`],
    ['To', `Juliet Capulet <${to}>`],
    ['Subject', 'What light through yonder window breaks'],
    ['Date', 'Tue, 03 Nov 2026 12:00:00 +0000'],
    ['Message-ID', `<${number}.${batch}@${domain}>`],
  ] as const;
  const head = [...signed, ['MIME-Version', '1.0'], ['Content-Type', 'text/plain; charset=utf-8'], ['Content-Transfer-Encoding', '8bit']] as const;
  const text = `${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  const body = bodyOf(number, bytes - text.length);
  return { from, data: Buffer.from(`${signature(domain, signed, body)}${text}${body}.\r\n`) };
}

function bodyOf(number: number, bytes: number): string {
  const line = 'It is the east, and Juliet is the sun. Arise, fair sun, and kill the moon.\r\n';
  return `${mark(number)}\r\n${line.repeat(Math.ceil(bytes / line.length))}`.slice(0, Math.max(bytes - 2, mark(number).length)).trimEnd() + '\r\n';
}

/** RFC 6376, relaxed/simple: what we write has no folds and no double spaces, so relaxing means the names' case only. */
function signature(domain: string, signed: readonly (readonly [string, string])[], body: string): string {
  const names = signed.map(([name]) => name.toLowerCase());
  const hash = createHash('sha256').update(body).digest('base64');
  const value = `v=1; a=rsa-sha256; c=relaxed/simple; d=${domain}; s=${SELECTOR}; h=${names.join(':')}; bh=${hash}; b=`;
  const lines = [...signed, ['dkim-signature', value] as const].map(([name, text]) => `${name.toLowerCase()}:${text}`);
  return `DKIM-Signature: ${value}${createSign('sha256').update(lines.join('\r\n')).sign(privateKey, 'base64')}\r\n`;
}

/** The same mails for every contender of a round; made once. */
export class MailSupply {
  #round: number | undefined;
  #mails: Mail[] = [];
  #first = 0;

  constructor(private readonly kind: MailKind) {}

  /** The first so many mails of a round, and the number of the first one. */
  take(round: number, count: number): { readonly first: number; readonly mails: readonly Mail[] } {
    if (round !== this.#round) {
      this.#first += this.#mails.length;
      this.#mails = [];
      this.#round = round;
    }
    while (this.#mails.length < count) this.#mails.push(makeMail(this.#first + this.#mails.length, this.kind));
    return { first: this.#first, mails: this.#mails.slice(0, count) };
  }
}
