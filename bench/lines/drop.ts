/** An SMTP server that takes every mail and drops it: smtp-server as it comes. Ends with its parent. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { FromLine } from '../line.js';

process.on('disconnect', () => process.exit(0));
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  size: 100 << 20,
  onData: (stream, _session, done) => void stream.on('end', () => done()).resume(),
});
server.listen(0, '127.0.0.1', () => {
  const ready: FromLine = { ready: true, port: (server.server.address() as AddressInfo).port };
  process.send?.(ready);
});
