/**
 * The nodes that clients ask a contact for (XEP-0060 §6.5, XEP-0163): its picture (XEP-0084), name (XEP-0172) and vCard4
 * (XEP-0292). Each has one item; nobody publishes or subscribes here.
 */
import { metadataElement, nickElement } from './avatar.js';
import type { Portrait } from './portraits.js';
import type { Request } from './responder.js';
import type { Served, Target } from './target.js';
import { cardOf } from './vcard.js';
import { el, NS, type Element, type StanzaError } from './xml.js';

interface Item {
  readonly id: string;
  readonly payload: Element;
}

type Node = (portrait: Portrait, target: Target) => Item | undefined;

const NODES: ReadonlyMap<string, Node> = new Map<string, Node>([
  [NS.avatarMetadata, ({ avatar }) => ({ id: avatar.id, payload: metadataElement(avatar) })],
  [NS.avatarData, ({ avatar }) => ({ id: avatar.id, payload: el('data', { xmlns: NS.avatarData }, avatar.bytes.toString('base64')) })],
  [NS.nick, ({ name }) => (name === undefined ? undefined : { id: 'current', payload: nickElement(name) })],
  [NS.vcard4Node, (portrait, target) => ({ id: 'current', payload: cardOf(target, portrait) })],
]);

const NOT_FOUND: StanzaError = { type: 'cancel', condition: 'item-not-found' };
const UNSUPPORTED: StanzaError = { type: 'cancel', condition: 'feature-not-implemented' };

export async function pubsubItems(request: Request, target: Target, served: Served): Promise<Element | StanzaError> {
  const wanted = request.payload.getChild('items');
  if (wanted === undefined) return UNSUPPORTED;
  const name = wanted.attrs.node ?? '';
  const item = NODES.get(name)?.(await served.portraits.of(target, request.from), target);
  if (item === undefined) return NOT_FOUND;
  const ids = wanted.getChildren('item').map(({ attrs }) => attrs.id);
  // Someone who was told of an earlier picture must not be given another under its hash.
  if (ids.length > 0 && !ids.includes(item.id)) return NOT_FOUND;
  return el('pubsub', { xmlns: NS.pubsub }, el('items', { node: name }, el('item', { id: item.id }, item.payload)));
}
