/** Room for newcomers at a web server, however many connections are held open. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Beyond `most` connections the one that has asked for nothing for longest is cut for the newcomer, and the newcomer only
 * when all of them wait for an answer.
 */
export function keepRoom(server: Server, most: number): void {
  /** In the order of their last answer, or of their coming. */
  const waiting = new Set<Socket>();
  let open = 0;
  server.on('connection', (socket) => {
    open++;
    waiting.add(socket);
    socket.once('close', () => {
      open--;
      waiting.delete(socket);
    });
    const [longest] = waiting;
    if (open > most) longest?.destroy();
  });
  server.on('request', ({ socket }, response) => {
    waiting.delete(socket);
    response.once('close', () => {
      if (!socket.destroyed) waiting.add(socket);
    });
  });
}
