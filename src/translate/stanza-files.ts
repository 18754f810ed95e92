/** Files that a chat user sent: links by XEP-0066 (out of band data) and XEP-0447 (stateless file sharing). */
import type { Element } from '@xmpp/xml';
import type { Attachment } from '../message.js';
import { fileName } from './mail-text.js';
import { NS } from './stanza-names.js';

/** More in one stanza is no human's doing. */
const MOST_FILES = 50;
const LONGEST_URL = 2_000;
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

/** Each link once, at most 50; http and https only. Nothing is fetched. */
export function filesOf(stanza: Element): Attachment[] {
  const described = stanza.getChildren('file-sharing', NS.files).flatMap(sharedFile);
  const linked = stanza.getChildren('x', NS.oob).flatMap((x) => link(x.getChildText('url')));
  const byUrl = new Map<string, Attachment>();
  for (const { url, facts } of [...described, ...linked].slice(0, MOST_FILES)) {
    if (!byUrl.has(url)) byUrl.set(url, attachment(url, facts, byUrl.size));
  }
  return [...byUrl.values()];
}

interface Link {
  readonly url: string;
  /** XEP-0446 `<file/>`. */
  readonly facts?: Element | undefined;
}

function sharedFile(sharing: Element): Link[] {
  const facts = sharing.getChild('file', NS.fileData);
  const targets = sharing.getChild('sources')?.getChildren('url-data', NS.urlData) ?? [];
  const [first] = targets.flatMap((target) => link(target.attrs.target));
  return first === undefined ? [] : [{ ...first, facts }];
}

function link(text: string | null | undefined): Link[] {
  const url = text?.trim() ?? '';
  return /^https?:\/\/\S+$/i.test(url) && url.length <= LONGEST_URL && URL.canParse(url) ? [{ url }] : [];
}

function attachment(url: string, facts: Element | undefined, index: number): Attachment {
  const type = facts?.getChildText('media-type')?.trim().toLowerCase() ?? '';
  const size = facts?.getChildText('size')?.trim() ?? '';
  return {
    name: fileName(facts?.getChildText('name') ?? lastPathPart(url), index),
    type: MEDIA_TYPE.test(type) ? type : 'application/octet-stream',
    size: /^\d{1,15}$/.test(size) ? Number(size) : -1,
    where: { url },
  };
}

function lastPathPart(url: string): string {
  const part = new URL(url).pathname.split('/').at(-1) ?? '';
  return Buffer.from(part.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString('utf8');
}
