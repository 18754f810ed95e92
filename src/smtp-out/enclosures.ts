/**
 * The files of a chat message, brought here so that they can ride with its mail. What cannot be had stays a link in the text, and the
 * reader is told why; what may be had later is waited for, but not for long: the words are worth more than the file.
 */
import type { Clock } from '../clock.js';
import { Failure, isFailure } from '../failure.js';
import type { Log } from '../log.js';
import type { Attachment, Message } from '../message.js';
import { mailTypeOf, type MailFile } from '../translate/mail-files.js';
import type { FileEnd } from '../translate/to-mail.js';
import { parseUrl } from '../url.js';

/** A file on this machine's disk. */
export interface StoredFile {
  /** As the web server named it. */
  readonly type: string;
  readonly size: number;
  bytes(): AsyncIterable<Uint8Array>;
  discard(): Promise<void>;
}

/** Where files come from. */
export interface FileSource {
  /**
   * @param most bytes
   * @returns a failure whose text ends the sentence "is not attached: ..."
   */
  fetch(link: string, most: number, hash: Attachment['hash']): Promise<StoredFile | Failure>;
}

/** By link. */
export type Files = ReadonlyMap<string, FileEnd>;

export interface EnclosureParts {
  readonly source: FileSource;
  /** Bytes of all files of one mail. */
  readonly most: number;
  /** How many mails may have files here at once; the others leave their places to mails without. */
  readonly atOnce: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Tries that wait for a file; the one behind them takes the link. */
const TRIES = 2;
/** For all files of one mail, ms. */
const LONGEST = 300_000;
const TOO_LARGE = 'too large for a mail';
const HTML = 'text/html';

export class Enclosures {
  #underWay = 0;

  constructor(private readonly parts: EnclosureParts) {}

  /**
   * Calls `use` with what became of each file, and removes them from the disk after it.
   * @param attempts how often the message was tried before
   * @returns what `use` does; a temporary failure when a file may be had later; `busy` when too many are under way
   */
  async with<T>(message: Message, attempts: number, use: (files: Files) => Promise<T>): Promise<T | Failure | 'busy'> {
    if (this.#underWay >= this.parts.atOnce) return 'busy';
    this.#underWay++;
    const stored: StoredFile[] = [];
    try {
      const files = await this.#gather(message, attempts, stored);
      return isFailure(files) ? files : await use(files);
    } finally {
      await Promise.all(stored.map((file) => file.discard()));
      this.#underWay--;
    }
  }

  async #gather(message: Message, attempts: number, stored: StoredFile[]): Promise<Files | Failure> {
    const files = new Map<string, FileEnd>();
    const until = this.parts.clock() + LONGEST;
    let left = this.parts.most;
    for (const attachment of message.attachments) {
      if (!('url' in attachment.where) || files.has(attachment.where.url)) continue;
      const file = await this.#fetch(attachment, attachment.where.url, left, until);
      if (isFailure(file)) {
        this.#tell(message, attachment.where.url, file);
        if (file.kind === 'temporary' && attempts < TRIES) return file;
      } else {
        stored.push(file);
        left -= file.size;
      }
      files.set(attachment.where.url, isFailure(file) ? { note: file.text } : mailFile(attachment, file));
    }
    return files;
  }

  async #fetch(attachment: Attachment, link: string, most: number, until: number): Promise<StoredFile | Failure> {
    if (attachment.size > most) return Failure.permanent('too-large', TOO_LARGE);
    if (this.parts.clock() > until) return Failure.temporary('remote-unreachable', 'its server did not give it in time');
    const file = await this.parts.source.fetch(link, most, attachment.hash);
    if (isFailure(file) || !isPage(attachment, file)) return file;
    await file.discard();
    return Failure.permanent('not-supported', 'it is a web page');
  }

  /** The link itself is a secret between its owners. */
  #tell(message: Message, link: string, failure: Failure): void {
    const host = parseUrl(link)?.host ?? '';
    this.parts.log.info({ message: message.id, host, reason: failure.reason, kind: failure.kind, err: failure.cause }, `a file is not attached: ${failure.text}`);
  }
}

/** Does the message carry files that are to be fetched? */
export function hasLinkedFiles({ attachments }: Message): boolean {
  return attachments.some(({ where }) => 'url' in where);
}

/** All of them as links: for a relay that does not take the mail with them. */
export function asLinks(files: Files): Files {
  return new Map([...files].map(([link, end]) => [link, 'note' in end ? end : { note: TOO_LARGE }]));
}

/** Somebody linked to a page, or a server shows one in place of the file. */
function isPage({ type, name }: Attachment, file: StoredFile): boolean {
  return file.type === HTML && type !== HTML && !/\.x?html?$/i.test(name);
}

function mailFile({ name, type }: Attachment, file: StoredFile): MailFile {
  return { name, type: mailTypeOf(type, file.type, name), size: file.size, bytes: () => file.bytes() };
}
