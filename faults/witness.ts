/** Stands between the gateway and its XMPP server, and knows of each text that passes whether the server has answered for it. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** One connection of the gateway. Bytes as Latin-1: what is looked for is ASCII. */
interface Passage {
  out: string;
  /** Where each write began, and when it came, ms of `performance.now()`. */
  readonly writes: { readonly at: number; readonly time: number }[];
  in: string;
  ended: number;
}

export class Witness {
  readonly #passages: Passage[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server = createServer((near) => this.#join(near));

  /** @param target port of the XMPP server on 127.0.0.1 */
  private constructor(private readonly target: number) {}

  static async of(target: number): Promise<Witness> {
    const witness = new Witness(target);
    witness.#server.listen(0, '127.0.0.1');
    await once(witness.#server, 'listening');
    return witness;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /**
   * How long the connection lived on when a message with this text to this user had passed, and behind it a ping that the server answered; ms.
   * @returns undefined when no such message was confirmed: it is still the gateway's
   */
  confirmed(user: string, text: string): number | undefined {
    for (const passage of [...this.#passages].reverse()) {
      for (let at = passage.out.indexOf(text); at >= 0; at = passage.out.indexOf(text, at + 1)) {
        const head = passage.out.slice(passage.out.lastIndexOf('<message ', at), at);
        if (head.includes(`to="${user}@`) && isAnswered(passage, at)) return passage.ended - (passage.writes.findLast((write) => write.at <= at)?.time ?? 0);
      }
    }
    return undefined;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(near: Socket): void {
    const far = connect(this.target, '127.0.0.1');
    const passage: Passage = { out: '', writes: [], in: '', ended: Infinity };
    this.#passages.push(passage);
    near.on('data', (bytes) => {
      passage.writes.push({ at: passage.out.length, time: performance.now() });
      passage.out += bytes.toString('latin1');
    });
    far.on('data', (bytes) => (passage.in += bytes.toString('latin1')));
    far.on('close', () => (passage.ended = performance.now()));
    for (const [from, to] of [[near, far], [far, near]] as const) {
      this.#sockets.add(from.setNoDelay(true));
      from.on('data', (bytes) => to.write(bytes)).on('error', () => from.destroy());
      from.on('end', () => to.end()).on('close', () => (to.destroySoon(), this.#sockets.delete(from)));
    }
  }
}

/** Did the server answer a ping that passed behind this place? */
function isAnswered({ out, in: answers }: Passage, at: number): boolean {
  const pings = out.slice(at).matchAll(/<iq [^>]*><ping /g);
  for (const [ping] of pings) {
    const id = / id="([^"]+)"/.exec(ping)?.[1] ?? '';
    if (new RegExp(`<iq [^>]*id=['"]${id}['"]`).test(answers)) return true;
  }
  return false;
}
