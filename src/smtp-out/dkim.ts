/**
 * DKIM signing (RFC 6376, RFC 8463 for Ed25519), relaxed/relaxed. Our own because neither library at hand can oversign:
 * `h=` names each field once more than it is there, so that none can be added afterwards without breaking the signature.
 */
import { createHash, createPrivateKey, sign, type Hash, type KeyObject } from 'node:crypto';
import { Failure } from '../failure.js';
import type { MailPieces } from '../translate/mail-pieces.js';

/** A key that `dkimKey` has checked. */
export interface DkimKey {
  /** `d=`: the gateway's domain or one above it, or DMARC does not align. */
  readonly domain: string;
  /** `s=`: the public key is in the TXT record SELECTOR._domainkey.DOMAIN. */
  readonly selector: string;
  readonly key: KeyObject;
}

/** Signed where present, and once more than present. */
const FIELDS = ['from', 'to', 'subject', 'date', 'message-id', 'in-reply-to', 'references', 'reply-to', 'sender', 'cc'];
/** Signed where present. */
const ALSO = ['mime-version', 'content-type', 'content-transfer-encoding', 'jabber-id', 'auto-submitted'];

const ALGORITHMS: Partial<Record<string, string>> = { rsa: 'rsa-sha256', ed25519: 'ed25519-sha256' };
/** RFC 8301 §3.2. */
const LEAST_RSA_BITS = 1024;
const DNS_NAME = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*$/i;

/** @param pem the private key, PKCS#8 or PKCS#1, RSA of 1,024 bits or more, or Ed25519 */
export function dkimKey(domain: string, selector: string, pem: string): DkimKey | Failure {
  if (!DNS_NAME.test(domain)) return Failure.permanent('bad-content', 'the DKIM domain is no domain name');
  if (!DNS_NAME.test(selector)) return Failure.permanent('bad-content', 'the DKIM selector is no DNS label');
  try {
    const key = createPrivateKey(pem);
    if (ALGORITHMS[key.asymmetricKeyType ?? ''] === undefined) return Failure.permanent('bad-content', 'the DKIM key is neither RSA nor Ed25519');
    if ((key.asymmetricKeyDetails?.modulusLength ?? LEAST_RSA_BITS) < LEAST_RSA_BITS) return Failure.permanent('bad-content', 'the DKIM key is shorter than 1,024 bits');
    return { domain: domain.toLowerCase(), selector, key };
  } catch (cause) {
    return Failure.permanent('bad-content', 'the DKIM key is no private key in PEM form', { cause });
  }
}

/**
 * The message with a DKIM-Signature before it.
 * @param raw a whole mail with CRLF line ends
 * @param now for `t=`, ms since the epoch
 */
export function dkimSign(raw: Buffer, key: DkimKey, now: number): Buffer {
  const { header, body } = divide(raw);
  return Buffer.concat([signatureField(header, createHash('sha256').update(relaxedBody(body)), key, now), raw]);
}

/** As `dkimSign`, for a mail that is never held whole: it is read once for its hash, before it is sent. */
export async function dkimSignPieces(mail: MailPieces, key: DkimKey, now: number): Promise<MailPieces> {
  const { header, body } = divide(mail.head);
  const hash = createHash('sha256').update(relaxedLines(body));
  let first = true;
  for await (const { bytes, plain } of mail.read()) {
    // Base64 is relaxed already. No piece but the last can end in empty lines, and that one is a boundary.
    if (!first) hash.update(plain ? bytes : relaxedLines(bytes));
    first = false;
  }
  return mail.behind(signatureField(header, hash, key, now));
}

function divide(raw: Buffer): { header: string; body: Buffer } {
  const end = raw.indexOf('\r\n\r\n');
  return { header: raw.toString('latin1', 0, end === -1 ? raw.length : end), body: end === -1 ? Buffer.alloc(0) : raw.subarray(end + 4) };
}

/** @param hash of the whole body, relaxed */
function signatureField(head: string, hash: Hash, { domain, selector, key }: DkimKey, now: number): Buffer {
  const signed = pick(parseFields(head));
  const bodyHash = hash.digest('base64');
  const unsigned = header([
    'v=1',
    `a=${ALGORITHMS[key.asymmetricKeyType ?? ''] ?? ''}`,
    'c=relaxed/relaxed',
    `d=${domain}`,
    `s=${selector}`,
    `t=${Math.floor(now / 1000)}`,
    `h=${signed.names.join(':\r\n\t ')}`,
    `bh=${bodyHash}`,
    'b=',
  ]);
  const input = [...signed.lines, relaxedField(unsigned)].join('\r\n');
  const signature = signBytes(Buffer.from(input, 'latin1'), key).replace(/(.{70})(?=.)/g, '$1\r\n\t ');
  return Buffer.from(`${unsigned}${signature}\r\n`);
}

function header(tags: readonly string[]): string {
  return `DKIM-Signature: ${tags.join(';\r\n\t')}`;
}

/** RFC 8463 §3: Ed25519 signs the SHA-256 of the input. */
function signBytes(input: Buffer, key: KeyObject): string {
  if (key.asymmetricKeyType === 'rsa') return sign('sha256', input, key).toString('base64');
  return sign(null, createHash('sha256').update(input).digest(), key).toString('base64');
}

/** Whole fields with their folds. Bytes are kept one to a character, and go back the same way. */
function parseFields(block: string): string[] {
  return block.split(/\r\n(?![ \t])/);
}

/** RFC 6376 §5.4.2: of several fields of a name, the last comes first. A name without a field adds nothing to the input. */
function pick(fields: readonly string[]): { names: string[]; lines: string[] } {
  const names: string[] = [];
  const lines: string[] = [];
  for (const name of [...FIELDS, ...ALSO]) {
    const present = fields.filter((field) => nameOf(field) === name).reverse();
    names.push(...present.map(() => name), ...(FIELDS.includes(name) ? [name] : []));
    lines.push(...present.map(relaxedField));
  }
  return { names, lines };
}

function nameOf(field: string): string {
  return field.slice(0, field.indexOf(':')).trimEnd().toLowerCase();
}

/** RFC 6376 §3.4.2. */
function relaxedField(field: string): string {
  const value = field.slice(field.indexOf(':') + 1).replace(/\r\n/g, '').replace(/[ \t]+/g, ' ');
  return `${nameOf(field)}:${value.replace(/^ | $/g, '')}`;
}

/** RFC 6376 §3.4.4. */
function relaxedBody(body: Buffer): Buffer {
  const text = relaxedText(body);
  let end = text.length;
  while (text.endsWith('\r\n', end)) end -= 2;
  return Buffer.from(end === 0 ? '' : `${text.slice(0, end)}\r\n`, 'latin1');
}

/** The same without looking at where the body ends. @param lines whole ones */
function relaxedLines(lines: Buffer): Buffer {
  return Buffer.from(relaxedText(lines), 'latin1');
}

function relaxedText(body: Buffer): string {
  return body.toString('latin1').replace(/[ \t]+/g, ' ').replace(/ (?=\r\n|$)/g, '');
}
