/**
 * How users look who publish it: name and picture, as their servers tell. Asked when one begins to publish, when he comes online, when an
 * event or his presence tells of another, and when the link is up again. In memory, and bounded: who comes when it is full has no picture.
 */
import { formatBareJid, parseJid, type Jid } from '../address.js';
import { isFailure } from '../failure.js';
import type { Faces as FacesPort } from './publisher.js';
import type { Face, Picture } from './view.js';

export interface FaceSource {
  /** One line, empty when there is none. Undefined: there was no answer. Never rejects. @param user bare JID */
  nameOf(user: Jid): Promise<string | undefined>;
  /** Undefined: there was no answer. Never rejects. @param user bare JID */
  pictureOf(user: Jid): Promise<Picture | 'none' | undefined>;
}

/** A hint that one looks different now, never believed by itself. */
export interface Told {
  /** His nickname and his card need not hold the name that is shown. */
  readonly about: 'picture' | 'nick' | 'card';
  /** The hex SHA-1 of a picture, empty for none; a name. Two that differ tell of a change. Foreign text, of 200 UTF-16 units at most. */
  readonly value: string;
}

export interface FacesParts {
  /** There is none before there is a link. */
  readonly source: () => FaceSource;
  /** ms of a clock that goes on evenly. */
  readonly running: () => number;
}

/** Bytes of all pictures. */
const MOST_BYTES = 128 * 1_048_576;
/** Users asked for at once. */
const AT_ONCE = 10;
/** ms between two questions about one user: a client may tell of another picture with every presence, and publish as often as it likes. */
const BETWEEN = 2_000;

interface Entry {
  readonly user: Jid;
  face: Face;
  isAnswered: boolean;
  readonly told: { [About in Told['about']]?: string };
  askedAt: number;
  state: 'idle' | 'waiting' | 'asking' | 'again';
  timer: NodeJS.Timeout | undefined;
}

const NO_FACE: Face = {};

export class Faces implements FacesPort {
  /** By bare JID: of all who publish. */
  private readonly entries = new Map<string, Entry>();
  private readonly listeners: ((user: string) => void)[] = [];
  private readonly turn = new Set<Entry>();
  private asking = 0;
  private bytes = 0;

  constructor(private readonly parts: FacesParts) {}

  of(user: string): Face {
    return this.entries.get(user)?.face ?? NO_FACE;
  }

  onChange(listener: (user: string) => void): void {
    this.listeners.push(listener);
  }

  /** He publishes. @param user bare JID, as `formatBareJid` writes it */
  add(user: string): void {
    const jid = parseJid(user);
    if (this.entries.has(user) || isFailure(jid)) return;
    const entry: Entry = { user: jid, face: NO_FACE, isAnswered: false, told: {}, askedAt: -Infinity, state: 'idle', timer: undefined };
    this.entries.set(user, entry);
    this.want(entry);
  }

  /** He does not any more. @param user bare JID, as `formatBareJid` writes it */
  remove(user: string): void {
    const entry = this.entries.get(user);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    this.turn.delete(entry);
    this.bytes -= sizeOf(entry.face);
    this.entries.delete(user);
  }

  /** He came online. @param user full or bare JID */
  came(user: Jid): void {
    const entry = this.entries.get(formatBareJid(user));
    if (entry !== undefined) this.want(entry);
  }

  /** His presence (XEP-0153) or an event of his (XEP-0163) tells of it. @param user full or bare JID */
  told(user: Jid, { about, value }: Told): void {
    const entry = this.entries.get(formatBareJid(user));
    if (entry === undefined || value === entry.told[about]) return;
    entry.told[about] = value;
    if (value !== ((about === 'picture' ? entry.face.picture?.id : entry.face.name) ?? '')) this.want(entry);
  }

  /** The link is up. */
  online(): void {
    for (const entry of this.entries.values()) if (!entry.isAnswered) this.want(entry);
  }

  private want(entry: Entry): void {
    if (entry.state === 'asking') entry.state = 'again';
    if (entry.state !== 'idle') return;
    entry.state = 'waiting';
    const wait = entry.askedAt + BETWEEN - this.parts.running();
    if (wait <= 0) this.queue(entry);
    else entry.timer = setTimeout(() => this.queue(entry), wait).unref();
  }

  private queue(entry: Entry): void {
    this.turn.add(entry);
    this.next();
  }

  private next(): void {
    const [entry] = this.turn;
    if (entry === undefined || this.asking >= AT_ONCE) return;
    this.turn.delete(entry);
    this.asking++;
    void this.ask(entry).finally(() => {
      this.asking--;
      this.next();
    });
  }

  private async ask(entry: Entry): Promise<void> {
    const { user } = entry;
    entry.state = 'asking';
    entry.askedAt = this.parts.running();
    const source = this.parts.source();
    const [name, picture] = await Promise.all([source.nameOf(user), source.pictureOf(user)]);
    // While he was asked for he may have withdrawn.
    if (this.entries.get(formatBareJid(user)) !== entry) return;
    const isAgain = (entry.state as Entry['state']) === 'again';
    entry.state = 'idle';
    entry.isAnswered = picture !== undefined;
    this.put(entry, name ?? entry.face.name, picture ?? entry.face.picture);
    if (isAgain) this.want(entry);
  }

  private put(entry: Entry, told: string | undefined, given: Picture | 'none' | undefined): void {
    const { face: before } = entry;
    const name = told === '' ? undefined : told;
    const rest = this.bytes - sizeOf(before);
    const picture = given === undefined || given === 'none' || rest + given.bytes.length > MOST_BYTES ? undefined : given;
    if (name === before.name && picture?.id === before.picture?.id) return;
    entry.face = { ...(name !== undefined && { name }), ...(picture !== undefined && { picture }) };
    this.bytes = rest + sizeOf(entry.face);
    for (const listener of this.listeners) listener(formatBareJid(entry.user));
  }
}

function sizeOf({ picture }: Face): number {
  return picture?.bytes.length ?? 0;
}
