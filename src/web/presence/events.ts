/** What the stream says, as bytes (WHATWG HTML §9.2, "Server-sent events"). Pure. */
import type { View } from '../../presence/view.js';
import { presenceJson, unknownJson } from './json.js';

/** ms between two beats, by which a reader knows that the connection is alive. */
export const BEAT_MS = 25_000;
/** ms after which a reader who was cut off is to come again: not all in the same moment. */
const AGAIN_MS = 2_000;
const AGAIN_SPREAD_MS = 6_000;

/** The events of presence, made once for all who see the same. */
export class Events {
  private readonly made = new WeakMap<View, Buffer>();

  /** @param publicUrl without the slash at its end */
  constructor(private readonly publicUrl: string) {}

  /** Without an id: what stands before it may be one, or another event. @param name as he is asked for */
  of(name: string, view: View | undefined): Buffer {
    if (view === undefined) return eventOf(unknownJson(name));
    const known = this.made.get(view);
    if (known !== undefined) return known;
    const event = eventOf(presenceJson(view, this.publicUrl));
    this.made.set(view, event);
    return event;
  }
}

function eventOf(json: string): Buffer {
  return Buffer.from(`event: presence\ndata: ${json}\n\n`);
}

/** As a line of the event that follows it. */
export function idLine(cursor: string): Buffer {
  return Buffer.from(`id: ${cursor}\n`);
}

export function beat(cursor: string): Buffer {
  return Buffer.from(`id: ${cursor}\nevent: beat\ndata: {"seconds":${BEAT_MS / 1_000}}\n\n`);
}

/** @param chance at least 0 and less than 1 */
export function retry(chance: number): Buffer {
  return Buffer.from(`retry: ${AGAIN_MS + Math.floor(chance * AGAIN_SPREAD_MS)}\n\n`);
}

/** Nothing to be told, but the id counts from here. */
export function idAlone(cursor: string): Buffer {
  return Buffer.from(`id: ${cursor}\n\n`);
}
