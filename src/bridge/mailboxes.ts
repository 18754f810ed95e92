/** Which mailbox a chat user reads, and whose mailbox an address is (rows A1, D2). */
import { bareJid, parseJid, parseMailAddress, sameDomain, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import { isFailure } from '../failure.js';
import type { BindingStore } from '../store/bindings.js';

export interface MailboxParts {
  readonly bindings: Pick<BindingStore, 'verifiedMailbox' | 'userOfMailbox'>;
  readonly gateway: GatewayNames;
  /** Nothing goes there, for whomever. @see AccessRules */
  readonly isBlocked: (mailbox: MailAddress) => boolean;
  /** The mail address that a chat user publishes of himself. Bounded in time; never rejects. */
  readonly published: (user: Jid) => Promise<MailAddress | undefined>;
}

export class Mailboxes {
  constructor(private readonly parts: MailboxParts) {}

  /**
   * The verified mailbox of his first choice; else the one of his vCard, where he may have written anything. Rejects as the store does.
   * @param user full or bare JID
   */
  async mailboxOf(user: Jid): Promise<MailAddress | undefined> {
    const verified = await this.verifiedOf(user);
    if (verified !== undefined) return verified;
    const published = await this.parts.published(bareJid(user));
    // A mail to ourselves would come back as chat to somebody.
    return published === undefined || sameDomain(published.domain, this.parts.gateway.domain) || this.parts.isBlocked(published) ? undefined : published;
  }

  /** Only one that the user has proven to be his. Rejects as the store does. */
  async verifiedOf(user: Jid): Promise<MailAddress | undefined> {
    const verified = await this.parts.bindings.verifiedMailbox(bareJid(user));
    const mailbox = verified === undefined ? undefined : addressIn(verified);
    return mailbox !== undefined && this.parts.isBlocked(mailbox) ? undefined : mailbox;
  }

  /** The bare JID whose verified mailbox it is; never by a vCard, which proves nothing. Rejects as the store does. */
  async userOf(mailbox: MailAddress): Promise<Jid | undefined> {
    const user = await this.parts.bindings.userOfMailbox(mailbox);
    const jid = user === undefined ? undefined : parseJid(user);
    if (isFailure(jid)) throw new Error(`stored user is no JID: ${user}`);
    return jid;
  }
}

function addressIn(kept: string): MailAddress {
  const address = parseMailAddress(kept);
  if (isFailure(address)) throw new Error(`stored mailbox is no mail address: ${kept}`);
  return address;
}
