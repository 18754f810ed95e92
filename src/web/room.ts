/** Room for newcomers at a web server, however many connections are held open. */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** ms for which a connection is let be that came when there was no room: many come at once after a break, and ask at once. */
const GRACE_MS = 1_000;
/** So many times the room are let be. */
const GRACE = 8;

/**
 * Written over in place with each request: in a Map that is put in order again each time, all answers outlive their time. It is made anew
 * often, each old one points to the next, and an old one that is already among the long-lived holds all that come after it.
 */
interface Seat {
  /** The last answer. None has a listener of ours. */
  answer: ServerResponse | undefined;
  /** Grows with each request, and with each coming. */
  turn: number;
}

const SEAT = Symbol('seat');

/** Found by the connection itself: a look into a Map costs more. */
type Seated = Socket & { [SEAT]?: Seat | undefined };

/**
 * Beyond `most` connections, for longer than a moment, those are cut that have asked for nothing for longest, and the newcomers only when all of
 * them wait for an answer.
 * @returns takes a connection out of this: it neither counts nor is cut any more
 */
export function keepRoom(server: Server, most: number): (socket: Socket) => void {
  const counted = new Map<Socket, Seat>();
  let turn = 0;
  let tidying: NodeJS.Timeout | undefined;
  const keep = (room: number): void => {
    if (counted.size <= room) return;
    const longestFirst = [...counted].sort(([, one], [, other]) => one.turn - other.turn);
    for (const [socket, { answer }] of longestFirst) {
      if (counted.size <= room) return;
      // Whoever has not sent all of his body has not asked yet: else slow bodies would take all the room.
      if (answer !== undefined && !answer.writableFinished && answer.req.complete) continue;
      counted.delete(socket);
      socket.destroy();
    }
  };
  server.on('connection', (socket) => {
    const seat: Seat = { answer: undefined, turn: ++turn };
    (socket as Seated)[SEAT] = seat;
    counted.set(socket, seat);
    socket.once('close', () => counted.delete(socket));
    if (counted.size <= most) return;
    // Many at once: to find out who has waited longest costs as much for one as for all.
    if (counted.size > most * GRACE) keep(most * (GRACE - 1));
    tidying ??= setTimeout(() => {
      tidying = undefined;
      keep(most);
    }, GRACE_MS).unref();
  });
  server.on('request', ({ socket }, response) => {
    const seat = (socket as Seated)[SEAT];
    if (seat === undefined) return;
    seat.answer = response;
    seat.turn = ++turn;
  });
  return (socket) => {
    counted.delete(socket);
    (socket as Seated)[SEAT] = undefined;
  };
}
