/** Who a message is for besides the two whose conversation it is in. Pure. */
import { sameDomain, userOfMail, type GatewayNames, type Jid, type MailAddress } from './address.js';
import { isFailure } from './failure.js';
import type { Addressee, Addressees } from './message.js';

/** More than this in one message are no circle of people. */
export const MOST_ADDRESSEES = 100;

/** Equal for addresses that a contact's JID cannot tell apart. */
export function addressKey({ local, domain }: MailAddress): string {
  return `${local.toLowerCase()}@${domain}`;
}

/** The address itself, and every entry of a list that covers it: its domain, and the domains above with `*.`. @param key as `addressKey` writes it */
export function entriesOver(key: string): string[] {
  const domain = key.slice(key.lastIndexOf('@') + 1);
  const labels = domain.split('.');
  return [key, `@${domain}`, ...labels.map((_, i) => `@*.${labels.slice(i).join('.')}`)];
}

/** The chat user of this gateway's that a mail address stands for. */
export function chatUserOf(address: MailAddress, gateway: GatewayNames): Jid | undefined {
  if (!sameDomain(address.domain, gateway.domain)) return undefined;
  const user = userOfMail(address, gateway);
  return isFailure(user) ? undefined : user;
}

export function isChatUser(address: MailAddress, { local, domain }: Jid, gateway: GatewayNames): boolean {
  const user = chatUserOf(address, gateway);
  return user !== undefined && user.local === local && sameDomain(user.domain, domain);
}

/** Each address once, where it stands first, of those that are wanted. */
export function onlyThose({ to, cc }: Addressees, wanted: (one: Addressee) => boolean): Addressees {
  const seen = new Set<string>();
  const keep = (one: Addressee): boolean => {
    const key = addressKey(one.address);
    return !seen.has(key) && seen.add(key).size > 0 && wanted(one);
  };
  return { to: to.filter(keep), cc: cc.filter(keep) };
}
