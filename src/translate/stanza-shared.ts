/** A file of a mail as the payload of a chat message whose body is its link, in the forms that clients look for. */
import xml, { type Element } from '@xmpp/xml';
import type { Attachment, Message } from '../message.js';
import { linkOf } from './file-links.js';
import { NS } from './stanza-names.js';
import { cleanText } from './xml-text.js';

/** Where a chat user gets at a file. */
export interface PlacedFile {
  /** http or https, without blanks. */
  readonly url: string;
  /** SHA-256 of the bytes there, base64; absent when nobody has counted them. */
  readonly sha256?: string;
}

/**
 * XEP-0066 (clients show a file when its `url` is exactly the body), and XEP-0447 with XEP-0446 and XEP-0300. The body stands
 * there for other clients only (XEP-0428).
 */
export function sharedFile({ name, type, size }: Attachment, { url, sha256 }: PlacedFile): Element[] {
  const facts = xml('file', { xmlns: NS.fileData }, xml('media-type', {}, type), xml('name', {}, cleanText(name)));
  if (size >= 0) facts.append(xml('size', {}, String(size)));
  if (sha256 !== undefined) facts.append(xml('hash', { xmlns: NS.hashes, algo: 'sha-256' }, sha256));
  const sources = xml('sources', {}, xml('url-data', { xmlns: NS.urlData, target: url }));
  return [
    xml('x', { xmlns: NS.oob }, xml('url', {}, url)),
    xml('file-sharing', { xmlns: NS.files, disposition: /^(?:image|video|audio)\//.test(type) ? 'inline' : 'attachment' }, facts, sources),
    xml('fallback', { xmlns: NS.fallback, for: NS.files }, xml('body', {})),
  ];
}

/** By number of the attachment: those files of a chat message that lie where another chat user gets at them. */
export function linkedFiles({ attachments }: Message): ReadonlyMap<number, PlacedFile> {
  return new Map(
    attachments.flatMap((file, at) => {
      const url = linkOf(file);
      const sha256 = file.hash?.algorithm === 'sha-256' ? { sha256: file.hash.value } : {};
      return url === undefined ? [] : [[at, { url, ...sha256 }] as const];
    }),
  );
}
