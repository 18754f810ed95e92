/**
 * The presence of any number of people, live, by one stream for the whole page. Runs in browsers, where it is `/live.js`; the stream is
 * `/v1/stream` beside it. A stream that has gone quiet, as after sleep or a change of network, is opened again.
 */

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

/** @param live false: the gateway has not been heard of for a while, so it may be otherwise by now */
export type Listener = (presence: Presence | undefined, live: boolean) => void;

/** Where the gateway is. */
export const BASE = new URL('.', import.meta.url);

/** All that come and go within it are asked for at once. */
const GATHER_MS = 50;
/** At least between two streams, however people come and go on the page. */
const BETWEEN_MS = 1_000;
/** The gateway says something each 25 s. */
const QUIET_MS = 60_000;
const CHECK_MS = 10_000;
/** A page that nobody looks at holds no connection. */
const HIDDEN_MS = 60_000;
const STALE_MS = 5_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** What the gateway takes in one stream. */
const MOST = 1_000;
/** Beyond it a URL is a body. */
const LONGEST_QUERY = 4_000;

const watched = new Map<string, Set<Listener>>();

/**
 * Calls the listener with what is known now, if anything, and after each change.
 * @param of a link's id, or a JID
 * @returns ends it
 */
export function watch(of: string, listener: Listener): () => void {
  // The gateway tells of JIDs as it writes them.
  const name = of.toLowerCase();
  const listeners = watched.get(name) ?? new Set();
  watched.set(name, listeners.add(listener));
  stream.wanted(name, listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) watched.delete(name);
    if (watched.size === 0) stream.close();
  };
}

/** A listener that fails harms no other. */
function tell(name: string, listener: Listener, presence: Presence | undefined, live: boolean): void {
  queueMicrotask(() => {
    if (watched.get(name)?.has(listener) === true) listener(presence, live);
  });
}

class Stream {
  readonly #known = new Map<string, Presence>();
  /** Whom the stream tells of. */
  #names = new Set<string>();
  /** The id of its last event: where it goes on after a break. */
  #last = '';
  #live = true;
  #open: AbortController | undefined;
  #next: ReturnType<typeof setTimeout> | undefined;
  #asleep = false;
  #stale: ReturnType<typeof setTimeout> | undefined;
  #openedAt = 0;
  #heardAt = 0;
  #tries = 0;
  /** After a stream that was well; the gateway says how long. */
  #pause = FIRST_PAUSE_MS;

  wanted(name: string, listener: Listener): void {
    const presence = this.#known.get(name);
    if (presence !== undefined) tell(name, listener, presence, this.#live);
    if (this.#names.has(name) && this.#open !== undefined) return;
    this.#later(Math.max(GATHER_MS, this.#openedAt + BETWEEN_MS - Date.now()));
  }

  /** Until `revive` nothing is asked, whoever comes and goes on the page, and whatever becomes of the network. */
  sleep(): void {
    this.#asleep = true;
    this.close();
  }

  /** Opens it anew, unless it is known to be well. */
  revive(): void {
    this.#asleep = false;
    if (this.#open !== undefined && Date.now() - this.#heardAt < QUIET_MS / 2) return;
    this.reopen();
  }

  reopen(): void {
    if (this.#asleep) return;
    this.#tries = 0;
    this.close();
    this.#doubt();
    this.#later(GATHER_MS);
  }

  /** Until somebody is wanted, or `revive`. */
  close(): void {
    clearTimeout(this.#next);
    this.#next = undefined;
    this.#open?.abort();
    this.#open = undefined;
  }

  isQuiet(): boolean {
    return this.#open !== undefined && Date.now() - this.#heardAt > QUIET_MS;
  }

  #later(ms: number): void {
    if (this.#asleep) return;
    this.#next ??= setTimeout(() => {
      this.close();
      if (watched.size > 0) void this.#run();
    }, ms);
  }

  async #run(): Promise<void> {
    const open = new AbortController();
    this.#open = open;
    this.#openedAt = this.#heardAt = Date.now();
    await this.#read(open.signal).catch(() => undefined);
    if (this.#open !== open) return;
    this.close();
    this.#tries = Date.now() - this.#openedAt > CHECK_MS ? 0 : this.#tries + 1;
    this.#doubt();
    const longest = this.#tries === 0 ? this.#pause : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#tries);
    // Not all readers of a gateway that was away come back in the same moment.
    this.#later(longest * (0.5 + Math.random() / 2));
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { body, ok } = await fetch(...this.#request(signal));
    if (!ok || body === null) return;
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) return;
      this.#isLive(true);
      const events = (text + value).split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) this.#take(event);
    }
  }

  #request(signal: AbortSignal): [URL, RequestInit] {
    const names = [...watched.keys()].slice(0, MOST);
    if (names.some((name) => !this.#names.has(name))) this.#last = '';
    this.#names = new Set(names);
    for (const name of this.#known.keys()) if (!this.#names.has(name)) this.#known.delete(name);
    const url = new URL('v1/stream', BASE);
    const init: RequestInit = { signal, cache: 'no-store', credentials: 'omit' };
    const query = new URLSearchParams(names.map((name) => ['id', name]));
    // As text, for which a browser does not ask first.
    if (`${query}`.length > LONGEST_QUERY) Object.assign(init, { method: 'POST', body: JSON.stringify({ ids: names }) });
    else url.search = `${query}`;
    if (this.#last !== '') url.searchParams.set('last', this.#last);
    return [url, init];
  }

  #take(event: string): void {
    const fields = new Map(event.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
    this.#last = fields.get('id') ?? this.#last;
    this.#pause = Number(fields.get('retry') ?? this.#pause);
    if (fields.get('event') !== 'presence') return;
    const presence = JSON.parse(fields.get('data') ?? '') as Presence;
    if (isSame(presence, this.#known.get(presence.id))) return;
    this.#known.set(presence.id, presence);
    for (const listener of watched.get(presence.id) ?? []) tell(presence.id, listener, presence, true);
  }

  #doubt(): void {
    this.#stale ??= setTimeout(() => this.#isLive(false), STALE_MS);
  }

  #isLive(live: boolean): void {
    if (live) {
      this.#heardAt = Date.now();
      clearTimeout(this.#stale);
      this.#stale = undefined;
    }
    if (live === this.#live) return;
    this.#live = live;
    for (const [name, listeners] of watched) for (const listener of listeners) tell(name, listener, this.#known.get(name), live);
  }
}

/** A stream that is opened anew may begin with what is known. */
function isSame(one: Presence, other: Presence | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

const stream = new Stream();

let hidden: ReturnType<typeof setTimeout> | undefined;
function lookedAt(): void {
  clearTimeout(hidden);
  if (document.hidden) hidden = setTimeout(() => stream.sleep(), HIDDEN_MS);
  else stream.revive();
}
document.addEventListener('visibilitychange', lookedAt);
// A page can be opened in the background.
if (document.hidden) lookedAt();
addEventListener('online', () => stream.reopen());
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) stream.revive();
});
// A page with an open connection is not kept for the way back.
addEventListener('pagehide', () => stream.close());
setInterval(() => {
  if (stream.isQuiet()) stream.reopen();
}, CHECK_MS);
