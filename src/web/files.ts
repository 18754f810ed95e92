/** How a file of a mail is handed to a browser: as what, under which name, and which part of it. Pure. */
import type { Attachment } from '../message.js';
import { fileName } from '../translate/mail-text.js';

/** Shown by a browser itself, and no program to it. Not SVG and not HTML: they are. */
const SHOWN = new Set([
  'image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp', 'image/heic',
  'audio/mpeg', 'audio/mp4', 'audio/aac', 'audio/ogg', 'audio/opus', 'audio/wav', 'audio/webm', 'audio/flac',
  'video/mp4', 'video/webm', 'video/ogg', 'video/quicktime', 'video/3gpp',
  'application/pdf', 'text/plain',
]);
const SAME = new Map([['image/jpg', 'image/jpeg'], ['image/pjpeg', 'image/jpeg'], ['image/x-png', 'image/png'], ['audio/mp3', 'audio/mpeg'], ['audio/x-wav', 'audio/wav'], ['audio/x-m4a', 'audio/mp4']]);
/** For what mail programs call by no type of its own. */
const BY_ENDING = new Map([['jpg', 'image/jpeg'], ['jpeg', 'image/jpeg'], ['png', 'image/png'], ['gif', 'image/gif'], ['webp', 'image/webp'], ['pdf', 'application/pdf'], ['mp4', 'video/mp4'], ['mp3', 'audio/mpeg']]);

/** The type a browser is told; `application/octet-stream` for all that it might run. */
function servedType({ type, name }: Pick<Attachment, 'type' | 'name'>): string {
  const ending = /\.(\w{1,5})$/.exec(name)?.[1]?.toLowerCase() ?? '';
  const known = SAME.get(type) ?? (type === 'application/octet-stream' ? BY_ENDING.get(ending) : undefined) ?? type;
  return SHOWN.has(known) ? known : 'application/octet-stream';
}

export function isImage(attachment: Pick<Attachment, 'type' | 'name'>): boolean {
  return servedType(attachment).startsWith('image/');
}

/** The headers that say what it is: RFC 6266, with the name also in RFC 8187's form where it is not plain ASCII. */
export function fileHeaders({ type, name, where }: Attachment): Record<string, string> {
  const served = servedType({ type, name });
  const disposition = served === 'application/octet-stream' ? 'attachment' : 'inline';
  return {
    'content-type': served === 'text/plain' ? 'text/plain; charset=utf-8' : served,
    'content-disposition': `${disposition}; ${nameParameters(fileName(name, 'part' in where ? where.part : 0))}`,
    'content-security-policy': policyOf(served),
  };
}

const BY_ITSELF = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/** A document by itself: it may be shown, run nothing, and fetch nothing. */
function policyOf(served: string): string {
  // Browsers show a PDF with a program of their own, which a sandbox would not let begin.
  if (served === 'application/pdf') return `${BY_ITSELF}; object-src 'self'`;
  // They fetch a film for the page that they make around it, and refuse it to one without an origin.
  return /^(?:audio|video)\//.test(served) ? `sandbox allow-same-origin; ${BY_ITSELF}` : `sandbox; ${BY_ITSELF}`;
}

function nameParameters(name: string): string {
  const ascii = name.replace(/[^ -~]|["\\%]/g, '_');
  return ascii === name ? `filename="${name}"` : `filename="${ascii}"; filename*=UTF-8''${extValue(name)}`;
}

/** RFC 8187 §3.2.1. */
function extValue(name: string): string {
  return encodeURIComponent(name.replace(/\p{Surrogate}/gu, '\ufffd')).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

export interface Range {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

/**
 * The one range asked for (RFC 9110 §14.2), for a file of this size. Undefined: the whole is to be sent, as for several ranges
 * and for what is none.
 */
export function rangeOf(header: string | undefined, size: number): Range | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') return Number(last) === 0 || size === 0 ? 'unsatisfiable' : { first: Math.max(0, size - Number(last)), last: size - 1 };
  if (last !== '' && Number(last) < Number(first)) return undefined;
  if (Number(first) >= size) return 'unsatisfiable';
  return { first: Number(first), last: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}

/** That part of the bytes; reads no further than it has to. */
export async function* slice(bytes: AsyncIterable<Uint8Array>, { first, last }: Range): AsyncIterable<Uint8Array> {
  let at = 0;
  for await (const piece of bytes) {
    const part = piece.subarray(Math.max(0, first - at), Math.max(0, last + 1 - at));
    if (part.length > 0) yield part;
    at += piece.length;
    if (at > last) return;
  }
}
