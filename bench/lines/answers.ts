/**
 * A bare node:http server that says the same bytes to everybody: the least that any server in Node has to do. The answers are in a file.
 * Ends with its parent.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FromLine } from '../line.js';

/** By path: answered with 200, these headers, this body. */
export type Answers = Readonly<Record<string, { readonly headers: Readonly<Record<string, string>>; readonly body: string }>>;

process.on('disconnect', () => process.exit(0));
const { file } = JSON.parse(process.argv[2] ?? '') as { readonly file: string };
const answers = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Answers);
const known = new Map(answers.map(([path, { headers, body }]) => [path, { headers, body: Buffer.from(body) }]));
const server = createServer((request, response) => {
  const answer = known.get(request.url ?? '');
  const send = (): void => {
    response.writeHead(answer === undefined ? 404 : 200, answer?.headers);
    response.end(answer?.body);
  };
  if (request.method === 'POST') request.on('end', send).resume();
  else send();
});
server.listen(0, '127.0.0.1', () => {
  const ready: FromLine = { ready: true, port: (server.address() as AddressInfo).port };
  process.send?.(ready);
});
