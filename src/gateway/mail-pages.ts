/** What chat does not show of a mail, put together: the pages and files behind links, and how chat users are told of them. */
import { Readable } from 'node:stream';
import type { Clock } from '../clock.js';
import { linkOptions } from '../config/edges.js';
import type { Config } from '../config/keys.js';
import { Failure, isFailure } from '../failure.js';
import type { Log } from '../log.js';
import type { Message } from '../message.js';
import type { Store } from '../store/store.js';
import { fileBytes } from '../translate/file-bytes.js';
import { readMail } from '../translate/read-mail.js';
import { wholeText } from '../translate/whole-text.js';
import type { Part } from '../web/answer.js';
import { Front } from '../web/front.js';
import { Links } from '../web/links.js';
import { startPublicListener, type PublicListener } from '../web/public.js';
import { Site, type FilePlace } from '../web/site.js';
import type { MailFiles } from '../xmpp/uploads.js';

/** Undefined when there is no listener that would serve them. */
export async function linksOf(config: Config, store: Store): Promise<Links | Failure | undefined> {
  const options = linkOptions(config);
  if (options === undefined) return undefined;
  try {
    return new Links({ ...options, key: await store.secret('links') });
  } catch (cause) {
    return Failure.permanent('storage', 'The store could not make or read the key that signs links.', { cause });
  }
}

export interface MailPagesParts {
  readonly config: Config;
  readonly store: Store;
  readonly links: Links | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

export class MailPages {
  /** Where the XMPP edge gets at the files of a mail. */
  readonly files: MailFiles;
  private listener: PublicListener | undefined;

  constructor(private readonly parts: MailPagesParts) {
    const { config, store, links } = parts;
    this.files = {
      upload: config.files.upload,
      bytes: (original, where) => fileIn(store.content(original), where),
      link: (message, file) => links?.fileOf(message, file),
    };
  }

  /** How a chat user gets at the whole of a mail. */
  originalHint(message: Message): string {
    const { links, config } = this.parts;
    return links?.pageOf(message) ?? `write "original ${message.id}" to ${config.xmpp.domain}`;
  }

  /** Listens, where there is an address for it. @param others what is served beside them, by the first segment of its paths */
  async start(others: ReadonlyMap<string, Part>): Promise<void | Failure> {
    const { config, links, store, clock, log } = this.parts;
    const { listen, public_url: publicUrl } = config.web;
    if (listen === undefined || publicUrl === undefined || links === undefined) return undefined;
    const site = new Site({ links, content: (id) => store.content(id), fileIn, publicUrl, clock, log });
    const listener = await startPublicListener(listen, new Front({ publicUrl, parts: others, mails: site }), log);
    if (isFailure(listener)) return listener;
    this.listener = listener;
  }

  async close(): Promise<void> {
    await this.listener?.close();
  }
}

/** Of a mail's bytes, for who asks for the original in chat. */
export async function renderWhole(mail: AsyncIterable<Uint8Array>): Promise<string> {
  const parsed = await readMail(Readable.from(mail));
  return isFailure(parsed) ? parsed.text : wholeText(parsed);
}

function fileIn(mail: AsyncIterable<Uint8Array>, { part, inside }: FilePlace): AsyncIterable<Uint8Array> {
  return fileBytes(mail, part, inside);
}
