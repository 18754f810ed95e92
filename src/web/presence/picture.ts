/** The picture that a user shows: a stranger's bytes, whose type their beginning told. Pure. */
import type { Picture } from '../../presence/view.js';
import { DISCREET, type Answer } from '../answer.js';

/** Kept by who asks, and asked for again each time: what a user hides is hidden at once. As a document of its own it can do nothing. */
export function pictureAnswer({ id, type, bytes }: Picture): Answer<Uint8Array> {
  const headers = {
    ...DISCREET,
    'cache-control': 'private, no-cache',
    'content-type': type,
    'content-length': `${bytes.length}`,
    'content-disposition': 'inline',
    'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'cross-origin',
    etag: `"${id}"`,
  };
  return { status: 200, headers, body: bytes };
}
