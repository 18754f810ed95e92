/** What goes to chat users: files are uploaded, stanzas made, and these handed over, in the order of each lane. */
import type { GatewayNames } from '../address.js';
import type { Clock } from '../clock.js';
import type { Outcome } from '../edge.js';
import { isFailure } from '../failure.js';
import type { Delivery } from '../message.js';
import type { PlacedFile } from '../translate/stanza-shared.js';
import { toStanzas, type ToStanzaOptions } from '../translate/to-stanza.js';
import type { Handover } from './handover.js';
import { InOrder } from './in-order.js';
import type { Uploads } from './uploads.js';

export interface DeliveryPorts {
  readonly gateway: GatewayNames;
  readonly clock: Clock;
  readonly handover: Handover;
  /** Undefined: files are named in the text. */
  readonly uploads: Uploads | undefined;
  readonly maxStanza: number;
  /** How many deliveries may be with the server before it has confirmed them. */
  readonly window: number;
  readonly originalHint: ToStanzaOptions['originalHint'];
  readonly seenBy: ToStanzaOptions['seenBy'];
  /** False while there is no point in trying. */
  readonly ready: () => boolean;
}

export class Deliveries {
  private readonly inOrder: InOrder<ReadonlyMap<number, PlacedFile>>;

  constructor(private readonly ports: DeliveryPorts) {
    this.inOrder = new InOrder(Math.ceil(ports.window / 2));
  }

  /** As `Outlet.deliver`. */
  async deliver(delivery: Delivery): Promise<Outcome> {
    const { ready, uploads } = this.ports;
    if (!ready()) return { state: 'released' };
    return this.inOrder.run(delivery, uploads?.place(delivery.message), (placed) => this.pass(delivery, placed));
  }

  private async pass(delivery: Delivery, placed: ReadonlyMap<number, PlacedFile> | undefined): Promise<Outcome> {
    const { ready, gateway, clock, handover, maxStanza, originalHint, seenBy } = this.ports;
    // What could not be uploaded because the link was lost is uploaded at the next try.
    if (!ready()) return { state: 'released' };
    const stanzas = toStanzas(delivery, {
      gateway,
      maxBytes: maxStanza,
      now: clock(),
      ...(originalHint !== undefined && { originalHint }),
      ...(seenBy !== undefined && { seenBy }),
      ...(placed !== undefined && { placed }),
    });
    if (isFailure(stanzas)) return { state: 'failed', failure: stanzas };
    // A report that no client can make use of has none.
    return stanzas.length === 0 ? { state: 'handed-over' } : handover.deliver(stanzas);
  }
}
