/** The mail address of a number at a provider that makes an SMS of what is mailed to it. */
import { formatPhoneNumber, parseMailAddress, type MailAddress, type PhoneNumber } from '../address.js';
import { isFailure, type Failure } from '../failure.js';

/** What stands before and behind the number. */
export interface SmsMail {
  readonly before: string;
  /** The provider wants the number with its plus. */
  readonly plus: boolean;
  readonly behind: string;
}

const FORM = /^([^{}@]*)\{(\+?)number\}([^{}]*@[^{}@]+)$/;
/** The longest there is. */
const SAMPLE: PhoneNumber = { kind: 'phone', digits: '123456789012345' };

/** A mail address in which `{number}` stands for the digits, or `{+number}` for them with their plus; undefined for anything else. */
export function parseSmsMail(text: string): SmsMail | undefined {
  const [, before = '', plus = '', behind] = FORM.exec(text) ?? [];
  if (behind === undefined) return undefined;
  const form = { before, plus: plus !== '', behind };
  return isFailure(filled(form, SAMPLE)) ? undefined : form;
}

export function smsMailOf(form: SmsMail, number: PhoneNumber): MailAddress {
  const address = filled(form, number);
  if (isFailure(address)) throw new Error(`no mail address for a number: ${address.text}`);
  return address;
}

function filled({ before, plus, behind }: SmsMail, number: PhoneNumber): MailAddress | Failure {
  return parseMailAddress(`${before}${plus ? formatPhoneNumber(number) : number.digits}${behind}`);
}
