/** Room for newcomers at a web server, however many connections are held open. */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** ms for which a connection is let be that came when there was no room: many come at once after a break, and ask at once. */
const GRACE_MS = 1_000;
/** So many times the room are let be. */
const GRACE = 8;

/**
 * Beyond `most` connections, for longer than a moment, those are cut that have asked for nothing for longest, and the newcomers only when all of
 * them wait for an answer.
 * @returns takes a connection out of this: it neither counts nor is cut any more
 */
export function keepRoom(server: Server, most: number): (socket: Socket) => void {
  /** The last answer of each connection, in the order of their last request, or of their coming. No answer has a listener of ours. */
  const counted = new Map<Socket, ServerResponse | undefined>();
  let tidying: NodeJS.Timeout | undefined;
  const keep = (room: number): void => {
    for (const [socket, answer] of counted) {
      if (counted.size <= room) return;
      // Whoever has not sent all of his body has not asked yet: else slow bodies would take all the room.
      if (answer !== undefined && !answer.writableFinished && answer.req.complete) continue;
      counted.delete(socket);
      socket.destroy();
    }
  };
  server.on('connection', (socket) => {
    counted.set(socket, undefined);
    socket.once('close', () => counted.delete(socket));
    if (counted.size <= most) return;
    keep(most * GRACE);
    tidying ??= setTimeout(() => {
      tidying = undefined;
      keep(most);
    }, GRACE_MS).unref();
  });
  server.on('request', ({ socket }, response) => {
    // False for one that has been taken out, or has gone.
    if (counted.delete(socket)) counted.set(socket, response);
  });
  return (socket) => void counted.delete(socket);
}
