/** The addresses on which the gateway will listen: free, and allowed to this user. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { formatListenAddress, type SocketAddress } from '../../config/units.js';
import { good, problem, skipped, type Examine, type Finding } from './finding.js';

const PART = 'listeners';

export const examineListeners: Examine = async ({ config, running }) => {
  if (running) return [skipped(PART, 'a gateway is running and holds them')];
  const { smtp_in, web } = config;
  const addresses = [
    ...smtp_in.listen,
    ...smtp_in.lmtp.filter((address) => 'host' in address),
    ...(web.admin_listen === 'off' ? [] : [web.admin_listen]),
    ...(web.listen === undefined ? [] : [web.listen]),
  ];
  const findings = await Promise.all(addresses.map(tryListen));
  const wrong = findings.filter((finding) => finding !== undefined);
  return wrong.length > 0 ? wrong : [good(PART, `free: ${addresses.map(formatListenAddress).join(', ')}`)];
};

const MENDS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'stop what listens there (ss -ltnp shows it), or choose another port',
  EACCES: 'ports below 1024 need CAP_NET_BIND_SERVICE, which the systemd unit gives',
  EADDRNOTAVAIL: 'choose an address of this machine',
};

async function tryListen(address: SocketAddress): Promise<Finding | undefined> {
  const server = createServer();
  try {
    server.listen(address.port, address.host);
    await once(server, 'listening');
    server.close();
    return undefined;
  } catch (cause) {
    const { code = String(cause) } = cause as NodeJS.ErrnoException;
    return problem(PART, `cannot listen on ${formatListenAddress(address)} (${code})`, MENDS[code] ?? 'correct the address');
  }
}
