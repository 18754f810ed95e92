/** Web servers with certificates, good and bad ones, asked by a process that trusts the authority which signed them. */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const CLIENT = join(import.meta.dirname, 'certificates-client.ts');
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const KINDS = ['good', 'expired', 'of another name', 'of an unknown authority', 'good behind a redirect to a bad one'] as const;

interface Result {
  readonly got: unknown;
  readonly put: unknown;
}

const directory = mkdtempSync(join(tmpdir(), 'stanzapost-certificates-'));
const servers: Server[] = [];
const taken: string[] = [];
const results = new Map<string, Result>();

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
}

function signed(name: string, ca: string, days: number): { key: string; cert: string } {
  openssl('req', ...KEY, '-keyout', 'key', '-out', 'request', '-subj', `/CN=${name}`);
  writeFileSync(join(directory, 'ext'), `subjectAltName=DNS:${name}\n`);
  openssl('x509', '-req', '-in', 'request', '-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-CAcreateserial', '-out', 'cert', '-days', String(days), '-extfile', 'ext');
  return { key: readFileSync(join(directory, 'key'), 'utf8'), cert: readFileSync(join(directory, 'cert'), 'utf8') };
}

async function serve(certificate: { key: string; cert: string }, location?: string): Promise<string> {
  const server = createServer(certificate, (request, response) => {
    request.on('data', (bytes: Buffer) => taken.push(bytes.toString()));
    request.on('end', () => (location === undefined ? response.end('some words') : response.writeHead(302, { Location: location }).end()));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `https://localhost:${(server.address() as AddressInfo).port}/`;
}

beforeAll(async () => {
  for (const ca of ['ca', 'other']) openssl('req', '-x509', ...KEY, '-keyout', `${ca}.key`, '-out', `${ca}.pem`, '-days', '2', '-subj', `/CN=${ca} authority`);
  const good = signed('localhost', 'ca', 2);
  const expired = await serve(signed('localhost', 'ca', -1));
  const urls = [await serve(good), expired, await serve(signed('other.example', 'ca', 2)), await serve(signed('localhost', 'other', 2)), await serve(good, expired)];
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(directory, 'ca.pem') };
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', import.meta.resolve('tsx'), CLIENT, ...urls], { env });
  (JSON.parse(stdout) as Result[]).forEach((result, n) => results.set(KINDS[n] ?? '', result));
}, 60_000);

afterAll(async () => {
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  rmSync(directory, { recursive: true });
});

describe('a web server whose certificate is', () => {
  it('good gives a file and takes one', () => {
    expect(results.get('good')).toEqual({ got: 10, put: createHash('sha256').update('word').digest('base64') });
    // The one with the redirect has a good one, too.
    expect(taken).toEqual(['word', 'word']);
  });

  it.each([
    ['expired', 'CERT_HAS_EXPIRED', /certificate has expired/],
    ['of another name', 'ERR_TLS_CERT_ALTNAME_INVALID', /altnames/],
    ['of an unknown authority', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', /unable to verify/],
  ])('%s is talked to no further: the link stays a link, and the upload is tried elsewhere', (kind, code, words) => {
    expect(results.get(kind)).toEqual({
      got: { kind: 'permanent', reason: 'remote-refused', code },
      put: { kind: 'temporary', text: expect.stringMatching(words) as string },
    });
  });

  it('good behind a redirect to a bad one is followed no further, and no upload is redirected', () => {
    expect(results.get('good behind a redirect to a bad one')).toEqual({
      got: { kind: 'permanent', reason: 'remote-refused', code: 'CERT_HAS_EXPIRED' },
      put: { kind: 'temporary', text: 'The upload service did not take a file: it answers 302.' },
    });
  });
});
