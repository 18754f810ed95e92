/** Telephone numbers: their codes go by SMS, handed to a provider's mail address that sends what is mailed to it. */
import { formatPhoneNumber, parsePhoneNumber, type GatewayNames, type Jid, type PhoneNumber } from '../address.js';
import { Failure } from '../failure.js';
import { EXPIRES, type Means } from './bindable.js';
import { bySms, CodeLimits, type CodeLimitParts } from './code-limits.js';
import { formatCode } from './code.js';
import { notice } from './notice.js';
import { smsMailOf, type SmsMail } from './sms-mail.js';

export interface SmsRules {
  readonly mail: SmsMail;
  /** What the numbers begin with that codes go to; empty: anything. */
  readonly prefixes: readonly string[];
  readonly codesPerDay: number;
}

/** GSM 03.38: characters of one message. All of ours are in its alphabet, and count as one. */
export const SEGMENT = 160;

/** Free, satellite, network and premium numbers of no country: no mobile phone has one, and some cost much. */
const NO_MOBILE = /^(?:80[08]|87\d|88[1238]|979)/;
const NOT_SERVED = Failure.permanent('not-allowed', 'This gateway sends no codes to numbers of this kind.');

export function phoneMeans({ mail, prefixes, codesPerDay }: SmsRules, gateway: GatewayNames, codes: Omit<CodeLimitParts, 'kind'>, removed: (user: Jid, number: PhoneNumber) => void): Means<PhoneNumber> {
  const limits = new CodeLimits({ ...codes, kind: 'phone' }, bySms(codesPerDay));
  const isServed = (number: PhoneNumber): boolean => !NO_MOBILE.test(number.digits) && (prefixes.length === 0 || prefixes.some((prefix) => formatPhoneNumber(number).startsWith(prefix)));
  return {
    kind: 'phone',
    most: 3,
    parse: parsePhoneNumber,
    admit: (user, number) => (isServed(number) ? limits.take(user, number) : Promise.resolve(NOT_SERVED)),
    carrier: (number, _, code, now) => notice(smsMailOf(mail, number), smsText(code, gateway.domain), { gateway, now, lifetime: EXPIRES, subject: `Code for ${gateway.domain}` }),
    removed,
  };
}

/**
 * One message: nothing in it was chosen by who asked. What is said last is left out where the gateway's name is long. Lines of its own: a provider
 * that knows nothing of flowed text (RFC 3676) would send the break of a long one.
 */
export function smsText(code: string, domain: string): string {
  const said = [`Code: ${formatCode(code)}`, `Write it to ${domain} in chat within an hour.`, 'If you did not ask for it, ignore it.'];
  while (said.length > 1 && said.join('\n').length > SEGMENT) said.pop();
  return said.join('\n');
}
