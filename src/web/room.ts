/** Room for newcomers at a web server, however many connections are held open. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Beyond `most` connections the one that has asked for nothing for longest is cut for the newcomer, and the newcomer only
 * when all of them wait for an answer.
 * @returns takes a connection out of this: it neither counts nor is cut any more
 */
export function keepRoom(server: Server, most: number): (socket: Socket) => void {
  const counted = new Set<Socket>();
  /** In the order of their last answer, or of their coming. */
  const waiting = new Set<Socket>();
  const leave = (socket: Socket): void => {
    counted.delete(socket);
    waiting.delete(socket);
  };
  server.on('connection', (socket) => {
    counted.add(socket);
    waiting.add(socket);
    socket.once('close', () => leave(socket));
    const [longest] = waiting;
    if (counted.size > most) longest?.destroy();
  });
  server.on('request', ({ socket }, response) => {
    waiting.delete(socket);
    response.once('close', () => {
      if (counted.has(socket) && !socket.destroyed) waiting.add(socket);
    });
  });
  return leave;
}
