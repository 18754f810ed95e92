/** `/widget.js` and `/live.js`, which other people's pages load from us, `/page.js` and `/embed.js` of our own; compiled from src/web/widget. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Answer, Part, WebRequest } from '../answer.js';
import { tagOf, unlessKnown } from './etag.js';

/** Both the built gateway and its source are three folders below the package. */
const BUILT = new URL('../../../dist/web/widget/', import.meta.url);

export const SCRIPTS = ['widget.js', 'live.js', 'page.js', 'embed.js'] as const;

/** Long enough that a visitor loads it once, short enough that a new version is soon everywhere. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/javascript; charset=utf-8',
  'cache-control': 'public, max-age=3600, stale-while-revalidate=86400',
  // Module scripts are asked for by CORS, and a page may be isolated (COEP).
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
  'x-content-type-options': 'nosniff',
  vary: 'accept-encoding',
};

interface Script {
  readonly plain: Answer<Uint8Array>;
  readonly packed: Answer<Uint8Array>;
}

const NOTHING: Answer<string> = { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8', 'content-length': '10' }, body: 'Not found\n' };
const NOT_SO: Answer<string> = { status: 405, headers: { 'content-type': 'text/plain; charset=utf-8', allow: 'GET, HEAD', 'content-length': '18' }, body: 'Only GET and HEAD\n' };

export class WidgetPart implements Part {
  private readonly scripts: ReadonlyMap<string, Script>;

  /** Reads the scripts once. Throws when they were not built. */
  constructor() {
    this.scripts = new Map(SCRIPTS.map((name) => [`/${name}`, scriptOf(readFileSync(new URL(name, BUILT)))]));
  }

  answer({ method, target, headers }: Pick<WebRequest, 'method' | 'target' | 'headers'>): Answer<Uint8Array | string> {
    const script = this.scripts.get(target.split('?')[0] ?? '');
    if (script === undefined) return NOTHING;
    if (method !== 'GET' && method !== 'HEAD') return NOT_SO;
    return unlessKnown(/\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test([headers['accept-encoding']].flat().join()) ? script.packed : script.plain, headers);
  }
}

function scriptOf(bytes: Buffer): Script {
  // Weak: it stands for both.
  const headers = { ...HEADERS, etag: `W/${tagOf(bytes)}` };
  const packed = gzipSync(bytes, { level: 9 });
  return {
    plain: { status: 200, headers: { ...headers, 'content-length': `${bytes.length}` }, body: bytes },
    packed: { status: 200, headers: { ...headers, 'content-encoding': 'gzip', 'content-length': `${packed.length}` }, body: packed },
  };
}
