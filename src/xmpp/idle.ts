/** Since when a client is not used (XEP-0319). */
import { NS, type Element } from './xml.js';

/** XEP-0082 §3.2. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
/** Longer ago is a broken clock, or a joke. */
const LONGEST_AGO = 366 * 86_400_000;

/**
 * Ms since the epoch; undefined where it does not say, or nothing that can be true. A time to come is taken for now: clocks differ.
 * @param now ms since the epoch
 */
export function idleIn(presence: Element, now: number): number | undefined {
  const since = presence.getChild('idle', NS.idle)?.attrs.since;
  if (since === undefined || !DATE_TIME.test(since)) return undefined;
  const time = Date.parse(since);
  return Number.isNaN(time) || time < now - LONGEST_AGO ? undefined : Math.min(time, now);
}
