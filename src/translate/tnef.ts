/**
 * What is inside of a winmail.dat (MS-OXTNEF), by which Outlook and Exchange send files to whom they take for one of theirs: read
 * while it passes by, so that memory is bounded whatever its size. Checksums are not looked at; lengths are.
 */
import { mailTypeOf } from './mail-files.js';
import { decodeHtml, decodeText } from './mail-charset.js';
import { bodyText } from './mail-text.js';
import { codePageName } from './tnef-code-pages.js';
import { LONG, OBJECT, properties, UNICODE, type Property } from './tnef-properties.js';
import { pass, Scope, start, Stepper, take, type Reading } from './tnef-steps.js';

/** A file inside, in the order of the bytes. */
export interface TnefFile {
  /** As its author called it, foreign text; empty when it has no name. */
  readonly name: string;
  readonly type: string;
  readonly size: number;
  /** Without brackets. */
  readonly contentId?: string;
}

export interface Tnef {
  readonly files: readonly TnefFile[];
  /** LF line ends. */
  readonly plain?: string;
  readonly html?: string;
  /** There is text as RTF, which is not read. */
  readonly hasRtf: boolean;
  /** It ends before what it announces. */
  readonly isTruncated: boolean;
}

/** Takes the bytes of the n-th file. */
export type FileSink = (file: number, bytes: Buffer) => void;

/** Above it none are told: the winmail.dat stays one file. */
const MOST_FILES = 100;
/** Messages within messages; what is deeper is a file. */
const DEEPEST = 3;
/** Bytes kept of the text, and as many of the HTML. */
const TEXT_LIMIT = 512 * 1024;
const NAME_LIMIT = 1024;

const SIGNATURE = 0x223e9f78;
/** Attributes (MS-OXTNEF 2.1.3.3): the low half tells which, the high half how it is written. */
const ATTRIBUTE = { body: 0x800c, data: 0x800f, title: 0x8010, rendering: 0x9002, message: 0x9003, attachment: 0x9005, codePage: 0x9007 } as const;
/** Properties (MS-OXPROPS). */
const PROPERTY = { body: 0x1000, rtf: 0x1009, html: 0x1013, htmlCodePage: 0x3fde, data: 0x3701 } as const;
const NAMES: Readonly<Record<number, keyof Labels>> = { 0x3707: 'long', 0x3704: 'short', 0x3001: 'shown', 0x370e: 'type', 0x3712: 'contentId' };
const IS_MESSAGE = Buffer.from('0703020000000000c000000000000046', 'hex');

interface Text {
  readonly bytes: Buffer;
  readonly isUnicode: boolean;
}

/** What an attachment says of itself. */
interface Labels {
  title?: Text;
  long?: Text;
  short?: Text;
  shown?: Text;
  type?: Text;
  contentId?: Text;
}

interface OpenFile {
  /** They may come behind the data. */
  readonly labels: Labels;
  readonly message: OpenMessage;
  size: number;
  /** A message's text has the message's name, and this. */
  readonly ending: string;
}

interface OpenMessage {
  readonly depth: number;
  codePage?: number;
  htmlCodePage?: number;
  body?: Text;
  html?: Text;
  hasRtf: boolean;
  labels: Labels;
  /** The attachment that is being read has its data. */
  hasData: boolean;
}

/** Reads one, in pieces. Never throws, unless the sink does. */
export class TnefReader {
  private readonly files: OpenFile[] = [];
  private readonly root = newMessage(0);
  private readonly stepper: Stepper;
  private isTnef = false;
  private withinAttribute = false;

  constructor(private readonly sink?: FileSink) {
    this.stepper = new Stepper(this.message(new Scope(Infinity), this.root));
  }

  write(bytes: Buffer): void {
    this.stepper.write(bytes);
  }

  /** What came; undefined when it is no TNEF, or has too many files. */
  end(): Tnef | undefined {
    if (!this.isTnef || this.files.length > MOST_FILES) return undefined;
    const { hasRtf } = this.root;
    const [plain, html] = [plainOf(this.root), htmlOf(this.root)];
    return { files: this.files.map(fileOf), ...(plain !== '' && { plain }), ...(html !== '' && { html }), hasRtf, isTruncated: this.withinAttribute };
  }

  /** The attributes one after the other (2.1.1). What is none is garbage behind the last. */
  private *message(from: Scope, message: OpenMessage): Reading<void> {
    const head = yield* take(from, 6);
    if (head?.readUInt32LE(0) !== SIGNATURE) return;
    this.isTnef = true;
    for (;;) {
      const attribute = yield* take(from, 9);
      const level = attribute?.[0];
      if (attribute === undefined || (level !== 1 && level !== 2)) return;
      if (message.depth === 0) this.withinAttribute = true;
      const value = from.part(attribute.readUInt32LE(5));
      yield* this.attribute(attribute.readUInt16LE(1), value, message);
      yield* pass(value, value.left);
      if (message.depth === 0) this.withinAttribute = false;
      yield* pass(from, 2);
    }
  }

  private *attribute(id: number, value: Scope, message: OpenMessage): Reading<void> {
    if (id === ATTRIBUTE.rendering) Object.assign(message, { labels: {}, hasData: false });
    else if (id === ATTRIBUTE.title) message.labels.title = text(yield* start(value, value.left, NAME_LIMIT));
    else if (id === ATTRIBUTE.data) yield* this.data(value, message);
    else if (id === ATTRIBUTE.body) message.body ??= text(yield* start(value, value.left, TEXT_LIMIT));
    else if (id === ATTRIBUTE.codePage) message.codePage = numberIn(yield* start(value, value.left, 4));
    else if (id === ATTRIBUTE.message) yield* properties(value, (property, of) => this.ofMessage(property, of, message));
    else if (id === ATTRIBUTE.attachment) yield* properties(value, (property, of) => this.ofAttachment(property, of, message));
  }

  private *ofMessage({ id, type, size }: Property, value: Scope, message: OpenMessage): Reading<void> {
    const isUnicode = type === UNICODE;
    if (id === PROPERTY.rtf) message.hasRtf = size > 0;
    else if (id === PROPERTY.htmlCodePage && type === LONG) message.htmlCodePage = numberIn(yield* start(value, size, 4));
    else if (id === PROPERTY.html) message.html = { bytes: yield* start(value, size, TEXT_LIMIT), isUnicode };
    else if (id === PROPERTY.body) message.body = { bytes: yield* start(value, size, TEXT_LIMIT), isUnicode };
  }

  private *ofAttachment({ id, type, size }: Property, value: Scope, message: OpenMessage): Reading<void> {
    const label = NAMES[id];
    if (label !== undefined) message.labels[label] = { bytes: yield* start(value, size, NAME_LIMIT), isUnicode: type === UNICODE };
    else if (id === PROPERTY.data && type !== OBJECT) yield* this.data(value, message);
    else if (id === PROPERTY.data) {
      const isMessage = (yield* take(value, IS_MESSAGE.length))?.equals(IS_MESSAGE) ?? false;
      if (isMessage && message.depth < DEEPEST) yield* this.within(value, message);
      else yield* this.data(value, message);
    }
  }

  /** The bytes of a file; an attachment has them once. */
  private *data(value: Scope, message: OpenMessage): Reading<void> {
    if (message.hasData) return;
    message.hasData = true;
    const put = this.file(message.labels, message, '');
    yield* pass(value, value.left, put);
  }

  /** A message within: its files stand here as well, and its text is one. */
  private *within(value: Scope, outer: OpenMessage): Reading<void> {
    outer.hasData = true;
    const { labels } = outer;
    const message = newMessage(outer.depth + 1);
    yield* this.message(value, message);
    const [plain, html] = [plainOf(message), htmlOf(message)];
    if (html !== '') this.file(labels, message, '.html')(Buffer.from(withCharset(html)));
    else if (plain !== '') this.file(labels, message, '.txt')(Buffer.from(plain));
  }

  /** Begins a file. @returns what takes its bytes */
  private file(labels: Labels, message: OpenMessage, ending: string): (bytes: Buffer) => void {
    const at = this.files.length;
    if (at > MOST_FILES) return () => undefined;
    const file = { labels, message, size: 0, ending };
    this.files.push(file);
    return (bytes) => {
      file.size += bytes.length;
      this.sink?.(at, bytes);
    };
  }
}

function newMessage(depth: number): OpenMessage {
  return { depth, hasRtf: false, labels: {}, hasData: false };
}

function text(bytes: Buffer): Text {
  return { bytes, isUnicode: false };
}

function numberIn(bytes: Buffer): number {
  return bytes.length < 4 ? 0 : bytes.readUInt32LE(0);
}

function fileOf({ labels, message, size, ending }: OpenFile): TnefFile {
  const { long, title, short, shown } = labels;
  const word = (label: Text | undefined): string => textIn(label, message.codePage).trim();
  const name = [long, ending === '' ? title : shown, short, shown, title].map(word).find((found) => found !== '') ?? '';
  const type = ending === '' ? mailTypeOf(word(labels.type), '', name) : ending === '.html' ? 'text/html' : 'text/plain';
  const contentId = /^<?([^<>\s]{1,300})>?$/.exec(word(labels.contentId))?.[1];
  return { name: name === '' || ending === '' ? name : name + ending, type, size, ...(contentId !== undefined && { contentId }) };
}

function plainOf({ body, codePage }: OpenMessage): string {
  return bodyText(textIn(body, codePage)).trimEnd();
}

function htmlOf({ html, codePage, htmlCodePage }: OpenMessage): string {
  if (html === undefined) return '';
  const { bytes, isUnicode } = html;
  return bodyText(isUnicode ? textIn(html, codePage) : decodeHtml(bytes, codePageName(htmlCodePage))).trimEnd();
}

/** Strings end with a zero. */
function textIn(label: Text | undefined, codePage: number | undefined): string {
  if (label === undefined) return '';
  const { bytes, isUnicode } = label;
  const decoded = isUnicode ? bytes.toString('utf16le') : decodeText(bytes.subarray(0, endOf(bytes)), codePageName(codePage));
  return decoded.split('\0', 1)[0] ?? '';
}

function endOf(bytes: Buffer): number {
  const zero = bytes.indexOf(0);
  return zero === -1 ? bytes.length : zero;
}

/** It is in UTF-8 now, whatever it says itself. */
function withCharset(html: string): string {
  return `\ufeff${html}`;
}
