/** Of whom a request asks. Pure, but for the reading of its body. */
import { Failure, isFailure } from '../../failure.js';
import { isId } from '../../presence/publication.js';
import type { Answer, WebRequest } from '../answer.js';
import { problem } from './problem.js';

/** Names in one request. */
export const MOST_NAMES = 1_000;
/** UTF-16 units: the longest JID, RFC 7622 §3.1. */
export const LONGEST_NAME = 3_071;
/** Bytes: 1,000 names of 60 each. */
const LARGEST_BODY = 65_536;
/** Text that is sent so is JSON too: a browser sends it to another site without a preflight. */
const TYPES = new Set(['application/json', 'text/plain']);

/** What no name has, and not every format can carry. */
const NEVER = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufffe\uffff]/u;

/** A name as it stands in a path; undefined for what can be none. */
export function nameIn(segment: string): string | undefined {
  if (isId(segment)) return segment;
  try {
    const name = segment.includes('%') ? decodeURIComponent(segment) : segment;
    return isName(name) ? name : undefined;
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** `?id=..&id=..`: order and repeats are kept. */
export function namesInQuery(query: URLSearchParams): readonly string[] | Answer {
  const names = query.getAll('id');
  if (names.length === 0) return problem(400, 'Ask with ?id=NAME, more than once for several.');
  return checked(names);
}

/** A body of a type that `namesInBody` reads; never rejects. */
export function bodyOf({ headers, body }: Pick<WebRequest, 'headers' | 'body'>): Promise<Buffer | Answer> | Answer {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? 'application/json';
  if (!TYPES.has(type)) return problem(415, 'Send application/json, or the same JSON as text/plain.', { 'accept-post': 'application/json, text/plain' });
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return problem(415, 'Send it without Content-Encoding.', { 'accept-encoding': 'identity' });
  // Only who goes while he sends makes it fail; he does not see this.
  return body(LARGEST_BODY).then((bytes) => (bytes === 'too-large' ? problem(413, `At most ${LARGEST_BODY} bytes.`) : bytes), () => problem(400, 'The body did not come whole.'));
}

/** `{"ids":[..]}`: order and repeats are kept. @param key what they are called there */
export function namesInBody(bytes: Buffer, key: 'ids' | 'mail' = 'ids'): readonly string[] | Answer {
  const ids = listIn(bytes.toString(), key);
  return isFailure(ids) ? problem(400, ids.text) : checked(ids);
}

function listIn(text: string, key: string): readonly unknown[] | Failure {
  const wrong = Failure.permanent('bad-content', `The body is to be JSON such as {"${key}":["a","b"]}.`);
  try {
    const value: unknown = JSON.parse(text);
    const ids: unknown = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
    return Array.isArray(ids) ? (ids as readonly unknown[]) : wrong;
  } catch (error) {
    if (error instanceof SyntaxError) return wrong;
    throw error;
  }
}

function checked(names: readonly unknown[]): readonly string[] | Answer {
  if (names.length > MOST_NAMES) return problem(400, `At most ${MOST_NAMES} names in one request.`);
  const wrong = names.findIndex((name) => !isName(name));
  if (wrong >= 0) return problem(400, `Name ${wrong + 1} of the request can be nobody's: 1 to ${LONGEST_NAME} characters, no control characters.`);
  return names as readonly string[];
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name.length <= LONGEST_NAME && !NEVER.test(name);
}
