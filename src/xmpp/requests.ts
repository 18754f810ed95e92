/** Requests of others that come in: each is answered once (RFC 6120 §8.2.3), also when the answer fails or is too large to send. */
import type { GatewayNames } from '../address.js';
import type { Log } from '../log.js';
import type { Aside } from './aside.js';
import type { Gate } from './gate.js';
import { isAboutPeer, respond, type Handlers, type Response } from './responder.js';
import type { Throttle } from './throttle.js';
import { errorReply, type Element, type StanzaError } from './xml.js';

const TOO_LARGE: StanzaError = { type: 'cancel', condition: 'resource-constraint', text: 'The answer is larger than the XMPP server takes.' };
const BUSY: StanzaError = { type: 'wait', condition: 'internal-server-error' };

export interface RequestPorts {
  readonly gateway: GatewayNames;
  readonly gate: Pick<Gate, 'send'>;
  readonly throttle: Throttle;
  /** For what waits for answers about a chat user. */
  readonly peers: Aside;
  readonly handlers: Handlers;
  readonly log: Log;
}

export class Requests {
  /** Since the start; results and errors, which answer nothing of ours, are none. */
  count = 0;

  constructor(private readonly ports: RequestPorts) {}

  take(iq: Element): void {
    const { gateway, gate, throttle, peers } = this.ports;
    if (!isAboutPeer(iq, gateway)) void throttle.run(this.answer(iq));
    else if (!peers.run(() => this.answer(iq))) gate.send(errorReply(iq, BUSY));
  }

  private async answer(iq: Element): Promise<void> {
    const { gate, log } = this.ports;
    const answer = await this.answerTo(iq);
    if (answer === undefined) return;
    this.count++;
    const unsent = gate.send(answer.iq);
    const failure = unsent?.kind === 'permanent' ? gate.send(errorReply(iq, TOO_LARGE)) : unsent;
    if (failure !== undefined) log.debug({ from: iq.attrs.from, reason: failure.text }, 'a request was not answered');
    await answer.after?.().catch((err: unknown) => log.error({ err, from: iq.attrs.from }, 'what follows an answer was not done'));
  }

  private async answerTo(iq: Element): Promise<Response | undefined> {
    try {
      return await respond(iq, this.ports.handlers);
    } catch (err) {
      this.ports.log.error({ err, from: iq.attrs.from }, 'a request could not be answered');
      return { iq: errorReply(iq, BUSY) };
    }
  }
}
