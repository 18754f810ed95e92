/** Whose a mail address is, for those who may know it (row A7). Not by whom a mail to it is read: a disposable address does not reveal its user. */
import { isFailure } from '../failure.js';
import { parseJid, sameDomain, userOfMail, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import type { Aliases } from './aliases.js';
import type { Mailboxes } from './mailboxes.js';

export interface MailOwnerParts {
  readonly mailboxes: Pick<Mailboxes, 'userOf'>;
  readonly aliases: Pick<Aliases, 'named' | 'isExpired'>;
  readonly gateway: GatewayNames;
}

/**
 * By a mailbox that he has proven to be his, by the address that he is known by, or by the one that his JID makes. Whether there is such a user
 * is not asked. Rejects as the store does.
 * @returns bare JID
 */
export async function ownerOf(mail: MailAddress, { mailboxes, aliases, gateway }: MailOwnerParts): Promise<Jid | undefined> {
  if (!sameDomain(mail.domain, gateway.domain)) return mailboxes.userOf(mail);
  const alias = aliases.named(mail.local.toLowerCase());
  // One that is asked for is nobody's yet.
  if (alias === undefined || alias.kind === 'wanted') return known(userOfMail(mail, gateway));
  const isKnownBy = alias.kind === 'own' && alias.gone !== true && alias.off !== true && !aliases.isExpired(alias);
  return isKnownBy ? known(parseJid(alias.user)) : undefined;
}

function known(user: ReturnType<typeof parseJid>): Jid | undefined {
  return isFailure(user) ? undefined : user;
}
