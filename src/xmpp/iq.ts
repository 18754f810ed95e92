/** Our own IQ requests. An answer counts only when id and sender are those of the request (RFC 6120 §8.2.3). */
import { randomBytes } from 'node:crypto';
import { Failure, isFailure } from '../failure.js';
import { el, NS, type Element } from './xml.js';

export interface IqRequest {
  readonly from: string;
  readonly to: string;
  readonly type: 'get' | 'set';
  readonly payload: Element;
  /** ms until the request is given up. */
  readonly deadline: number;
}

interface Open {
  readonly from: string;
  readonly to: string;
  readonly timer: NodeJS.Timeout;
  settle(answer: Element | Failure): void;
}

/** What the addressee says, a refusal too; undefined where nobody has said anything yet, as by an error that time may mend (RFC 6120 §8.3.2). */
export function saidIn(answer: Element | Failure): Element | undefined {
  return isFailure(answer) || answer.getChild('error')?.attrs.type === 'wait' ? undefined : answer;
}

export class IqCaller {
  private readonly open = new Map<string, Open>();
  /** Nobody can guess the id of the next request. */
  private readonly prefix = randomBytes(9).toString('base64url');
  private last = 0;

  constructor(private readonly send: (stanza: Element) => Failure | undefined) {}

  /**
   * Sends a request. The write is queued before this returns: what is sent later comes after it on the wire.
   * @returns the `<iq/>` of type result or error; or a `Failure` when it could not be sent, was not answered within
   *   the deadline, or the link was lost
   */
  request({ from, to, type, payload, deadline }: IqRequest): Promise<Element | Failure> {
    const id = `${this.prefix}-${++this.last}`;
    const refused = this.send(el('iq', { type, from, to, id }, payload));
    if (refused !== undefined) return Promise.resolve(refused);
    return new Promise((resolve) => {
      const late = Failure.temporary('remote-unreachable', 'There was no answer in time.');
      const timer = setTimeout(() => this.close(id, late), deadline);
      this.open.set(id, { from, to, timer, settle: resolve });
    });
  }

  /** XEP-0199. Resolves true when `to` answered, an error being an answer as well. */
  async ping(from: string, to: string, deadline: number): Promise<boolean> {
    const answer = await this.request({ from, to, type: 'get', payload: el('ping', { xmlns: NS.ping }), deadline });
    return !isFailure(answer);
  }

  /** As `ping`, of another server than our own: an error may be our server's word that it cannot be reached, and is none. */
  async pingAcross(from: string, to: string, deadline: number): Promise<boolean> {
    const answer = await this.request({ from, to, type: 'get', payload: el('ping', { xmlns: NS.ping }), deadline });
    return !isFailure(answer) && answer.attrs.type === 'result';
  }

  /** Takes an `<iq/>` of type result or error; false when it answers nothing we asked, or comes from somebody else. */
  answered(iq: Element): boolean {
    const { id, from, to } = iq.attrs;
    const open = id === undefined ? undefined : this.open.get(id);
    if (id === undefined || open === undefined || open.to !== from || open.from !== to) return false;
    this.close(id, iq);
    return true;
  }

  /** Ends all requests: their answers will not come over a new link. */
  lost(): void {
    for (const id of [...this.open.keys()]) {
      this.close(id, Failure.temporary('remote-unreachable', 'The connection to the XMPP server was lost.'));
    }
  }

  private close(id: string, answer: Element | Failure): void {
    const open = this.open.get(id);
    if (open === undefined) return;
    this.open.delete(id);
    clearTimeout(open.timer);
    open.settle(answer);
  }
}
