/**
 * All open streams: each change is told to those who follow it and may see it, and to nobody else: who is hidden from an asker stays so,
 * down to the moments at which something happens. Nothing is kept for whoever is away: he gets what is newer when he comes again.
 */
import type { Asker, KeyHolder } from '../../presence/publication.js';
import type { Publisher } from '../../presence/publisher.js';
import type { Reader } from '../answer.js';
import { Cursors } from './cursor.js';
import { beat, BEAT_MS, Events, idAlone, idLine, retry } from './events.js';
import { followedName, Follows, type Follow } from './follows.js';

export interface HubLimits {
  /** Open streams. */
  readonly streams: number;
  /** Of one address (of IPv6: one network) or one API key. */
  readonly streamsOfOne: number;
  /** Names that all of them follow, counted for each stream. */
  readonly names: number;
  /** Different names by who asks for them. @see Follows */
  readonly differentNames: number;
}

export const HUB_LIMITS: HubLimits = { streams: 20_000, streamsOfOne: 100, names: 2_000_000, differentNames: 250_000 };

export interface HubParts {
  readonly publisher: Pick<Publisher, 'look' | 'last' | 'onChange'>;
  /** Is a key still good that was once? */
  readonly isGood: (key: KeyHolder) => boolean;
  /** Without the slash at its end. */
  readonly publicUrl: string;
  readonly limits: HubLimits;
}

/** Who wants to follow whom. */
export interface Wish {
  readonly asker: Asker;
  /** Whom limits count. */
  readonly address: string;
  readonly names: readonly string[];
  /** The last event id of a stream of the same names and the same asker; empty: there was none. */
  readonly last: string;
}

interface Stream {
  readonly reader: Reader;
  readonly key: KeyHolder | undefined;
  readonly counted: string;
  readonly follows: readonly Follow<Stream>[];
}

/** The beats of different streams are spread over the time between two. */
const SLOTS = 25;

export class Hub {
  private readonly follows = new Follows<Stream>();
  private readonly slots: readonly Set<Stream>[] = Array.from({ length: SLOTS }, () => new Set<Stream>());
  private readonly countOf = new Map<string, number>();
  private readonly cursors = new Cursors();
  private readonly events: Events;
  private streams = 0;
  private names = 0;
  private nextSlot = 0;
  private beating: NodeJS.Timeout | undefined;

  constructor(private readonly parts: HubParts) {
    this.events = new Events(parts.publicUrl);
    parts.publisher.onChange((names) => this.changed(names));
  }

  /** From now on there are beats. */
  start(): void {
    this.beating = setInterval(() => this.beat(), BEAT_MS / SLOTS).unref();
  }

  /** Ends all streams. */
  close(): void {
    clearInterval(this.beating);
    for (const slot of this.slots) for (const { reader } of slot) reader.letGo();
  }

  get open(): number {
    return this.streams;
  }

  /** Why there can be no such stream now; undefined: there can. */
  refuses({ asker, address, names }: Wish): 'address' | 'all' | undefined {
    const { limits } = this.parts;
    if ((this.countOf.get(countedAs(asker, address)) ?? 0) >= limits.streamsOfOne) return 'address';
    const full = this.streams >= limits.streams || this.names + names.length > limits.names || this.follows.size + names.length > limits.differentNames;
    return full ? 'all' : undefined;
  }

  /**
   * Tells what the names look like now, then each change.
   * @returns to be called when the reader has gone
   */
  begin(reader: Reader, wish: Wish): () => void {
    const stream = this.enter(reader, wish);
    const slot = this.slots[this.nextSlot++ % SLOTS];
    slot?.add(stream);
    reader.write(this.first(stream, wish));
    return () => {
      if (slot?.delete(stream) === true) this.leave(stream);
    };
  }

  private enter(reader: Reader, { asker, address, names }: Wish): Stream {
    const follows: Follow<Stream>[] = [];
    const stream = { reader, key: asker.key, counted: countedAs(asker, address), follows };
    for (const name of new Set(names.map(followedName))) if (name !== undefined) follows.push(this.follows.join(stream, name, asker, () => this.parts.publisher.look(name, asker)));
    this.streams++;
    this.names += follows.length;
    this.countOf.set(stream.counted, (this.countOf.get(stream.counted) ?? 0) + 1);
    return stream;
  }

  private leave(stream: Stream): void {
    for (const follow of stream.follows) this.follows.leave(stream, follow);
    this.streams--;
    this.names -= stream.follows.length;
    const left = (this.countOf.get(stream.counted) ?? 1) - 1;
    if (left === 0) this.countOf.delete(stream.counted);
    else this.countOf.set(stream.counted, left);
  }

  /** The id comes at its end: who does not get all of it begins again. */
  private first({ follows }: Stream, { names, last }: Wish): Buffer {
    const since = this.cursors.open(last) ?? -1;
    const isNews = ({ shown }: Follow<Stream>): boolean => shown === undefined || shown.seq > since;
    const told = follows.filter(isNews).map(({ name, shown }) => this.events.of(name, shown));
    const nobody = names.filter((name) => followedName(name) === undefined).map((name) => this.events.of(name, undefined));
    return Buffer.concat([retry(Math.random()), ...told, ...nobody, idAlone(this.cursors.seal(this.parts.publisher.last))]);
  }

  private changed(names: readonly string[]): void {
    let id: Buffer | undefined;
    for (const name of names) {
      for (const follow of this.follows.of(name)) {
        const view = this.parts.publisher.look(name, follow.asker);
        if (view === follow.shown) continue;
        follow.shown = view;
        id ??= idLine(this.cursors.seal(this.parts.publisher.last));
        const event = Buffer.concat([id, this.events.of(follow.name, view)]);
        for (const { reader } of follow.readers) reader.write(event);
      }
    }
  }

  /** Of one slot; a key that was revoked shows nothing from then on. */
  private beat(): void {
    const bytes = beat(this.cursors.seal(this.parts.publisher.last));
    for (const { reader, key } of this.slots[this.nextBeat()] ?? []) {
      if (key !== undefined && !this.parts.isGood(key)) reader.letGo();
      else reader.write(bytes);
    }
  }

  private beats = 0;

  private nextBeat(): number {
    return this.beats++ % SLOTS;
  }
}

function countedAs({ key }: Asker, address: string): string {
  return key === undefined ? address : `key ${key.name}`;
}
