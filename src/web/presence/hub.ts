/**
 * All open streams: each change is told to those who follow it and may see it, and to nobody else. Who is hidden from an asker stays so,
 * down to the moments at which something happens. Nothing is kept for whoever is away: he gets what is newer when he comes again.
 */
import type { Asker, KeyHolder } from '../../presence/publication.js';
import type { Publisher } from '../../presence/publisher.js';
import type { Reader } from '../answer.js';
import { Cursors } from './cursor.js';
import { beat, BEAT_MS, Events, idAlone, idLine, retry } from './events.js';
import { followedName, Follows, type Follow } from './follows.js';
import { StreamPlaces, type StreamLimits } from './stream-places.js';

export interface HubParts {
  readonly publisher: Pick<Publisher, 'look' | 'last' | 'onChange'>;
  /** Is a key still good that was once? */
  readonly isGood: (key: KeyHolder) => boolean;
  /** Is told now and then under which name somebody is shown as online. */
  readonly watched: (name: string) => void;
  /** Without the slash at its end. */
  readonly publicUrl: string;
  readonly limits: StreamLimits;
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
/** Beats in which each name is looked at whether it was said to have changed or not: that the operators block a user is not said, nor that he hides. */
const ROUND = 10;

export class Hub {
  private readonly follows = new Follows<Stream>();
  private readonly slots: readonly Set<Stream>[] = Array.from({ length: SLOTS }, () => new Set<Stream>());
  private readonly places: StreamPlaces;
  private readonly cursors = new Cursors();
  private readonly events: Events;
  private begun = 0;
  private beats = 0;
  private beating: NodeJS.Timeout | undefined;

  constructor(private readonly parts: HubParts) {
    this.events = new Events(parts.publicUrl);
    this.places = new StreamPlaces(parts.limits);
    // Only with the last name is the change told whole: whoever follows several of them does not go on after it before.
    parts.publisher.onChange((names) => names.toReversed().forEach((name, i) => this.look(name, i === names.length - 1)));
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

  /** How many streams are open. */
  get open(): number {
    return this.places.taken;
  }

  /** Whose places are all taken; undefined: there can be such a stream. */
  lacks({ asker, address, names }: Wish): 'own' | 'any' | undefined {
    return this.places.lacks(countedAs(asker, address), names.length, this.follows.size);
  }

  /**
   * Tells what all of them look like now, or what is new, and from then on each change.
   * @returns to be called when the reader has gone
   */
  begin(reader: Reader, wish: Wish): () => void {
    const stream = this.streamOf(reader, wish);
    const slot = this.slots[this.begun++ % SLOTS];
    slot?.add(stream);
    reader.write(this.first(stream, wish));
    return () => {
      if (slot?.delete(stream) === true) this.end(stream);
    };
  }

  private streamOf(reader: Reader, { asker, address, names }: Wish): Stream {
    const followed = new Set(names.map(followedName));
    const follows = [...followed].flatMap((name) => (name === undefined ? [] : [this.follows.at(name, asker)]));
    const stream = { reader, key: asker.key, counted: countedAs(asker, address), follows };
    for (const follow of follows) {
      this.tell(follow);
      follow.readers.add(stream);
    }
    this.places.take(stream.counted, follows.length);
    return stream;
  }

  private end(stream: Stream): void {
    for (const follow of stream.follows) this.follows.leave(follow, stream);
    this.places.giveBack(stream.counted, stream.follows.length);
  }

  /** The id comes at its end: who does not get all of it begins again. */
  private first({ follows }: Stream, { names, last }: Wish): Buffer {
    const since = this.cursors.open(last) ?? -1;
    const news = follows.filter(({ shown }) => shown === undefined || shown.seq > since).map(({ name, shown }) => this.events.of(name, shown));
    const nobody = names.filter((name) => followedName(name) === undefined).map((name) => this.events.of(name, undefined));
    return Buffer.concat([retry(Math.random()), ...news, ...nobody, idAlone(this.cursor())]);
  }

  private look(name: string, isWhole = true): void {
    for (const follow of this.follows.of(name)) this.tell(follow, isWhole);
  }

  /** @param isWhole is with this all told that has changed? */
  private tell(follow: Follow<Stream>, isWhole = true): void {
    const view = this.parts.publisher.look(follow.name, follow.asker);
    if (view === follow.shown) return;
    follow.shown = view;
    if (follow.readers.size === 0) return;
    const event = Buffer.concat([idLine(this.cursor(isWhole ? 0 : 1)), this.events.of(follow.name, view)]);
    for (const { reader } of follow.readers) reader.write(event);
  }

  private beat(): void {
    const bytes = beat(this.cursor());
    for (const { reader, key } of this.slots[this.beats++ % SLOTS] ?? []) {
      // A key that was revoked shows nothing from then on.
      if (key !== undefined && !this.parts.isGood(key)) reader.letGo();
      else reader.write(bytes);
    }
    for (let names = Math.ceil(this.follows.size / ROUND); names > 0; names--) this.lookAgain(this.follows.next() ?? '');
  }

  private lookAgain(name: string): void {
    this.look(name);
    for (const { shown } of this.follows.of(name)) if (shown?.online === true) return this.parts.watched(name);
  }

  /** @param before so many changes ago */
  private cursor(before = 0): string {
    return this.cursors.seal(this.parts.publisher.last - before);
  }
}

function countedAs({ key }: Asker, address: string): string {
  return key === undefined ? address : `key ${key.name}`;
}
