/**
 * Where the files of a mail are for a chat user: on the server's upload service, else behind a link of our own, else nowhere (the
 * text then names them). A file is uploaded once, for however many recipients and tries; at most a few at once, so that memory
 * is bounded whatever waits. Nobody else waits: when the service fails it is left alone for a while.
 */
import { Failure, isFailure } from '../failure.js';
import type { Log } from '../log.js';
import type { Attachment, ContentId, Message } from '../message.js';
import type { PlacedFile } from '../translate/stanza-shared.js';
import type { Preparation } from './in-order.js';
import { putFile } from './upload-put.js';
import type { UploadService } from './upload-service.js';

type Place = { readonly part: number; readonly inside?: number };

/** Files of mails, as the edge gets at them. */
export interface MailFiles {
  /** Put files on the upload service of the XMPP server. */
  readonly upload: boolean;
  /** The decoded bytes of a file; throws when the original cannot be read. */
  bytes(original: ContentId, where: Place): AsyncIterable<Uint8Array>;
  /** A link of the gateway's own, the same at every try; undefined when it makes none. */
  link(message: Message, file: Attachment): string | undefined;
}

/** Files of one mail that are messages of their own; more would bury the conversation. */
const MOST_FILES = 20;
const AT_ONCE = 4;
/** Uploads that may wait for their turn. Above it the deliveries that wait would leave no room for others. */
const MOST_WAITING = 100;
/** Files remembered. */
const MOST_KNOWN = 2_000;

export class Uploads {
  /** By original and part; the oldest goes first. */
  private readonly known = new Map<string, Promise<PlacedFile | Failure>>();
  private readonly stopping = new AbortController();
  private readonly turns: (() => void)[] = [];
  private free = AT_ONCE;
  readonly counts = { uploaded: 0, notUploaded: 0 };

  constructor(
    private readonly files: MailFiles,
    private readonly service: UploadService,
    private readonly log: Log,
  ) {}

  /** Undefined when the message has no file that could be anywhere: then nobody needs to wait. */
  place(message: Message): Preparation<ReadonlyMap<number, PlacedFile>> | undefined {
    const { original, attachments } = message;
    if (original === undefined || attachments.length === 0) return undefined;
    const files = attachments.slice(0, MOST_FILES);
    return { prepared: this.placeAll(message, original, files), instead: () => this.linked(message, files) };
  }

  stop(): void {
    this.stopping.abort();
  }

  private async placeAll(message: Message, original: ContentId, files: readonly Attachment[]): Promise<ReadonlyMap<number, PlacedFile>> {
    const places = await Promise.all(files.map((file) => this.placeOf(message, original, file)));
    return new Map(places.flatMap((place, at) => (place === undefined ? [] : [[at, place] as const])));
  }

  /** Without the upload service. */
  private linked(message: Message, files: readonly Attachment[]): ReadonlyMap<number, PlacedFile> {
    return new Map(files.flatMap((file, at) => [this.files.link(message, file)].flatMap((url) => (url === undefined ? [] : [[at, { url }] as const]))));
  }

  private async placeOf(message: Message, original: ContentId, file: Attachment): Promise<PlacedFile | undefined> {
    const uploaded = this.files.upload ? await this.uploaded(original, file) : undefined;
    if (uploaded !== undefined && !isFailure(uploaded)) return uploaded;
    const url = this.files.link(message, file);
    return url === undefined ? undefined : { url };
  }

  /** Remembered, unless it failed for now. */
  private uploaded(original: ContentId, file: Attachment): Promise<PlacedFile | Failure> | undefined {
    const { where, size } = file;
    // An empty file has no slot on some servers; one of unknown size has none on any.
    if ('url' in where || size <= 0) return undefined;
    const key = `${original} ${where.part} ${where.inside ?? ''}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    if (this.turns.length >= MOST_WAITING) return undefined;
    const upload = this.inTurn(() => this.upload(original, where, file)).catch((err: unknown) => {
      this.log.error({ original, err }, 'a bug: a file could not be uploaded');
      return Failure.temporary('remote-unreachable', 'The gateway failed to upload it.');
    });
    this.remember(key, upload);
    return upload;
  }

  private remember(key: string, upload: Promise<PlacedFile | Failure>): void {
    this.known.set(key, upload);
    for (const oldest of this.known.keys()) {
      if (this.known.size <= MOST_KNOWN) break;
      this.known.delete(oldest);
    }
    void upload.then((result) => {
      if (isFailure(result) && result.kind === 'temporary') this.known.delete(key);
    });
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.turns.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.turns.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }

  private async upload(original: ContentId, where: Place, { name, type, size }: Attachment): Promise<PlacedFile | Failure> {
    const slot = await this.service.slot({ name, type, size });
    const placed = isFailure(slot) ? slot : await putFile(slot, { type, size, bytes: this.files.bytes(original, where) }, this.stopping.signal);
    if (!isFailure(slot) && !isFailure(placed)) {
      this.counts.uploaded++;
      return { url: slot.get, sha256: placed };
    }
    this.counts.notUploaded++;
    const failure = isFailure(placed) ? placed : Failure.temporary('remote-unreachable', 'No place.');
    if (!isFailure(slot) && failure.kind === 'temporary') this.service.pause(failure);
    this.log.info({ original, size, reason: failure.text }, 'a file was not put on the upload service');
    return failure;
  }
}
