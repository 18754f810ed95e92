/** A TCP proxy between the edge and its server that can cut what the server sends to pieces, or fall silent. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class Proxy {
  private readonly sockets = new Set<Socket>();
  /** When set, bytes from the server are passed on in pieces of this size, each in a write of its own. */
  pieceSize: number | undefined;
  /** While true nothing passes in either direction, and nothing is closed. */
  silent = false;
  connections = 0;
  /** Sees each write of the edge; true keeps it from the server. */
  swallow: (text: string) => boolean = () => false;

  private constructor(private readonly server: Server) {}

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  static async to(port: number): Promise<Proxy> {
    const server = createServer();
    const proxy = new Proxy(server);
    server.on('connection', (near) => proxy.join(near, connect(port, '127.0.0.1')));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  private join(near: Socket, far: Socket): void {
    this.connections++;
    for (const socket of [near, far]) {
      this.sockets.add(socket.setNoDelay(true));
      socket.on('error', () => socket.destroy());
    }
    near.on('data', (bytes) => !this.silent && !this.swallow(bytes.toString()) && far.write(bytes));
    far.on('data', (bytes) => !this.silent && void this.pass(bytes, near));
    near.on('close', () => !this.silent && far.destroy());
    far.on('close', () => !this.silent && void this.passing.then(() => near.destroy()));
  }

  private passing: Promise<void> = Promise.resolve();

  private pass(bytes: Buffer, to: Socket): Promise<void> {
    this.passing = this.passing.then(async () => {
      const size = this.pieceSize ?? bytes.length;
      for (let start = 0; start < bytes.length; start += size) {
        to.write(bytes.subarray(start, start + size));
        // The edge lives in this process: it reads a piece by itself only when the loop turns in between.
        if (size < bytes.length) await new Promise((resolve) => setImmediate(resolve));
      }
    });
    return this.passing;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}
