/** What each leaf part of a mail is to its reader, and the values gathered from them. */
import type { MimeNode } from '@zone-eu/mailsplit';
import type { Attachment } from '../message.js';
import { own } from '../own.js';
import { nameForKind, saysSomething, summaryOf, SUMMARY_LIMIT } from './file-summary.js';
import { unfixed, unflow } from './flowed.js';
import { decodeHtml, decodeText, hasHoles, withoutHalfCharacter } from './mail-charset.js';
import { headersFromBytes, MailHeaders } from './mail-headers.js';
import { Leaf } from './mail-leaf.js';
import { emojiIn, reactionKind } from './mail-reaction.js';
import { bodyText, cutText, fileName } from './mail-text.js';
import type { MailBody, MailNote, ParsedMail } from './mail-types.js';
import { TnefReader, type Tnef } from './tnef.js';

/** Decoded bytes of plain text, and of HTML, that one mail may bring to its reader; the rest is in the original. */
export const PLAIN_LIMIT = 2 * 1024 * 1024;
export const HTML_LIMIT = 512 * 1024;
/** Decoded bytes kept of each part of a report. */
const REPORT_LIMIT = 64 * 1024;
/** Contact cards kept; one longer than is looked at is only a file. */
const MOST_CARDS = 3;
/** So many files are told in words. */
const MOST_SUMMARIES = 5;
/** Looked into; those beyond are only files. */
const MOST_PACKED = 5;
const PACKED = /^application\/(?:vnd\.)?ms-tnef$/;
const PACKED_NAME = /^winmail\.dat$/i;
const CARD = /^text\/(?:x-)?vcard$/;

/** Kept of a mail within the mail, to find its subject. */
const HEAD_KEPT = 16 * 1024;
const MAIL = /^message\/(?:rfc822|global)$/;

type Role = 'plain' | 'html' | 'status' | 'original' | 'reaction' | 'attachment';

const REPORT_ROLES: Readonly<Record<string, Role>> = {
  'message/delivery-status': 'status',
  'message/global-delivery-status': 'status',
  'text/rfc822-headers': 'original',
  'message/global-headers': 'original',
  'message/rfc822-headers': 'original',
  'message/rfc822': 'original',
  'message/global': 'original',
};

/** Gathers the parts of one mail; holds no more than the limits above. */
export class PartCollector {
  private readonly bodies: { group: MimeNode; plain?: string; html?: string }[] = [];
  private readonly attachments: Attachment[] = [];
  /** Parts that are files, whatever is inside of them. */
  private files = 0;
  private packed = 0;
  /** What a winmail.dat says where the mail says nothing. */
  private innerBody: MailBody | undefined;
  private readonly cards: string[] = [];
  private readonly contentIds = new Map<string, number>();
  private readonly notes = new Set<MailNote>();
  private room = { plain: PLAIN_LIMIT, html: HTML_LIMIT };
  private reaction: { readonly group: MimeNode; readonly emoji: readonly string[] } | undefined;
  private deliveryStatus: string | undefined;
  private original: MailHeaders | undefined;

  /** Begins a leaf part. */
  open(node: MimeNode): Leaf {
    const role = this.roleOf(node);
    if (role !== 'attachment') return new Leaf(node, this.limitOf(role));
    if (isPacked(node) && this.packed++ < MOST_PACKED) return new Leaf(node, 0, new TnefReader());
    return new Leaf(node, this.keptOf(node));
  }

  /** Whether a leaf part, before it is taken, is an attachment. */
  isFile(node: MimeNode): boolean {
    return this.roleOf(node) === 'attachment';
  }

  /** Takes a leaf part that has ended. `isCutOff` as for `Leaf`. */
  close(leaf: Leaf, isCutOff = false): void {
    if (leaf.isDamaged(isCutOff)) this.notes.add('damaged');
    const role = this.roleOf(leaf.node);
    if (role === 'plain' || role === 'html') this.addText(role, leaf);
    else if (role === 'status') this.addStatus(unfixed(textOf(leaf)));
    else if (role === 'reaction') this.addReaction(leaf);
    else if (role === 'original') this.original ??= headersFromBytes(leaf.bytes);
    else this.addFile(leaf);
  }

  /** No part was found: a multipart whose boundary never came. */
  get isEmpty(): boolean {
    return this.bodies.length + this.files === 0 && this.reaction === undefined && this.deliveryStatus === undefined && this.original === undefined;
  }

  result(): Pick<ParsedMail, 'bodies' | 'attachments' | 'contentIds' | 'cards' | 'reactions' | 'report' | 'notes'> {
    const reactions = this.settleReaction();
    const own: MailBody[] = this.bodies.map(({ plain, html }) => ({
      ...(plain === undefined ? {} : { plain }),
      ...(html === undefined ? {} : { html }),
    }));
    const bodies = this.innerBody === undefined || this.saysSomething() ? own : [...own, this.innerBody];
    const report = {
      ...(this.deliveryStatus === undefined ? {} : { deliveryStatus: this.deliveryStatus }),
      ...(this.original === undefined ? {} : { original: this.original }),
    };
    return { bodies, attachments: this.attachments, contentIds: this.contentIds, cards: this.cards, ...(reactions === undefined ? {} : { reactions }), report, notes: [...this.notes] };
  }

  private roleOf(node: MimeNode): Role {
    const type = typeOf(node);
    const reported = inReport(node) ? own(REPORT_ROLES, type) : undefined;
    if (reported) return reported;
    if (type === 'message/delivery-status') return 'status';
    if (reactionKind(node, type) !== undefined) return 'reaction';
    if (node.disposition && node.disposition !== 'inline') return 'attachment';
    if (type === 'text/html') return node.filename && this.bodies.length > 0 ? 'attachment' : 'html';
    if (type === 'text/plain') return node.filename && this.bodies.length > 0 ? 'attachment' : 'plain';
    // Some other kind of text that is the whole mail is better shown as it stands than not at all.
    return type.startsWith('text/') && !node.parentNode && !saysSomething(type) ? 'plain' : 'attachment';
  }

  private keepsCard(node: MimeNode): boolean {
    return CARD.test(typeOf(node)) && this.cards.length < MOST_CARDS;
  }

  /** Bytes kept of an attachment. */
  private keptOf(node: MimeNode): number {
    if (MAIL.test(typeOf(node)) && !node.filename) return HEAD_KEPT;
    return saysSomething(typeOf(node)) ? SUMMARY_LIMIT : 0;
  }

  private limitOf(role: Exclude<Role, 'attachment'>): number {
    return role === 'plain' || role === 'html' ? this.room[role] : REPORT_LIMIT;
  }

  private addText(role: 'plain' | 'html', leaf: Leaf): void {
    const bytes = leaf.bytes;
    this.room[role] -= bytes.length;
    if (leaf.isCut) this.notes.add('cut');
    const decode = role === 'html' ? decodeHtml : decodeText;
    const decoded = decode(leaf.isCut ? withoutHalfCharacter(bytes) : bytes, leaf.node.charset || '');
    if (hasHoles(decoded, bytes)) this.notes.add('damaged');
    const text = bodyText(role === 'plain' && leaf.node.flowed ? unflow(decoded, leaf.node.delSp) : unfixed(decoded));
    const group = alternativeOf(leaf.node);
    const last = this.bodies.at(-1);
    if (last && last.group === group && last[role] === undefined) last[role] = text;
    else if (last?.group === group) last[role] += '\n' + text;
    else this.bodies.push({ group, [role]: text });
  }

  /** What only looks like one is text that its author wrote, or was meant for a program. */
  private addReaction(leaf: Leaf): void {
    const kind = reactionKind(leaf.node, typeOf(leaf.node));
    const emoji = kind === undefined ? [] : emojiIn(kind, textOf(leaf));
    if (emoji.length > 0) this.reaction ??= { group: alternativeOf(leaf.node), emoji };
    else if (kind === 'standard') this.addText('plain', leaf);
  }

  /** Beside other text than its own words the reaction is a part of that text. */
  private settleReaction(): readonly string[] | undefined {
    if (this.reaction === undefined) return undefined;
    const { group, emoji } = this.reaction;
    if (this.attachments.length === 0 && this.bodies.every((body) => body.group === group)) return emoji;
    this.bodies.unshift({ group, plain: emoji.join(' ') });
    return undefined;
  }

  /** Some servers send a part of this type for people and another for programs: all are kept, up to the limit. */
  private addStatus(text: string): void {
    this.deliveryStatus = cutText(this.deliveryStatus === undefined ? text : `${this.deliveryStatus}\n\n${text}`, REPORT_LIMIT);
  }

  private addFile(leaf: Leaf): void {
    const part = this.files++;
    const packed = leaf.unpacking?.end();
    const isTold = packed !== undefined && this.addPacked(packed, part);
    if (!isTold) this.addAttachment(leaf, part);
  }

  /** The files inside. @returns false when there is something else inside, or nothing */
  private addPacked({ files, plain, html, hasRtf, isTruncated }: Tnef, part: number): boolean {
    if (isTruncated) this.notes.add('damaged');
    files.forEach(({ name, type, size, contentId }, inside) => {
      this.addContentId(contentId);
      this.attachments.push({ name: fileName(name, this.attachments.length), type, size, where: { part, inside } });
    });
    const hasText = plain !== undefined || html !== undefined;
    if (hasText) this.innerBody ??= { ...(plain !== undefined && { plain }), ...(html !== undefined && { html }) };
    return hasText || this.saysSomething() || (files.length > 0 && !hasRtf);
  }

  private saysSomething(): boolean {
    return this.bodies.some(({ plain = '', html = '' }) => `${plain}${html}`.trim() !== '');
  }

  private addContentId(contentId: string | undefined): void {
    if (contentId !== undefined && !this.contentIds.has(contentId)) this.contentIds.set(contentId, this.attachments.length);
  }

  private addAttachment(leaf: Leaf, part: number): void {
    if (this.keepsCard(leaf.node) && !leaf.isCut) this.cards.push(textOf(leaf));
    const type = typeOf(leaf.node);
    const name = fileName(leaf.node.filename || nameForKind(type) || mailName(leaf), part);
    this.addContentId(contentIdOf(leaf.node));
    const summary = saysSomething(type) ? this.newSummary(type, leaf) : undefined;
    this.attachments.push({ name, type, size: leaf.size, where: { part }, ...(summary === undefined ? {} : { summary }) });
  }

  /** The same invitation comes beside the text and as a file: it is told once. */
  private newSummary(type: string, leaf: Leaf): string | undefined {
    const told = this.attachments.flatMap(({ summary }) => summary ?? []);
    const summary = told.length < MOST_SUMMARIES ? summaryOf(type, textOf(leaf)) : undefined;
    return summary === undefined || told.includes(summary) ? undefined : summary;
  }
}

/** Of the type, or of its usual name where the type says nothing. */
function isPacked(node: MimeNode): boolean {
  const type = typeOf(node);
  return PACKED.test(type) || (type === 'application/octet-stream' && PACKED_NAME.test(node.filename || ''));
}

/** A mail within the mail is called by its subject. */
function mailName(leaf: Leaf): string {
  if (!MAIL.test(typeOf(leaf.node))) return '';
  const subject = headersFromBytes(leaf.bytes).text('subject') ?? '';
  return `${subject.replace(/[/\\]/g, '-') || 'mail'}.eml`;
}

function textOf(leaf: Leaf): string {
  return bodyText(decodeText(leaf.bytes, leaf.node.charset || ''));
}

function contentIdOf(node: MimeNode): string | undefined {
  const id = node.headers ? node.headers.getFirst('content-id').trim() : '';
  return /^<([^<>]{1,300})>$/.exec(id)?.[1];
}

const MEDIA_TYPE = /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/;

/** Media type of a node, lower-case; what is not one is application/octet-stream, as RFC 2045 §5.2 wants. */
export function typeOf(node: MimeNode): string {
  const type = node.contentType || 'text/plain';
  if (MEDIA_TYPE.test(type)) return type;
  return type === 'text' ? 'text/plain' : 'application/octet-stream';
}

function inReport(node: MimeNode): boolean {
  return ancestors(node).some((ancestor) => ancestor.multipart === 'report');
}

/** The outermost multipart/alternative around a part, or the part itself. */
function alternativeOf(node: MimeNode): MimeNode {
  return ancestors(node).findLast((ancestor) => ancestor.multipart === 'alternative') ?? node;
}

/** From the parent to the root; at most 1,000, the parser's own limit on parts. */
function ancestors(node: MimeNode): MimeNode[] {
  const found: MimeNode[] = [];
  for (let at = node.parentNode; at; at = at.parentNode) found.push(at);
  return found;
}
