/** XEP-0428 fallback indication: what stands in a body only for clients that do not know a feature. */
import xml, { type Element } from '@xmpp/xml';

const FALLBACK = 'urn:xmpp:fallback:0';
/** Version 0.1 used the second, and no `for`. */
const NAMESPACES = [FALLBACK, 'urn:xmpp:feature-fallback:0'];

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

/** Marks so much of the body as a stand-in for the feature. Counted in code points (XEP-0426 §3). */
export function fallbackElement(feature: string, before: string, standIn: string): Element {
  const start = [...before].length;
  const range = { start: String(start), end: String(start + [...standIn].length) };
  return xml('fallback', { xmlns: FALLBACK, for: feature }, xml('body', range));
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
