/** What the event of a user's PEP node tells of how he looks: a hint to ask, never believed by itself. */
import type { Told } from '../presence/faces.js';
import { NS, type Element } from './xml.js';


/** UTF-16 units: hex SHA-1 has 40, a name is cut at 100 characters. */
const LONGEST_HASH = 64;
const LONGEST_NAME = 200;

/**
 * XEP-0163 §4.3. Undefined where nothing is told of how he looks.
 * @param message without a look at who has sent it
 */
export function toldIn(message: Element): Told | undefined {
  const items = message.getChild('event', NS.pubsubEvent)?.getChild('items');
  const item = items?.getChild('item');
  const node = items?.attrs.node;
  if (node === NS.avatarMetadata) return pictureIn(item?.getChild('metadata', NS.avatarMetadata));
  if (node === NS.nick) return { about: 'nick', value: nameIn(item?.getChildText('nick', NS.nick)) };
  if (node === NS.vcard4Node) return { about: 'card', value: nameIn(item?.getChild('vcard', NS.vcard4)?.getChild('fn')?.getChildText('text')) };
  return undefined;
}

/** XEP-0084 §3: the first that is to be had from the server itself. What was taken back (`retract`) is none. */
function pictureIn(metadata: Element | undefined): Told | undefined {
  const info = metadata?.getChildren('info').find(({ attrs }) => attrs.url === undefined && attrs.id !== undefined);
  const value = (info?.attrs.id ?? '').trim().toLowerCase();
  return value.length > LONGEST_HASH ? undefined : { about: 'picture', value };
}

function nameIn(text: string | null | undefined): string {
  return (text ?? '').slice(0, LONGEST_NAME);
}
