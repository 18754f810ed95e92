/** A request and its answer, before they meet a socket. */
import type { IncomingHttpHeaders } from 'node:http';

export interface WebRequest {
  readonly method: string;
  /** Path and query as they stand in the request, without the path of our public URL. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** Whom limits count: an address, of IPv6 the network. */
  readonly address: string;
  /** The whole body, read when asked for, once; `too-large` beyond so many bytes. Rejects when the client goes or is too slow. */
  body(most: number): Promise<Buffer | 'too-large'>;
}

export interface Answer<Body = Static | Live> {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
  /** Of one that is given again and again. @see prepared */
  readonly prepared?: Prepared | undefined;
}

/** As Node.js takes it with the least work. */
export interface Prepared {
  /** Name, value, name, value. */
  readonly heads: string[];
  /** A character for each byte; undefined for a long body: Node.js writes the head and a text in one piece, which costs less only where it is short. */
  readonly text: string | undefined;
}

/** Bytes in pieces are read only for a request that wants them. */
export type Static = string | Uint8Array | AsyncIterable<Uint8Array>;

/** A body that goes on until the reader has gone, or is let go. */
export interface Live {
  /** @returns called once, when the reader has gone, was too slow, or was let go */
  begin(reader: Reader): () => void;
}

export interface Reader {
  /** Never waits; a reader who does not keep up is cut off. */
  write(bytes: Uint8Array): void;
  /** Ends the answer. */
  letGo(): void;
}

/** Some of the paths of the public listener. */
export interface Part {
  /** Never rejects. An answer that is there at once, as text or bytes, costs least. */
  answer(request: WebRequest): Answer | Promise<Answer>;
  /** In the words of who asks here, for a fault of ours: where `answer` has failed all the same. */
  readonly broken?: Answer<string | Uint8Array>;
}

/** An answer that is so much work, or so long, that only some such are made at once, and few for one address: called when there is a place. Never rejects. */
export type InPlace = () => Promise<Answer>;

/** Bytes. */
const SHORT = 4_096;

/** For an answer that will be given again and again. @param answer with its `content-length` */
export function prepared<Body extends string | Uint8Array>(answer: Answer<Body>): Answer<Body> {
  const { status, headers, body } = answer;
  return { status, headers, body, prepared: { heads: Object.entries(headers).flat(), text: body.length > SHORT ? undefined : Buffer.from(body).toString('latin1') } };
}

/** On every answer: links are secrets, so no cache, no search engine and no other site may come to know them. */
export const DISCREET: Readonly<Record<string, string>> = {
  'cache-control': 'private, no-store',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex, nofollow, noarchive',
  'x-content-type-options': 'nosniff',
};

export function page(status: number, policy: string, body: string): Answer<string> {
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-length': `${Buffer.byteLength(body)}`, 'content-security-policy': policy };
  return { status, headers, body };
}
