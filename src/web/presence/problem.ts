/** What went wrong, as RFC 9457 says it. Pure. */
import { DISCREET, type Answer } from '../answer.js';
import { OPEN } from './cors.js';

const TITLES = {
  400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 406: 'Not Acceptable', 413: 'Content Too Large',
  415: 'Unsupported Media Type', 429: 'Too Many Requests', 500: 'Internal Server Error', 503: 'Service Unavailable',
} as const;
export type ProblemStatus = keyof typeof TITLES;

/**
 * @param detail one sentence for whoever wrote the program that asks; nothing of the request is in it
 * @param headers added, or in place of the usual ones
 */
export function problem(status: ProblemStatus, detail: string, headers: Readonly<Record<string, string>> = {}): Answer<Buffer> {
  const body = Buffer.from(JSON.stringify({ type: 'about:blank', title: TITLES[status], status, detail }));
  return { status, headers: { ...DISCREET, 'content-type': 'application/problem+json', 'content-length': `${body.length}`, ...OPEN, ...headers }, body };
}

/** One object for all of them: who is hidden cannot be told from who never was. */
export const NOT_FOUND: Answer<Buffer> = problem(404, 'Nobody of this name shows you presence. Who hides it looks the same as who does not exist.');

export const BROKEN: Answer<Buffer> = problem(500, 'The gateway has failed here, which is a fault of its own; its log says more.');

export const NOTHING_HERE: Answer<Buffer> = problem(404, 'The API has nothing at this path; /v1/openapi.json tells what it has.');
