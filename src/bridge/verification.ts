/** Binds mailboxes to chat users: a code is mailed to the mailbox, and typed back in chat. */
import { formatJid, formatMailAddress, parseJid, parseMailAddress, sameDomain, type GatewayNames, type Jid, type MailAddress } from '../address.js';
import type { Clock } from '../clock.js';
import { Failure, isFailure } from '../failure.js';
import type { Binding } from '../store/bindings.js';
import type { BindingStore, NewMessage } from '../store/store.js';
import { formatCode, hashOfCode, newCode, parseCode } from './code.js';
import { CodeLimits } from './code-limits.js';
import { notice } from './notice.js';

export interface VerificationParts {
  readonly bindings: BindingStore;
  /** Keys the hashes of codes. */
  readonly key: () => Promise<Uint8Array>;
  readonly gateway: GatewayNames;
  readonly clock: Clock;
  /** Stores and queues. Rejects as the store does. */
  readonly send: (one: NewMessage) => Promise<unknown>;
}

const HOUR = 3_600_000;
/** How long a code is good, ms, and for how many tries. */
const EXPIRES = HOUR;
const TRIES = 5;
/** Mailboxes of one user, those that are not verified yet too. */
const MOST = 10;
const TOLD_FOR = 5 * 24 * HOUR;

const OWN = Failure.permanent('not-allowed', 'This is an address of the gateway itself; bind a mailbox that is elsewhere.');
const FULL = Failure.permanent('too-many', `You have ${MOST} mailboxes already. Remove one first.`);
const NO_CODE = Failure.permanent('bad-content', 'A code has eight digits.');
const NONE_AWAITED = Failure.permanent('not-allowed', 'No code of yours is awaited: it has expired, or was tried too often. Write "mailbox ADDRESS" for a new one.');

export class Verification {
  private readonly limits: CodeLimits;

  constructor(private readonly parts: VerificationParts) {
    this.limits = new CodeLimits(parts.clock);
  }

  /** Mails a code. Rejects as the store does. @param user bare JID. @param typed the address, as it was typed */
  async ask(user: Jid, typed: string): Promise<string | Failure> {
    const address = parseMailAddress(typed);
    if (isFailure(address)) return address;
    const { bindings, gateway, clock } = this.parts;
    if (sameDomain(address.domain, gateway.domain)) return OWN;
    const had = await bindings.bindingsOf(user);
    const same = had.find((binding) => binding.address.toLowerCase() === formatMailAddress(address).toLowerCase());
    if (same?.verifiedAt !== undefined) return `${same.address} is verified already.`;
    if (same === undefined && had.length >= MOST) return FULL;
    const refused = this.limits.take(user, address);
    if (refused !== undefined) return refused;
    const code = newCode();
    const now = clock();
    await bindings.askBinding({ user, address, codeHash: hashOfCode(code, user, await this.parts.key()), at: now, expiresAt: now + EXPIRES });
    await this.parts.send(notice(address, mailText(user, code, gateway), { gateway, now, lifetime: EXPIRES, subject: `Code for ${gateway.domain}` }));
    return `A code goes to ${formatMailAddress(address)} now. Write it here within an hour.`;
  }

  /** Rejects as the store does. @param user bare JID. @param typed the code, as it was typed */
  async confirm(user: Jid, typed: string): Promise<string | Failure> {
    const code = parseCode(typed);
    if (code === undefined) return NO_CODE;
    const { bindings, clock } = this.parts;
    const confirmed = await bindings.confirmBinding(user, hashOfCode(code, user, await this.parts.key()), TRIES, clock());
    if (confirmed.state === 'none') return NONE_AWAITED;
    if (confirmed.state === 'wrong') return wrong(confirmed.left);
    const { address, former } = confirmed;
    if (former !== undefined) await this.tellFormer(former, address);
    return `${address} is your mailbox now.`;
  }

  /** Rejects as the store does. @param user bare JID */
  async choose(user: Jid, typed: string): Promise<string | Failure> {
    return this.withOwn(typed, async (address) => ((await this.parts.bindings.chooseBinding(user, address, this.parts.clock())) ? `${formatMailAddress(address)} is your first choice now.` : undefined));
  }

  /** Rejects as the store does. @param user bare JID */
  async remove(user: Jid, typed: string): Promise<string | Failure> {
    return this.withOwn(typed, async (address) => ((await this.parts.bindings.removeBinding(user, address)) ? `${formatMailAddress(address)} is no mailbox of yours any more.` : undefined));
  }

  /** Rejects as the store does. @param user bare JID */
  async list(user: Jid): Promise<string> {
    const had = await this.parts.bindings.bindingsOf(user);
    return had.length === 0 ? 'You have bound no mailbox. Write "mailbox ADDRESS" to bind one.' : had.map(told).join('\n');
  }

  private async withOwn(typed: string, act: (address: MailAddress) => Promise<string | undefined>): Promise<string | Failure> {
    const address = parseMailAddress(typed);
    if (isFailure(address)) return address;
    return (await act(address)) ?? Failure.permanent('no-such-recipient', `${formatMailAddress(address)} is no mailbox of yours.`);
  }

  private async tellFormer(former: string, address: string): Promise<void> {
    const user = parseJid(former);
    if (isFailure(user)) throw new Error(`stored user is no JID: ${former}`);
    const { gateway, clock, send } = this.parts;
    await send(notice(user, `${address} is no mailbox of yours any more: somebody else has shown that he reads it.`, { gateway, now: clock(), lifetime: TOLD_FOR }));
  }
}

function wrong(left: number): Failure {
  const more = left === 0 ? 'Write "mailbox ADDRESS" for a new one.' : `You have ${left} more ${left === 1 ? 'try' : 'tries'}.`;
  return Failure.permanent('not-allowed', `This is not the code. ${more}`);
}

function told({ address, verifiedAt, first, expiresAt = 0 }: Binding): string {
  if (verifiedAt === undefined) return `${address}: its code is awaited until ${new Date(expiresAt).toUTCString()}`;
  return first === true ? `${address} (first choice)` : address;
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
