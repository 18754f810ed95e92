/** Keeps the relay's password out of what is logged or shown, also when the relay itself says it back to us. */
import { SmtpFault } from './fault.js';
import type { Login } from './relay-url.js';

const HIDDEN = '[hidden]';

/** The fault, with every form in which AUTH carries the password struck out of the server's words. */
export function scrub(fault: SmtpFault, login: Login | undefined): SmtpFault {
  if (login === undefined || fault.reply === undefined) return fault;
  let { words } = fault.reply;
  for (const secret of formsOf(login)) words = words.replaceAll(secret, HIDDEN);
  return new SmtpFault(fault.stage, fault.detail, { ...fault.reply, words }, fault.begun);
}

function formsOf({ user, password }: Login): string[] {
  const base64 = (text: string): string => Buffer.from(text).toString('base64').replace(/=+$/, '');
  // The longest first: the second is part of it.
  return [base64(`\0${user}\0${password}`), base64(password), password].filter((form) => form !== '');
}
