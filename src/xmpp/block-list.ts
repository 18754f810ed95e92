/**
 * Blocking (XEP-0191) and reports of spam (XEP-0377) sent to the gateway itself, or to the contact that is to be blocked: the user's own
 * server keeps its list to itself.
 */
import { bareJid, parseJid, type Jid } from '../address.js';
import type { BlockList, SpamReport } from '../edge.js';
import { isFailure, type Failure } from '../failure.js';
import { errorCondition } from '../translate/stanza-error.js';
import type { Answer, Request } from './responder.js';
import type { Target } from './target.js';
import { el, NS, type Element, type StanzaError } from './xml.js';

const MOST_ITEMS = 100;
const MOST_TEXT = 500;
const BAD_REQUEST: StanzaError = { type: 'modify', condition: 'bad-request' };
const NOT_THIS: StanzaError = { type: 'modify', condition: 'not-acceptable', text: 'A contact can only be asked to block itself.' };
const REASONS: ReadonlyMap<string, SpamReport['reason']> = new Map([
  ['urn:xmpp:reporting:spam', 'spam'],
  ['urn:xmpp:reporting:abuse', 'abuse'],
]);

/** `<block/>`: with items, at least one. */
export async function block(list: BlockList, { from, to, payload }: Request, target: Target): Promise<Answer> {
  const items = itemsOf(payload);
  if (items === undefined || items.length === 0) return BAD_REQUEST;
  const wrong = notOwn(items, to, target);
  if (wrong !== undefined) return wrong;
  for (const { jid, report } of items) {
    const failure = await list.block(bareJid(from), jid, report);
    if (failure !== undefined) return answer(failure);
  }
  return undefined;
}

/** `<unblock/>`: without items, all (XEP-0191 §3.4). */
export async function unblock(list: BlockList, { from, to, payload }: Request, target: Target): Promise<Answer> {
  const items = itemsOf(payload);
  if (items === undefined) return BAD_REQUEST;
  const wrong = notOwn(items, to, target);
  if (wrong !== undefined) return wrong;
  if (items.length === 0) return answer(await list.unblockAll(bareJid(from)));
  for (const { jid } of items) {
    const failure = await list.unblock(bareJid(from), jid);
    if (failure !== undefined) return answer(failure);
  }
  return undefined;
}

export async function blocklist(list: BlockList, { from }: Request): Promise<Answer> {
  const blocked = await list.blocked(bareJid(from));
  if (isFailure(blocked)) return answer(blocked);
  return el('blocklist', { xmlns: NS.blocking }, blocked.map((jid) => el('item', { jid })));
}

function answer(failure: Failure | undefined): StanzaError | undefined {
  return failure && errorCondition(failure);
}

interface Item {
  readonly jid: Jid;
  readonly report?: SpamReport;
}

/** Undefined when one of them is none, or there are too many. */
function itemsOf(payload: Element): readonly Item[] | undefined {
  const elements = payload.getChildren('item', NS.blocking);
  if (elements.length > MOST_ITEMS) return undefined;
  const items = elements.map((item): Item | undefined => {
    const jid = parseJid(item.attrs.jid ?? '');
    if (isFailure(jid)) return undefined;
    const report = reportIn(item);
    return { jid: bareJid(jid), ...(report !== undefined && { report }) };
  });
  return items.every((item) => item !== undefined) ? items : undefined;
}

/** The namespace of today names the reason in an attribute, that of the first version in a child. */
function reportIn(item: Element): SpamReport | undefined {
  const now = item.getChild('report', NS.reporting);
  const before = item.getChild('report', NS.reportingFirst);
  const report = now ?? before;
  if (report === undefined) return undefined;
  const reason = now === undefined ? (report.getChild('spam') === undefined ? 'abuse' : 'spam') : (REASONS.get(now.attrs.reason ?? '') ?? 'abuse');
  const text = report.getChildText('text')?.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim().slice(0, MOST_TEXT);
  return { reason, ...(text !== undefined && text !== '' && { text }) };
}

/** A contact speaks for itself only; and without an item, for nobody. */
function notOwn(items: readonly Item[], { local }: Jid, { kind }: Target): StanzaError | undefined {
  if (kind === 'gateway') return undefined;
  return items.length === 1 && items[0]?.jid.local === local ? undefined : NOT_THIS;
}
