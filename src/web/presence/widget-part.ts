/** `/widget.js`, `/live.js` and `/words/de.json`, which other people's pages load from us, `/page.js` and `/embed.js` of our own; compiled from src/web/widget. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Answer, Part, WebRequest } from '../answer.js';
import { tagOf, unlessKnown } from './etag.js';
import { codeOf, ENGLISH, LANGUAGES, widgetWords } from './language.js';

/** Both the built gateway and its source are three folders below the package. */
const BUILT = new URL('../../../dist/web/widget/', import.meta.url);

export const SCRIPTS = ['widget.js', 'live.js', 'page.js', 'embed.js'] as const;
/** First segments of its paths. */
export const WIDGET_PATHS = [...SCRIPTS, 'words'] as const;

/** Long enough that a visitor loads it once, short enough that a new version is soon everywhere. */
const HEADERS: Readonly<Record<string, string>> = {
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
    const scripts = SCRIPTS.map((name) => [`/${name}`, scriptOf(readFileSync(new URL(name, BUILT)), 'text/javascript')] as const);
    // The widget has English in itself.
    const words = LANGUAGES.filter((language) => language !== ENGLISH).map((language) => [`/words/${codeOf(language)}.json`, scriptOf(Buffer.from(JSON.stringify(widgetWords(language))), 'application/json')] as const);
    this.scripts = new Map([...scripts, ...words]);
  }

  answer({ method, target, headers }: Pick<WebRequest, 'method' | 'target' | 'headers'>): Answer<Uint8Array | string> {
    const script = this.scripts.get(target.split('?')[0] ?? '');
    if (script === undefined) return NOTHING;
    if (method !== 'GET' && method !== 'HEAD') return NOT_SO;
    return unlessKnown(/\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test([headers['accept-encoding']].flat().join()) ? script.packed : script.plain, headers);
  }
}

function scriptOf(bytes: Buffer, type: string): Script {
  // Weak: it stands for both.
  const headers = { 'content-type': `${type}; charset=utf-8`, ...HEADERS, etag: `W/${tagOf(bytes)}` };
  const packed = gzipSync(bytes, { level: 9 });
  return {
    plain: { status: 200, headers: { ...headers, 'content-length': `${bytes.length}` }, body: bytes },
    packed: { status: 200, headers: { ...headers, 'content-encoding': 'gzip', 'content-length': `${packed.length}` }, body: packed },
  };
}
