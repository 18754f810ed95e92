/**
 * Links to what is kept of a mail: its page, and single files of it. Nothing is kept about a link: its token says what it
 * shows and until when, and carries the proof that we made it (HMAC-SHA256, RFC 2104, cut to 128 bits). Pure.
 *
 * A token is a secret: whoever has it reads the mail. It never goes into a log; the content id may.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Attachment, Authenticity, ContentId, Message } from '../message.js';
import { fileName } from '../translate/mail-text.js';

/** What a link shows. */
export type Linked =
  | { readonly kind: 'page'; readonly original: ContentId; readonly authenticity: Authenticity }
  | { readonly kind: 'file'; readonly original: ContentId; readonly part: number; readonly inside?: number };

/** What a token that we made says. */
export interface Token {
  readonly linked: Linked;
  /** ms since the epoch, in whole seconds. */
  readonly expiresAt: number;
}

export interface LinkOptions {
  /** `https://mail.example.com` or one with a path, without the slash at its end. */
  readonly publicUrl: string;
  /** 32 random bytes. */
  readonly key: Uint8Array;
  /** ms after its mail was accepted that a link works; no longer than originals are kept. */
  readonly lifetime: number;
}

/** `OriginalId-WHAT-EXPIRY-PROOF`: what is `v` or `u` for a page, a number or two for a file. */
const TOKEN = /^([0-9a-z]{1,40})-(v|u|\d{1,4}(?:\.\d{1,4})?)-([0-9a-z]{1,9})-([0-9a-z]{25})$/;

export class Links {
  constructor(private readonly options: LinkOptions) {}

  /** The page of a mail, the same URL at every try; undefined when its original is not kept. */
  pageOf({ original, authenticity, acceptedAt }: Message): string | undefined {
    return original === undefined ? undefined : this.pageUrl(original, authenticity, acceptedAt + this.options.lifetime);
  }

  /** A file of a mail, the same URL at every try; undefined when the mail is not kept, or the file is somewhere else. */
  fileOf({ original, acceptedAt }: Message, { where, name }: Attachment): string | undefined {
    if (original === undefined || 'url' in where) return undefined;
    return this.fileUrl(original, where, name, acceptedAt + this.options.lifetime);
  }

  /**
   * The page of an original mail.
   * @param expiresAt ms since the epoch; whole seconds count
   */
  pageUrl(original: ContentId, authenticity: Authenticity, expiresAt: number): string {
    return `${this.options.publicUrl}/m/${this.token({ linked: { kind: 'page', original, authenticity }, expiresAt })}`;
  }

  /**
   * One attached file of an original mail. The URL ends in its name, so that clients see its type.
   * @param where the attachment's, as `readMail` numbers them
   * @param name for display only; any text
   */
  fileUrl(original: ContentId, where: Exclude<Attachment['where'], { url: string }>, name: string, expiresAt: number): string {
    return `${this.options.publicUrl}/f/${this.token({ linked: { kind: 'file', original, ...where }, expiresAt })}/${pathName(name, where.part)}`;
  }

  /** What a token of ours says; undefined for every other text. It may have expired. */
  read(token: string): Token | undefined {
    const [, original = '', what = '', expiry = '', proof] = TOKEN.exec(token) ?? [];
    if (proof === undefined) return undefined;
    const signed = `${original}-${what}-${expiry}`;
    if (!timingSafeEqual(Buffer.from(this.proofOf(signed)), Buffer.from(proof))) return undefined;
    return { linked: linkedOf(original, what), expiresAt: parseInt(expiry, 36) * 1_000 };
  }

  private token({ linked, expiresAt }: Token): string {
    const signed = `${linked.original}-${whatOf(linked)}-${Math.floor(expiresAt / 1_000).toString(36)}`;
    return `${signed}-${this.proofOf(signed)}`;
  }

  /** 128 bits in lower case: a link survives being read out or written down. */
  private proofOf(signed: string): string {
    const mac = createHmac('sha256', this.options.key).update(signed).digest('hex').slice(0, 32);
    return BigInt(`0x${mac}`).toString(36).padStart(25, '0');
  }
}

function whatOf(linked: Linked): string {
  if (linked.kind === 'page') return linked.authenticity === 'verified' ? 'v' : 'u';
  return linked.inside === undefined ? `${linked.part}` : `${linked.part}.${linked.inside}`;
}

function linkedOf(original: ContentId, what: string): Linked {
  if (what === 'v' || what === 'u') return { kind: 'page', original, authenticity: what === 'v' ? 'verified' : 'unverified' };
  const [part = '', inside] = what.split('.');
  return { kind: 'file', original, part: Number(part), ...(inside !== undefined && { inside: Number(inside) }) };
}

/**
 * A file's name as the last segment of a URL path: one segment, whatever the name; RFC 3986 §2.3 unreserved characters as they
 * are, all others percent-encoded.
 */
export function pathName(name: string, part: number): string {
  const segment = fileName(name, part).replace(/\p{Surrogate}/gu, '\ufffd');
  return encodeURIComponent(segment).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
