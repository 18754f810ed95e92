/**
 * How a chat user looks, asked of his server: the picture by PEP (XEP-0084), which answers those who see his presence, or everybody where
 * he lets it; else by his vCard (XEP-0054, XEP-0153). That there is another one is told by an event (`own-caps.ts`), or in presence: by the
 * client, or for it by the server (XEP-0398; Prosody's `vcard_legacy`, ejabberd's `mod_avatar` and `mod_vcard_xupdate`).
 */
import { createHash } from 'node:crypto';
import { formatBareJid, parseJid, type Jid } from '../address.js';
import { isFailure } from '../failure.js';
import type { FaceSource, Told } from '../presence/faces.js';
import type { Picture } from '../presence/view.js';
import { PICTURE_LIMIT, webPictureOf } from '../translate/picture.js';
import { saidIn, type IqCaller } from './iq.js';
import { toldIn } from './personal-events.js';
import type { Profiles } from './profile.js';
import { el, NS, type Element } from './xml.js';

/** ms that each question may take. */
const DEADLINE = 10_000;
/** UTF-16 units of a hash in presence; hex SHA-1 has 40. */
const LONGEST_HASH = 64;

type Teller = (user: Jid, told: Told) => void;

export class ServerFaces implements FaceSource {
  private readonly tellers: Teller[] = [];
  private readonly ups: (() => void)[] = [];

  /** @param gateway the gateway's own JID, which asks */
  constructor(
    private readonly iq: Pick<IqCaller, 'request'>,
    private readonly profiles: Pick<Profiles, 'renewed'>,
    private readonly gateway: string,
  ) {}

  nameOf(user: Jid): Promise<string | undefined> {
    return this.profiles.renewed(user);
  }

  async pictureOf(user: Jid): Promise<Picture | 'none' | undefined> {
    const to = formatBareJid(user);
    const published = await this.published(to);
    if (published !== undefined) return published;
    const answer = await this.get(to, el('vCard', { xmlns: NS.vcard }));
    if (answer === undefined) return undefined;
    return pictureIn(answer.getChild('vCard', NS.vcard)?.getChild('PHOTO')?.getChildText('BINVAL')) ?? 'none';
  }

  /** Called when presence or an event tells of a picture or of none, or of a name. */
  onTold(listener: Teller): void {
    this.tellers.push(listener);
  }

  onUp(listener: () => void): void {
    this.ups.push(listener);
  }

  /** Takes what an available presence says of a picture. @param from full JID, vouched for by the XMPP server */
  take(presence: Element, from: Jid): void {
    const hash = presence.getChild('x', NS.vcardUpdate)?.getChild('photo')?.getText().trim().toLowerCase();
    if (hash === undefined || hash.length > LONGEST_HASH) return;
    for (const listener of this.tellers) listener(from, { about: 'picture', value: hash });
  }

  /**
   * Takes an event of one of the user's PEP nodes; false for any other message. It comes from his bare JID (XEP-0163 §4.3): what a client of his
   * writes itself has a resource, and whoever writes can tell of himself only.
   */
  takeEvent(message: Element): boolean {
    const from = parseJid(message.attrs.from ?? '');
    if (message.attrs.to !== this.gateway || isFailure(from) || from.local === '' || from.resource !== '') return false;
    const told = message.attrs.type === 'error' ? undefined : toldIn(message);
    if (told === undefined) return false;
    for (const listener of this.tellers) listener(from, told);
    return true;
  }

  /** The link is up. */
  online(): void {
    for (const listener of this.ups) listener();
  }

  /** XEP-0084 §3: the metadata tells which data fit; empty, that there is to be no picture. */
  private async published(to: string): Promise<Picture | 'none' | undefined> {
    const item = await this.item(to, NS.avatarMetadata);
    const metadata = item?.getChild('metadata', NS.avatarMetadata);
    if (metadata?.getChildElements().length === 0) return 'none';
    const infos = metadata?.getChildren('info') ?? [];
    const fit = infos.find(({ attrs }) => attrs.url === undefined && attrs.id !== undefined && Number(attrs.bytes) <= PICTURE_LIMIT);
    const data = fit?.attrs.id === undefined ? undefined : await this.item(to, NS.avatarData, fit.attrs.id);
    return pictureIn(data?.getChildText('data', NS.avatarData));
  }

  private async item(to: string, node: string, id?: string): Promise<Element | undefined> {
    const which = id === undefined ? el('items', { node, max_items: '1' }) : el('items', { node }, el('item', { id }));
    const answer = await this.get(to, el('pubsub', { xmlns: NS.pubsub }, which));
    return answer?.getChild('pubsub', NS.pubsub)?.getChild('items')?.getChild('item');
  }

  /** The answer, a refusal included; undefined when there was none. */
  private async get(to: string, payload: Element): Promise<Element | undefined> {
    const answer = await this.iq.request({ from: this.gateway, to, type: 'get', payload, deadline: DEADLINE });
    return saidIn(answer);
  }
}

/** What it is, its bytes tell. Its id is the hex SHA-1 that presence tells of. */
function pictureIn(base64: string | null | undefined): Picture | undefined {
  const text = (base64 ?? '').replace(/\s+/g, '');
  if (text === '' || text.length > 2 * PICTURE_LIMIT || !/^[A-Za-z0-9+/]+=*$/.test(text)) return undefined;
  const picture = webPictureOf(Buffer.from(text, 'base64'));
  return picture && { ...picture, id: createHash('sha1').update(picture.bytes).digest('hex') };
}
