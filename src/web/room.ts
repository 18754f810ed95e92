/** Room for newcomers at a web server, however many connections are held open. */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Beyond `most` connections the one that has asked for nothing for longest is cut for the newcomer, and the newcomer only
 * when all of them wait for an answer.
 * @returns takes a connection out of this: it neither counts nor is cut any more
 */
export function keepRoom(server: Server, most: number): (socket: Socket) => void {
  /** The last answer of each connection, in the order of their last request, or of their coming. No answer has a listener of ours. */
  const counted = new Map<Socket, ServerResponse | undefined>();
  server.on('connection', (socket) => {
    counted.set(socket, undefined);
    socket.once('close', () => counted.delete(socket));
    if (counted.size > most) longestIdle(counted)?.destroy();
  });
  server.on('request', ({ socket }, response) => {
    // False for one that has been taken out, or has gone.
    if (counted.delete(socket)) counted.set(socket, response);
  });
  return (socket) => void counted.delete(socket);
}

function longestIdle(counted: ReadonlyMap<Socket, ServerResponse | undefined>): Socket | undefined {
  for (const [socket, answer] of counted) if (answer === undefined || answer.writableFinished) return socket;
  return undefined;
}
