/** Is the gateway of this configuration running? Its admin listener tells. */
import type { Config } from '../../config/keys.js';
import { formatSocketAddress } from '../../config/units.js';
import type { Health } from '../../web/health.js';

/** What a running gateway says of itself; undefined when none answers. */
export async function runningHealth({ web }: Config, timeoutMs: number): Promise<Health | undefined> {
  if (web.admin_listen === 'off') return undefined;
  try {
    const response = await fetch(`http://${formatSocketAddress(web.admin_listen)}/readyz`, { signal: AbortSignal.timeout(timeoutMs) });
    const body: unknown = await response.json();
    return isHealth(body) ? body : undefined;
  } catch (error) {
    // Nothing there, or something that is not a gateway: either way none is running.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function isHealth(body: unknown): body is Health {
  return typeof body === 'object' && body !== null && 'live' in body && 'ready' in body && 'parts' in body;
}
