/** The upload service of the home server (XEP-0363 1.2): looked for by disco, and asked for places to put files. */
import type { GatewayNames } from '../address.js';
import type { Clock } from '../clock.js';
import { Failure, isFailure } from '../failure.js';
import { cleanText } from '../translate/xml-text.js';
import { parseUrl } from '../url.js';
import type { IqCaller } from './iq.js';
import { el, NS, type Element } from './xml.js';

/** What the service is told of a file. */
export interface UploadFacts {
  readonly name: string;
  readonly type: string;
  /** Bytes, exactly. */
  readonly size: number;
}

/** Where a file may be put, once and soon. */
export interface Slot {
  readonly put: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where it is got from afterwards. */
  readonly get: string;
}

export interface FoundService {
  readonly jid: string;
  /** Most bytes of a file; Infinity when it names no limit. */
  readonly maxSize: number;
}

/** Ask the service. */
const DEADLINE = 15_000;
/** A server with more items than this has its upload service among the first. */
const MOST_ITEMS = 50;
/** After a failure nobody is made to wait for the service again for this long. */
const PAUSE = 60_000;
const LONGEST_PAUSE = 3_600_000;
const LONGEST_URL = 2_000;
/** A place that is asked for only to learn where places are. */
const ONE_BYTE: UploadFacts = { name: 'probe.txt', type: 'text/plain', size: 1 };

export class UploadService {
  private found: Promise<FoundService | Failure> | undefined;
  private fileHost: string | undefined;
  private pausedUntil = 0;
  private pauseReason = Failure.temporary('remote-unreachable', 'The upload service is not asked now.');

  constructor(
    private readonly iq: Pick<IqCaller, 'request'>,
    private readonly names: GatewayNames,
    private readonly clock: Clock,
  ) {}

  /** A place for one file. A failure is for this file, or for all during a pause. */
  async slot(facts: UploadFacts): Promise<Slot | Failure> {
    if (this.clock() < this.pausedUntil) return this.pauseReason;
    const service = await this.service();
    if (isFailure(service)) return this.pause(service);
    if (facts.size > service.maxSize) return tooLarge();
    const payload = el('request', { xmlns: NS.upload, filename: cleanText(facts.name), size: String(facts.size), 'content-type': facts.type });
    const answer = await this.ask(service.jid, payload);
    if (isFailure(answer)) return this.pause(answer);
    if (answer.attrs.type !== 'result') return this.refused(answer);
    const slot = slotIn(answer);
    if (!isFailure(slot)) this.fileHost = hostOf(slot.get);
    return slot;
  }

  /** Where its files are got from, as `host:port`; undefined when it tells nothing now. */
  async host(): Promise<string | undefined> {
    if (this.fileHost === undefined) await this.slot(ONE_BYTE);
    return this.fileHost;
  }

  /** The service, looked for once; again after a failure. */
  async service(): Promise<FoundService | Failure> {
    this.found ??= this.look();
    const found = await this.found;
    if (isFailure(found)) this.found = undefined;
    return found;
  }

  /** The service, or the way to it, is not what it should be: it is left alone for a while, and then looked for again. */
  pause(reason: Failure, ms = PAUSE): Failure {
    this.found = undefined;
    this.pausedUntil = this.clock() + Math.min(ms, LONGEST_PAUSE);
    this.pauseReason = reason;
    return reason;
  }

  /** A new link: the server may be another one, too. */
  online(): void {
    this.found = undefined;
    this.fileHost = undefined;
    this.pausedUntil = 0;
  }

  private ask(to: string, payload: Element): Promise<Element | Failure> {
    return this.iq.request({ from: this.names.domain, to, type: 'get', payload, deadline: DEADLINE });
  }

  /** The home domain itself, then its items. */
  private async look(): Promise<FoundService | Failure> {
    const { home } = this.names;
    const items = await this.ask(home, el('query', { xmlns: NS.items }));
    if (isFailure(items)) return items;
    const named = items.getChild('query', NS.items)?.getChildren('item') ?? [];
    const jids = [home, ...named.flatMap(({ attrs: { jid, node } }) => (jid === undefined || node !== undefined ? [] : [jid]))];
    const all = await Promise.all([...new Set(jids)].slice(0, MOST_ITEMS).map((jid) => this.examine(jid)));
    return all.find((found) => found !== undefined) ?? Failure.permanent('not-supported', 'The XMPP server has no upload service.');
  }

  private async examine(jid: string): Promise<FoundService | undefined> {
    if (jid === this.names.domain) return undefined;
    const answer = await this.ask(jid, el('query', { xmlns: NS.info }));
    if (isFailure(answer)) return undefined;
    const info = answer.getChild('query', NS.info);
    const has = info?.getChildren('feature').some(({ attrs }) => attrs.var === NS.upload) ?? false;
    return has ? { jid, maxSize: maxSizeIn(info) } : undefined;
  }

  /** XEP-0363 §7: too large concerns the file; a quota has an end; all else concerns whoever asks. */
  private refused(answer: Element): Failure {
    const error = answer.getChild('error');
    if (error?.getChild('file-too-large', NS.upload) !== undefined) return tooLarge();
    const condition = error?.getChildElements().find((child) => child.getNS() === NS.stanzas && child.name !== 'text')?.name ?? 'undefined-condition';
    const stamp = Date.parse(error?.getChild('retry', NS.upload)?.attrs.stamp ?? '');
    const failure = Failure.temporary('remote-unreachable', `The upload service refuses: ${condition}.`);
    // One file's own trouble, which says nothing of the next.
    if (condition === 'bad-request' || condition === 'not-acceptable') return failure;
    return this.pause(failure, Number.isNaN(stamp) ? PAUSE : Math.max(0, stamp - this.clock()));
  }
}

function hostOf(link: string): string {
  const { hostname, port, protocol } = new URL(link);
  return `${hostname}:${port === '' ? (protocol === 'http:' ? 80 : 443) : port}`;
}

function tooLarge(): Failure {
  return Failure.permanent('too-large', 'The file is too large for the upload service.');
}

/** The form of XEP-0363 §4. */
function maxSizeIn(info: Element | undefined): number {
  for (const form of info?.getChildren('x', NS.forms) ?? []) {
    const value = (name: string): string | null | undefined => form.getChildren('field').find(({ attrs }) => attrs.var === name)?.getChildText('value');
    const size = value('max-file-size') ?? '';
    if (value('FORM_TYPE') === NS.upload && /^\d{1,15}$/.test(size)) return Number(size);
  }
  return Infinity;
}

/** XEP-0363 §5: a slot, its URLs checked, and of its headers those that it may ask for. */
export function slotIn(answer: Element): Slot | Failure {
  const slot = answer.getChild('slot', NS.upload);
  const put = slot?.getChild('put');
  const urls = [put?.attrs.url, slot?.getChild('get')?.attrs.url].map(webUrl);
  const [to, from] = urls;
  if (put === undefined || to === undefined || from === undefined) return Failure.temporary('remote-unreachable', 'The upload service gives no address that can be used.');
  const headers: Record<string, string> = {};
  for (const header of put.getChildren('header')) {
    const name = header.attrs.name?.replace(/[\r\n]/g, '').toLowerCase() ?? '';
    if (ALLOWED_HEADERS.includes(name)) headers[name] = header.getText().replace(/[\r\n]/g, '');
  }
  return { put: to, headers, get: from };
}

const ALLOWED_HEADERS = ['authorization', 'cookie', 'expires'];

/** As the server spells it: clients compare it with the body. */
function webUrl(text: string | undefined): string | undefined {
  if (text === undefined || text.length > LONGEST_URL || !/^https?:\/\/[^\s<>"]+$/i.test(text) || parseUrl(text) === undefined) return undefined;
  return text;
}
