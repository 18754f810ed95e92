/** Version (XEP-0092), last activity (XEP-0012) and time (XEP-0202). */
import type { Request } from './responder.js';
import type { Served, Target } from './target.js';
import { el, NS, type Element } from './xml.js';

/** Without `<os/>`: it helps nobody but an attacker. */
export function version(_request: Request, _target: Target, served: Served): Element {
  return el('query', { xmlns: NS.version }, el('name', {}, 'Stanzapost'), el('version', {}, served.version));
}

/** Seconds since start for the gateway (XEP-0012 §5); a mail contact is always there: 0. */
export function lastActivity(_request: Request, target: Target, served: Served): Element {
  const uptime = Math.max(0, Math.floor((served.clock() - served.startedAt) / 1000));
  return el('query', { xmlns: NS.last, seconds: String(target.kind === 'gateway' ? uptime : 0) });
}

export function time(_request: Request, _target: Target, served: Served): Element {
  const utc = new Date(served.clock()).toISOString();
  return el('time', { xmlns: NS.time }, el('tzo', {}, '+00:00'), el('utc', {}, utc));
}
