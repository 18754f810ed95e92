/** XEP-0082 date and time, XEP-0203 delay. */
import xml, { type Element } from '@xmpp/xml';
import { NS } from './stanza-names.js';

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** When the stanza says it was sent, ms since the epoch; undefined when it does not say, or names a time to come. */
export function delayOf(stanza: Element, now: number): number | undefined {
  const stamp = stanza.getChild('delay', NS.delay)?.attrs.stamp;
  if (stamp === undefined || !DATE_TIME.test(stamp)) return undefined;
  const time = Date.parse(stamp);
  return time >= 0 && time <= now ? time : undefined;
}

/** @param time ms since the epoch */
export function delayElement(time: number, by: string): Element {
  return xml('delay', { xmlns: NS.delay, from: by, stamp: new Date(time).toISOString() });
}
