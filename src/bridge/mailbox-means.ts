/** Mailboxes: their codes are mailed. */
import { formatJid, formatMailAddress, parseMailAddress, sameDomain, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import { Failure } from '../failure.js';
import { EXPIRES, type Means } from './bindable.js';
import { CodeLimits, MAILED, type CodeLimitParts } from './code-limits.js';
import { formatCode } from './code.js';
import { notice } from './notice.js';
import type { AccessRules } from './policy.js';

const OWN = Failure.permanent('not-allowed', 'This is an address of the gateway itself; bind a mailbox that is elsewhere.');

export function mailboxMeans({ gateway, isBlocked }: Pick<AccessRules, 'gateway' | 'isBlocked'>, codes: Omit<CodeLimitParts, 'kind'>): Means<MailAddress> {
  const limits = new CodeLimits({ ...codes, kind: 'mail' }, MAILED);
  return {
    kind: 'mail',
    most: 10,
    parse: parseMailAddress,
    admit: (user, address) => {
      if (sameDomain(address.domain, gateway.domain)) return Promise.resolve(OWN);
      return isBlocked(address) ? Promise.resolve(blocked(address)) : limits.take(user, address);
    },
    carrier: (address, user, code, now) => notice(address, mailText(user, code, gateway), { gateway, now, lifetime: EXPIRES, subject: `Code for ${gateway.domain}` }),
  };
}

function blocked(address: MailAddress): Failure {
  return Failure.permanent('not-allowed', `The operators of this gateway have blocked ${formatMailAddress(address)}: nothing goes there.`);
}

/** Nothing in it was chosen by who asked, but for the name that his server gave him. */
function mailText(user: Jid, code: string, { domain }: GatewayNames): string {
  return [
    `The chat user ${formatJid(user)} wants to use this mailbox with the mail gateway ${domain}.`,
    `Code: ${formatCode(code)}`,
    `If this is you, write the code to ${domain} in your chat client within an hour.`,
    `If it is not you, you need not do anything: without the code nothing happens. If it goes on, please tell postmaster@${domain}.`,
  ].join('\n\n');
}
