/** The body of a request: read only for who asks for it, and never more than he wants. */
import type { IncomingMessage } from 'node:http';

/** Does the request bring one? */
export function hasBody({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/**
 * The whole body. How long it may take to come is the server's `requestTimeout`.
 * @param most bytes; beyond them reading ends, and the connection has to
 * @returns rejects when the client goes before its end
 */
export function readBody(request: IncomingMessage, most: number): Promise<Buffer | 'too-large'> {
  if (Number(request.headers['content-length'] ?? 0) > most) return Promise.resolve('too-large');
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    const take = (piece: Buffer): void => {
      size += piece.length;
      if (size <= most) {
        pieces.push(piece);
        return;
      }
      request.off('data', take).pause();
      resolve('too-large');
    };
    request.on('data', take);
    request.once('end', () => resolve(pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces)));
    request.once('close', () => {
      // Each request ends so: an error is made only where there is one, as it costs more than the rest.
      if (!request.complete) reject(new Error('the client has gone'));
    });
  });
}
