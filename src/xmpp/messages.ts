/** Message stanzas: what comes in from chat users goes to the intake, and every refusal to its sender. */
import { isFailure, Failure } from '../failure.js';
import type { GatewayNames, Jid, MailAddress } from '../address.js';
import type { Clock } from '../clock.js';
import type { Intake } from '../edge.js';
import type { Log } from '../log.js';
import type { Delivery } from '../message.js';
import type { Handover } from './handover.js';
import type { Element, StanzaError } from './xml.js';

export interface MessagePorts {
  readonly gateway: GatewayNames;
  readonly intake: Intake;
  readonly log: Log;
  readonly clock: Clock;
  readonly maxStanza: number;
  readonly handover: Handover;
  send(stanza: Element): Failure | undefined;
}

export class Messages {
  constructor(private readonly ports: MessagePorts) {}
  refusal(user: Jid, mail: MailAddress): StanzaError | undefined {
    const r = this.ports.intake.admitChat(user, mail);
    return isFailure(r) ? { type: 'auth', condition: 'forbidden', text: r.text } : undefined;
  }
  async take(_stanza: Element): Promise<void> { await Promise.resolve(); }
  stanzasOf(_delivery: Delivery): readonly Element[] | Failure { return Failure.permanent('not-supported', 'not yet'); }
}
