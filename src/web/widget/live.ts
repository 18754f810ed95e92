/**
 * The presence of any number of people, live, by one stream for the whole page. Runs in browsers, where it is `/live.js`; the stream is
 * `/v1/stream` beside it. A stream that has gone quiet, as after sleep or a change of network, is opened again. While none can be had, since it is
 * refused, blocked, or held back by a proxy, `/v1/presence` is asked instead, ever more seldom.
 */
import { Asking, BETWEEN_MS, FIRST_PAUSE_MS, GATHER_MS, nameable, pauseAfter, request, restAfter, type Presence, type Timer } from './asking.js';

export { BASE, type Presence } from './asking.js';

/** @param live false: the gateway has not been heard of for a while, so it may be otherwise by now */
export type Listener = (presence: Presence | undefined, live: boolean) => void;

/** The gateway says something each 25 s: whoever has missed two of it hears nothing more. */
const QUIET_MS = 55_000;
const CHECK_MS = 10_000;
/** A page that nobody looks at holds no connection. */
const HIDDEN_MS = 60_000;
const STALE_MS = 5_000;

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
    if (watched.size === 0) stream.stop();
  };
}

/** A listener that fails harms no other. */
function tell(name: string, listener: Listener, presence: Presence | undefined, live: boolean): void {
  queueMicrotask(() => {
    if (watched.get(name)?.has(listener) === true) listener(presence, live);
  });
}

/** Those on the page whom one request can be about. */
const wantedNames = (): string[] => nameable(watched.keys());

class Stream {
  readonly #known = new Map<string, Presence>();
  /** Whom the stream tells of. */
  #names = new Set<string>();
  /** The id of its last event: where it goes on after a break. */
  #last = '';
  #live = true;
  #open: AbortController | undefined;
  #next: Timer | undefined;
  #asleep = false;
  #stale: Timer | undefined;
  #openedAt = 0;
  #heardAt = 0;
  #hasSpoken = false;
  #tries = 0;
  #notBefore = 0;
  /** After a stream that was well; the gateway says how long. */
  #pause = FIRST_PAUSE_MS;
  /** Instead of it, while it says nothing. */
  readonly #asking = new Asking(wantedNames, (presences) => {
    this.#isLive(presences !== undefined);
    for (const presence of presences ?? []) this.#learn(presence);
  });

  wanted(name: string, listener: Listener): void {
    const presence = this.#known.get(name);
    if (presence !== undefined || !this.#live) tell(name, listener, presence, this.#live);
    if (this.#names.has(name) && this.#open !== undefined) return;
    this.#asking.again();
    this.#later(Math.max(GATHER_MS, this.#openedAt + BETWEEN_MS - Date.now()));
  }

  /** Until `revive` nothing is asked, whoever comes and goes on the page, and whatever becomes of the network. */
  sleep(): void {
    this.#asleep = true;
    this.stop();
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
    this.#close();
    this.#doubt();
    this.#later(GATHER_MS);
  }

  /** Until somebody is wanted, or `revive`. */
  stop(): void {
    this.#close();
    this.#asking.end();
    clearTimeout(this.#stale);
    this.#stale = undefined;
  }

  /** Does away with one that is dead. */
  check(): void {
    if (this.#open === undefined || Date.now() - this.#heardAt <= QUIET_MS) return;
    if (this.#hasSpoken) this.reopen();
    else this.#lost();
  }

  #close(): void {
    clearTimeout(this.#next);
    this.#next = undefined;
    this.#open?.abort();
    this.#open = undefined;
  }

  #later(ms: number): void {
    if (this.#asleep) return;
    this.#next ??= setTimeout(() => {
      this.#next = undefined;
      // What is asked meanwhile may have been told to wait.
      if (this.#rest() > 0) return this.#later(0);
      this.#close();
      if (wantedNames().length > 0) void this.#run();
    }, Math.max(ms, this.#rest()));
  }

  /** ms for which the gateway wants no stream. When it has no room for one it may be asked all the same, but not the other way round. */
  #rest(): number {
    return Math.max(this.#notBefore, this.#asking.notBefore) - Date.now();
  }

  async #run(): Promise<void> {
    const open = new AbortController();
    this.#open = open;
    this.#openedAt = this.#heardAt = Date.now();
    this.#hasSpoken = false;
    this.#doubt();
    await this.#read(open.signal).catch(() => undefined);
    if (this.#open === open) this.#lost();
  }

  #lost(): void {
    this.#close();
    this.#tries = this.#hasSpoken && Date.now() - this.#openedAt > CHECK_MS ? 0 : this.#tries + 1;
    this.#doubt();
    this.#later(this.#tries === 0 ? this.#pause * (0.5 + Math.random() / 2) : pauseAfter(this.#tries));
  }

  async #read(signal: AbortSignal): Promise<void> {
    const answer = await fetch(...this.#request(signal));
    const { body, ok, headers } = answer;
    if (!ok || body === null || headers.get('content-type')?.startsWith('text/event-stream') !== true) {
      this.#notBefore = restAfter(answer);
      this.#asking.begin();
      return;
    }
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) return;
      this.#heard();
      const events = (text + value).split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) this.#take(event);
    }
  }

  #request(signal: AbortSignal): [URL, RequestInit] {
    const names = wantedNames();
    if (names.some((name) => !this.#names.has(name))) this.#last = '';
    this.#names = new Set(names);
    for (const name of this.#known.keys()) if (!this.#names.has(name)) this.#known.delete(name);
    const [url, init] = request('v1/stream', names, signal);
    if (this.#last !== '') url.searchParams.set('last', this.#last);
    return [url, { ...init, cache: 'no-store' }];
  }

  #heard(): void {
    this.#hasSpoken = true;
    this.#heardAt = Date.now();
    this.#asking.end();
    this.#isLive(true);
  }

  #take(event: string): void {
    const fields = new Map(event.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
    this.#last = fields.get('id') ?? this.#last;
    this.#pause = Number(fields.get('retry') ?? this.#pause);
    if (fields.get('event') === 'presence') this.#learn(JSON.parse(fields.get('data') ?? '') as Presence);
  }

  #learn(presence: Presence): void {
    if (isSame(presence, this.#known.get(presence.id))) return;
    this.#known.set(presence.id, presence);
    for (const listener of watched.get(presence.id) ?? []) tell(presence.id, listener, presence, true);
  }

  /** Whoever answers when he is asked is heard of. */
  #doubt(): void {
    if (this.#asking.goesOn || wantedNames().length === 0) return;
    this.#stale ??= setTimeout(() => {
      this.#isLive(false);
      this.#asking.begin();
    }, STALE_MS);
  }

  #isLive(live: boolean): void {
    clearTimeout(this.#stale);
    this.#stale = undefined;
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
addEventListener('pagehide', () => stream.stop());
setInterval(() => stream.check(), CHECK_MS);
