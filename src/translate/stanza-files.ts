/**
 * Files that a chat user sent: links by XEP-0066 (out of band data), XEP-0447 (stateless file sharing) and XEP-0385 (its
 * forerunner, SIMS).
 */
import type { Element } from '@xmpp/xml';
import type { Attachment, FileHash } from '../message.js';
import { parseUrl } from '../url.js';
import { fileName } from './mail-text.js';
import { isMediaType } from './media-type.js';
import { NS } from './stanza-names.js';

/** More in one stanza is no human's doing. */
const MOST_FILES = 50;
const LONGEST_URL = 2_000;
/** By how much a hash says, as XEP-0414 sees it; the first that is there is taken. */
const ALGORITHMS: readonly FileHash['algorithm'][] = ['sha-256', 'sha-512', 'sha3-256', 'sha3-512'];

/** Each link once, at most 50; http and https only. Nothing is fetched. */
export function filesOf(stanza: Element): Attachment[] {
  const described = stanza.getChildren('file-sharing', NS.files).flatMap(sharedFile);
  const older = stanza.getChildren('reference', NS.reference).flatMap(sharedMedia);
  const linked = stanza.getChildren('x', NS.oob).flatMap((x) => link(x.getChildText('url')));
  const byUrl = new Map<string, Attachment>();
  for (const { url, facts } of [...described, ...older, ...linked].slice(0, MOST_FILES)) {
    if (!byUrl.has(url)) byUrl.set(url, attachment(url, facts, byUrl.size));
  }
  return [...byUrl.values()];
}

interface Link {
  readonly url: string;
  /** `<file/>` of XEP-0446 or XEP-0234: the children that we read are the same. */
  readonly facts?: Element | undefined;
}

function sharedFile(sharing: Element): Link[] {
  const facts = sharing.getChild('file', NS.fileData);
  const targets = sharing.getChild('sources')?.getChildren('url-data', NS.urlData) ?? [];
  const [first] = targets.flatMap((target) => link(target.attrs.target));
  return first === undefined ? [] : [{ ...first, facts }];
}

function sharedMedia(reference: Element): Link[] {
  const media = reference.getChild('media-sharing', NS.media);
  const targets = media?.getChild('sources')?.getChildren('reference', NS.reference) ?? [];
  const [first] = targets.flatMap((target) => link(target.attrs.uri));
  return first === undefined ? [] : [{ ...first, facts: media?.getChild('file', NS.jingleFile) }];
}

function link(text: string | null | undefined): Link[] {
  const url = text?.trim() ?? '';
  return /^https?:\/\/\S+$/i.test(url) && url.length <= LONGEST_URL && parseUrl(url) !== undefined ? [{ url }] : [];
}

function attachment(url: string, facts: Element | undefined, index: number): Attachment {
  const type = facts?.getChildText('media-type')?.trim().toLowerCase() ?? '';
  const size = facts?.getChildText('size')?.trim() ?? '';
  return {
    name: fileName(facts?.getChildText('name') ?? lastPathPart(url), index),
    type: isMediaType(type) ? type : 'application/octet-stream',
    size: /^\d{1,15}$/.test(size) ? Number(size) : -1,
    where: { url },
    ...hashOf(facts),
  };
}

/** XEP-0300. */
function hashOf(facts: Element | undefined): { hash?: FileHash } {
  const given = new Map(facts?.getChildren('hash', NS.hashes).map((hash) => [hash.attrs.algo, hash.getText().replace(/\s/g, '')]));
  const algorithm = ALGORITHMS.find((name) => /^[A-Za-z0-9+/]{40,90}={0,2}$/.test(given.get(name) ?? ''));
  return algorithm === undefined ? {} : { hash: { algorithm, value: given.get(algorithm) ?? '' } };
}

function lastPathPart(url: string): string {
  const part = new URL(url).pathname.split('/').at(-1) ?? '';
  return Buffer.from(part.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString('utf8');
}
