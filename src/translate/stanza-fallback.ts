/** XEP-0428 fallback indication: what stands in a body only for clients that do not know a feature. */
import type { Element } from '@xmpp/xml';

/** Version 0.1 used the second, and no `for`. */
const NAMESPACES = ['urn:xmpp:fallback:0', 'urn:xmpp:feature-fallback:0'];

interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The body without the ranges marked as fallback for a feature. Positions count code points (XEP-0426). A range that does
 * not fit is left alone, and so is a body of which nothing would be left.
 */
export function withoutFallback(body: string, stanza: Element, feature: string): string {
  const ranges = rangesFor(stanza, feature);
  if (ranges.length === 0) return body;
  const characters = [...body];
  const kept = characters.filter((_, at) => !ranges.some(({ start, end }) => end <= characters.length && at >= start && at < end));
  const text = kept.join('');
  return text.trim() === '' ? body : text;
}

/** At most 10: a reply has one. */
function rangesFor(stanza: Element, feature: string): Range[] {
  return NAMESPACES.flatMap((namespace) => stanza.getChildren('fallback', namespace))
    .filter((fallback) => (fallback.attrs.for ?? feature) === feature)
    .flatMap((fallback) => fallback.getChildren('body'))
    .map((body) => ({ start: position(body.attrs.start), end: position(body.attrs.end) }))
    .filter(({ start, end }) => start < end)
    .slice(0, 10);
}

function position(text: string | undefined): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}
