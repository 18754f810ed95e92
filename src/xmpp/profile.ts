/** The display name of a chat user, from its vCard (XEP-0054), for the From field of its mails. */
import { bareJid, formatJid, type Jid } from '../address.js';
import type { Clock } from '../clock.js';
import { isFailure } from '../failure.js';
import type { IqCaller } from './iq.js';
import { withoutForbidden } from '../translate/xml-text.js';
import { el, NS, type Element } from './xml.js';

/** ms that the writer of a mail waits for the name. */
const DEADLINE = 3_000;
/** ms that a name is kept. */
const KEEP = 24 * 3600_000;
/** ms that "there is none" is kept, which may only mean that the server was busy. */
const KEEP_NONE = 600_000;
const MOST_KEPT = 10_000;
const LONGEST_NAME = 100;

interface Kept {
  readonly name: Promise<string | undefined>;
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

  /** FN, or else NICKNAME; one line of at most 100 characters. Undefined when there is none or no answer within 3 s. */
  nameOf(user: Jid): Promise<string | undefined> {
    const to = formatJid(bareJid(user));
    const known = this.kept.get(to);
    if (known !== undefined && known.until > this.clock()) return known.name;
    return this.ask(to);
  }

  private ask(to: string): Promise<string | undefined> {
    const kept: Kept = { name: this.request(to), until: this.clock() + KEEP };
    this.kept.delete(to);
    this.kept.set(to, kept);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MOST_KEPT) break;
      this.kept.delete(oldest);
    }
    void kept.name.then((name) => {
      if (name === undefined) kept.until = this.clock() + KEEP_NONE;
    });
    return kept.name;
  }

  private async request(to: string): Promise<string | undefined> {
    const payload = el('vCard', { xmlns: NS.vcard });
    const answer = await this.iq.request({ from: this.gateway, to, type: 'get', payload, deadline: DEADLINE });
    return isFailure(answer) ? undefined : nameIn(answer);
  }
}

function nameIn(iq: Element): string | undefined {
  const card = iq.attrs.type === 'result' ? iq.getChild('vCard', NS.vcard) : undefined;
  const found = [card?.getChildText('FN'), card?.getChildText('NICKNAME')].map(oneLine).find((name) => name !== '');
  return found;
}

/** Foreign text: no control, format or line-breaking characters, one space between words. */
function oneLine(text: string | null | undefined): string {
  const plain = withoutForbidden(text ?? '').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  return [...plain.replace(/\s+/g, ' ').trim()].slice(0, LONGEST_NAME).join('');
}
