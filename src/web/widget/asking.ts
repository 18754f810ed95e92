/** What the gateway is asked, how, and how often. Part of `/live.js`. */

/** What the gateway says of one; which of it is there is what he permits. Foreign text. */
export interface Presence {
  readonly id: string;
  readonly presence: 'online' | 'offline' | 'unknown';
  readonly show?: string;
  readonly status?: string;
  readonly client?: string;
  readonly last_seen?: string;
  readonly name?: string;
  readonly picture?: string;
  readonly xmpp?: string;
  readonly mail?: string;
}

/** Where the gateway is. */
export const BASE = new URL('.', import.meta.url);

/** All that come and go within it are asked for at once. */
export const GATHER_MS = 50;
/** At least between two streams, or two questions, however people come and go on the page. */
export const BETWEEN_MS = 1_000;
export const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** Longer than this the gateway cannot want to be left alone. */
const LONGEST_REST_MS = 3_600_000;
/** ms for an answer that ends. */
const ANSWER_MS = 20_000;
/** What the gateway takes in one request: names, and bytes of them. */
const MOST = 1_000;
const MOST_BYTES = 65_000;
/** UTF-16 units of a name. */
const LONGEST_NAME = 3_071;
/** What is in nobody's name. The gateway refuses a request with such a name in it whole. */
const NEVER = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufffe\uffff]/u;
/** Beyond it a URL is a body. */
const LONGEST_QUERY = 4_000;

export type Timer = ReturnType<typeof setTimeout>;

/** Those of them whom one request can be about. */
export function nameable(names: Iterable<string>): string[] {
  let room = MOST_BYTES;
  const fits = (name: string): boolean => {
    const size = new TextEncoder().encode(JSON.stringify(name)).length + 1;
    if (size > room || name.length > LONGEST_NAME || NEVER.test(name)) return false;
    room -= size;
    return true;
  };
  return [...names].filter(fits).slice(0, MOST);
}

export function request(path: string, names: readonly string[], signal: AbortSignal): [URL, RequestInit] {
  const url = new URL(path, BASE);
  const init: RequestInit = { signal, credentials: 'omit' };
  const query = new URLSearchParams(names.map((name) => ['id', name]));
  // As text, for which a browser does not ask first.
  if (`${query}`.length > LONGEST_QUERY) Object.assign(init, { method: 'POST', body: JSON.stringify({ ids: names }) });
  else url.search = `${query}`;
  return [url, init];
}

/** Longer each time. Not all readers of a gateway that was away come back in the same moment. */
export function pauseAfter(tries: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries) * (0.5 + Math.random() / 2);
}

/** Until when the gateway wants to be left alone: `Retry-After` (RFC 9110 §10.2.3). */
export function restAfter({ headers }: Response): number {
  const after = headers.get('retry-after') ?? '';
  const ms = Number(after) * 1_000 || Date.parse(after) - Date.now() || 0;
  return Date.now() + Math.min(ms, LONGEST_REST_MS) * (1 + Math.random() / 4);
}

/** Asks for what a stream would tell, from `begin` to `end`. */
export class Asking {
  #timer: Timer | undefined;
  #open: AbortController | undefined;
  #tries = 0;
  #askedAt = 0;
  #notBefore = 0;
  /** There is somebody whom the answer that is awaited does not tell of. */
  #isShort = false;

  /** @param names of whom. @param told undefined when there was no answer */
  constructor(private readonly names: () => readonly string[], private readonly told: (presences: readonly Presence[] | undefined) => void) {}

  /** Until then the gateway wants to be left alone. */
  get notBefore(): number {
    return this.#notBefore;
  }

  get goesOn(): boolean {
    return this.#timer !== undefined;
  }

  begin(): void {
    if (!this.goesOn) this.#later(Math.random() * FIRST_PAUSE_MS);
  }

  /** There is somebody more to be asked about. */
  again(): void {
    this.#isShort = this.#open !== undefined;
    if (this.#isShort || !this.goesOn) return;
    this.end();
    this.#soon();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#open?.abort();
    this.#open = undefined;
    this.#tries = 0;
  }

  #soon(): void {
    this.#later(Math.max(GATHER_MS, this.#askedAt + BETWEEN_MS - Date.now()));
  }

  #later(ms: number): void {
    this.#timer = setTimeout(() => void this.#ask(), Math.max(ms, this.#notBefore - Date.now()));
  }

  async #ask(): Promise<void> {
    const names = this.names();
    if (names.length === 0) return this.end();
    const open = (this.#open = new AbortController());
    this.#askedAt = Date.now();
    this.#isShort = false;
    const tooLong = setTimeout(() => open.abort(), ANSWER_MS);
    const presences = await this.#answer(names, open.signal).catch(() => undefined);
    clearTimeout(tooLong);
    // What was asked before the stream spoke is not newer than what it said.
    if (this.#open !== open) return;
    this.#open = undefined;
    if (this.#isShort) this.#soon();
    else this.#later(pauseAfter(++this.#tries + 1));
    this.told(presences);
  }

  async #answer(names: readonly string[], signal: AbortSignal): Promise<readonly Presence[] | undefined> {
    const answer = await fetch(...request('v1/presence', names, signal));
    this.#notBefore = restAfter(answer);
    return answer.ok ? ((await answer.json()) as { presences: readonly Presence[] }).presences : undefined;
  }
}
