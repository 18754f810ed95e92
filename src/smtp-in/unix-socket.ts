/** A unix socket to listen on: a file left behind by a gateway that was killed is in the way, one in use is not ours. */
import { chmod, lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';

/** Owner and group may connect: the MTA is put into the gateway's group. */
const MODE = 0o660;

/** Removes the socket file when nobody listens on it. */
export async function clearStaleSocket(path: string): Promise<void> {
  const file = await lstat(path).catch(() => undefined);
  if (file?.isSocket() === true && !(await isServed(path))) await unlink(path);
}

export function openToGroup(path: string): Promise<void> {
  return chmod(path, MODE);
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
