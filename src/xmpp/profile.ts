/**
 * The display name of a chat user, for the From field of its mails: from its vCard (XEP-0054), else from the vCard4 (XEP-0292) or
 * the nickname (XEP-0172) that it publishes for everybody.
 */
import { formatBareJid, type Jid } from '../address.js';
import type { Clock } from '../clock.js';
import { saidIn, type IqCaller } from './iq.js';
import { withoutForbidden } from '../translate/xml-text.js';
import { el, NS, type Element } from './xml.js';

/** ms that each of the two questions may take: the writer of a mail waits for them. */
const DEADLINE = 1_500;
/** ms after which a name is asked for again; until the answer comes the old one serves. */
const KEEP = 3600_000;
/** ms that "there is none" is kept, which may only mean that the server was busy. */
const KEEP_NONE = 600_000;
const MOST_KEPT = 10_000;
const LONGEST_NAME = 100;

interface Kept {
  /** Empty: there is none. Undefined: there was no answer. */
  name: Promise<string | undefined>;
  until: number;
}

export class Profiles {
  private readonly kept = new Map<string, Kept>();

  /** @param gateway the gateway's own JID, which asks */
  constructor(
    private readonly iq: IqCaller,
    private readonly gateway: string,
    private readonly clock: Clock,
  ) {}

  /** One line of at most 100 characters. Undefined when there is none, or no answer within 3 s. */
  async nameOf(user: Jid): Promise<string | undefined> {
    const to = formatBareJid(user);
    const known = this.kept.get(to) ?? this.ask(to);
    const { name } = known;
    if (known.until <= this.clock()) void this.refresh(to, known);
    return (await name) || undefined;
  }

  /** As `nameOf`, asked anew; empty when there is none. */
  async renewed(user: Jid): Promise<string | undefined> {
    const to = formatBareJid(user);
    const known = this.kept.get(to);
    if (known === undefined) return this.ask(to).name;
    await this.refresh(to, known);
    return known.name;
  }

  private ask(to: string): Kept {
    const kept: Kept = { name: this.request(to), until: this.clock() + KEEP };
    this.kept.set(to, kept);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MOST_KEPT) break;
      this.kept.delete(oldest);
    }
    void kept.name.then((name) => {
      if (name === undefined || name === '') kept.until = this.clock() + KEEP_NONE;
    });
    return kept;
  }

  /** A name that cannot be had now is not forgotten for that. */
  private async refresh(to: string, kept: Kept): Promise<void> {
    kept.until = this.clock() + KEEP_NONE;
    const name = await this.request(to);
    if (name === undefined) return;
    kept.name = Promise.resolve(name);
    if (name !== '') kept.until = this.clock() + KEEP;
  }

  private async request(to: string): Promise<string | undefined> {
    const card = await this.get(to, el('vCard', { xmlns: NS.vcard }));
    if (card === undefined) return undefined;
    const name = nameIn(card.getChild('vCard', NS.vcard));
    return name ?? this.published(to);
  }

  /** What its server gives to everybody (XEP-0060 §4.5, access model `open`). */
  private async published(to: string): Promise<string | undefined> {
    const answers = await Promise.all([NS.vcard4Node, NS.nick].map((node) => this.get(to, el('pubsub', { xmlns: NS.pubsub }, el('items', { node, max_items: '1' })))));
    const [card, nick] = answers.map((answer) => answer?.getChild('pubsub', NS.pubsub)?.getChild('items')?.getChild('item'));
    const names = [card?.getChild('vcard', NS.vcard4)?.getChild('fn')?.getChildText('text'), nick?.getChildText('nick', NS.nick)];
    return names.map(oneLine).find((name) => name !== '') ?? (answers.includes(undefined) ? undefined : '');
  }

  /** Undefined when there was no answer. */
  private async get(to: string, payload: Element): Promise<Element | undefined> {
    const answer = await this.iq.request({ from: this.gateway, to, type: 'get', payload, deadline: DEADLINE });
    return saidIn(answer);
  }
}

function nameIn(card: Element | undefined): string | undefined {
  return [card?.getChildText('FN'), card?.getChildText('NICKNAME')].map(oneLine).find((name) => name !== '');
}

/** Foreign text: no control, format or line-breaking characters, one space between words. */
function oneLine(text: string | null | undefined): string {
  const plain = withoutForbidden(text ?? '').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  return [...plain.replace(/\s+/g, ' ').trim()].slice(0, LONGEST_NAME).join('');
}
