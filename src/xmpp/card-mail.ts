/**
 * The mail address that a chat user publishes: from the vCard4 that its server answers for it (XEP-0292 §4) or that it gives to
 * everybody by PEP (§5), else from its vCard (XEP-0054). Anybody may write anything there: it is an address to write to, and no proof.
 */
import { formatBareJid, parseMailAddress, type Jid, type MailAddress } from '../address.js';
import { Bounded } from '../bounded.js';
import type { Clock } from '../clock.js';
import { isFailure } from '../failure.js';
import type { IqCaller } from './iq.js';
import { el, NS, type Element } from './xml.js';

/** ms that each of the questions may take. */
const DEADLINE = 1_500;
/** ms that an answer is kept, also that there is none. */
const KEEP = 86_400_000;
/** ms that no answer at all is kept: the server may have been busy. */
const KEEP_SILENCE = 60_000;
const MOST_KEPT = 10_000;

interface Kept {
  readonly mail: Promise<MailAddress | undefined>;
  until: number;
}

export class CardMails {
  private readonly kept = new Bounded<string, Kept>(MOST_KEPT);

  /** @param gateway the gateway's own JID, which asks */
  constructor(
    private readonly iq: IqCaller,
    private readonly gateway: string,
    private readonly clock: Clock,
  ) {}

  /** Undefined when there is none that we can use, or no answer within 3 s. Never rejects. */
  mailOf(user: Jid): Promise<MailAddress | undefined> {
    const to = formatBareJid(user);
    const known = this.kept.get(to);
    if (known !== undefined && known.until > this.clock()) return known.mail;
    this.kept.delete(to);
    const kept: Kept = { mail: this.ask(to, () => (kept.until = this.clock() + KEEP_SILENCE)), until: this.clock() + KEEP };
    this.kept.set(to, kept);
    return kept.mail;
  }

  /** @param silent nobody answered */
  private async ask(to: string, silent: () => void): Promise<MailAddress | undefined> {
    const [card, published, old] = await Promise.all([
      this.get(to, el('vcard', { xmlns: NS.vcard4 })),
      this.get(to, el('pubsub', { xmlns: NS.pubsub }, el('items', { node: NS.vcard4Node, max_items: '1' }))),
      this.get(to, el('vCard', { xmlns: NS.vcard })),
    ]);
    if (card === undefined && published === undefined && old === undefined) silent();
    const item = published?.getChild('pubsub', NS.pubsub)?.getChild('items')?.getChild('item');
    const texts = [...mailsIn4(card?.getChild('vcard', NS.vcard4)), ...mailsIn4(item?.getChild('vcard', NS.vcard4)), ...mailsIn(old?.getChild('vCard', NS.vcard))];
    return texts.map(addressIn).find((address) => address !== undefined);
  }

  /** The answer, a refusal included; undefined when there was none. */
  private async get(to: string, payload: Element): Promise<Element | undefined> {
    const answer = await this.iq.request({ from: this.gateway, to, type: 'get', payload, deadline: DEADLINE });
    return isFailure(answer) ? undefined : answer;
  }
}

/** RFC 6351 §5: `<email><text/></email>`, the preferred one (PREF 1) first. */
function mailsIn4(card: Element | undefined): string[] {
  const mails = card?.getChildren('email') ?? [];
  const preference = (mail: Element): number => Number(mail.getChild('parameters')?.getChild('pref')?.getChildText('integer') ?? 101);
  return mails.toSorted((one, other) => preference(one) - preference(other)).flatMap((mail) => mail.getChildText('text') ?? []);
}

/** XEP-0054: `<EMAIL><PREF/><USERID/></EMAIL>`. */
function mailsIn(card: Element | undefined): string[] {
  const mails = card?.getChildren('EMAIL') ?? [];
  const preferred = mails.filter((mail) => mail.getChild('PREF') !== undefined);
  return [...preferred, ...mails].flatMap((mail) => mail.getChildText('USERID') ?? []);
}

/** Some write `mailto:`. */
function addressIn(text: string): MailAddress | undefined {
  const address = parseMailAddress(text.trim().replace(/^mailto:/i, ''));
  return isFailure(address) ? undefined : address;
}
