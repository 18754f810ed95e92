/**
 * Gets and puts a file at each URL that it is given, and prints what came of it. A process of its own: which authorities Node trusts is said when it
 * starts (NODE_EXTRA_CA_CERTS).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFailure } from '../../src/failure.js';
import { FileFetcher } from '../../src/files/fetcher.js';
import { Spool } from '../../src/files/spool.js';
import { putFile } from '../../src/xmpp/upload-put.js';

async function* word(): AsyncIterable<Uint8Array> {
  await Promise.resolve();
  yield Buffer.from('word');
}

const urls = process.argv.slice(2);
const root = await mkdtemp(join(tmpdir(), 'stanzapost-tls-'));
const trusted = urls.map((url) => new URL(url).host);
const fetcher = new FileFetcher({ userAgent: 'Stanzapost/test', trusted: () => Promise.resolve(trusted), ask: () => Promise.resolve([]) }, new Spool(join(root, 'fetched')));
await fetcher.start();
const results: object[] = [];
for (const url of urls) {
  const got = await fetcher.fetch(url, 1_000, undefined);
  const put = await putFile({ put: url, headers: {}, get: url }, { type: 'text/plain', size: 4, bytes: word() }, new AbortController().signal);
  results.push({
    got: isFailure(got) ? { kind: got.kind, reason: got.reason, code: (got.cause as NodeJS.ErrnoException).code } : got.size,
    put: isFailure(put) ? { kind: put.kind, text: put.text } : put,
  });
}
await rm(root, { recursive: true });
process.stdout.write(JSON.stringify(results));
