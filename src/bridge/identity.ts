/** By which of his addresses a chat user writes. */
import { bareJid, formatMailAddress, mailOfUser, parseMailAddress, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import { isFailure } from '../failure.js';
import type { Aliases } from './aliases.js';
import { preference } from './preference.js';
import type { Preferences } from './preferences.js';

/** A local part; `own` for his own address, or the plain one where he has none; `plain`. */
export const IDENTITY = preference<string>({
  name: 'identity',
  label: 'The address that you write by',
  kind: 'text',
  form: '[ADDRESS|own|plain]',
  meaning: 'the address that you write by; an answer goes out by the address that was written to',
  expected: 'one of your addresses, "own", or "plain" for the address of your chat name',
  fallback: 'own',
  parse: (text) => (text === '' || text.length > 64 ? undefined : text.toLowerCase()),
  format: (value) => value,
  tell: (value) => value,
  read: (kept) => (typeof kept === 'string' ? kept : undefined),
});

export class Identities {
  constructor(
    private readonly aliases: Aliases,
    private readonly preferences: Preferences,
  ) {}

  /**
   * The address of his that stands in From, never one that is not of this gateway: nobody could prove it.
   * @param user full or bare JID. @param cameBy the address of his by which the conversation runs
   * @returns undefined for the address of his JID
   */
  writesBy(user: Jid, cameBy?: string): MailAddress | undefined {
    const came = cameBy === undefined ? undefined : parseMailAddress(cameBy);
    if (came === undefined || isFailure(came)) return this.chosen(user);
    const plain = this.aliases.plainOf(user);
    if (!isFailure(plain) && formatMailAddress(plain) === formatMailAddress(came)) return this.plain(user);
    return this.aliases.usable(user, came.local) ?? this.chosen(user);
  }

  /** Also where he has switched that off since: then it is the plain one. */
  private chosen(user: Jid): MailAddress | undefined {
    const wanted = this.preferences.get(IDENTITY, user);
    const local = wanted === 'own' ? this.aliases.ownOf(user)?.local : wanted === 'plain' ? undefined : wanted;
    return (local === undefined ? undefined : this.aliases.usable(user, local)) ?? this.plain(user);
  }

  /** Undefined where his JID tells it. */
  private plain(user: Jid): MailAddress | undefined {
    const plain = this.aliases.plainOf(user);
    return isFailure(plain) || formatMailAddress(plain) === usual(user, this.aliases.gateway) ? undefined : plain;
  }
}

function usual(user: Jid, gateway: GatewayNames): string | undefined {
  const plain = mailOfUser(bareJid(user), gateway);
  return isFailure(plain) ? undefined : formatMailAddress(plain);
}
