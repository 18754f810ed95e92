/** Codes that are given back in chat: whatever they were sent to, the user types nothing but the code. */
import { parseJid, type Jid } from '../address.js';
import { Failure, isFailure } from '../failure.js';
import type { Bindable } from '../store/bindings.js';
import { TRIES, WORDS } from './bindable.js';
import { hashOfCode, parseCode } from './code.js';
import { notice } from './notice.js';
import type { VerificationParts } from './verification.js';

export interface ConfirmationParts extends VerificationParts {
  /** It is this user's now. @param user bare JID */
  readonly verified: (kind: Bindable['kind'], address: string, user: Jid) => unknown;
  /** Which kinds can be asked for. */
  readonly kinds: readonly Bindable['kind'][];
}

const TOLD_FOR = 5 * 24 * 3_600_000;
const NO_CODE = Failure.permanent('bad-content', 'A code has eight digits.');

export class Confirmation {
  constructor(private readonly parts: ConfirmationParts) {}

  /** Rejects as the store does. @param user bare JID. @param typed the code, as it was typed */
  async confirm(user: Jid, typed: string): Promise<string | Failure> {
    const code = parseCode(typed);
    if (code === undefined) return NO_CODE;
    const { bindings, clock } = this.parts;
    const confirmed = await bindings.confirmBinding(user, hashOfCode(code, user, await this.parts.key()), TRIES, clock());
    if (confirmed.state === 'none') return this.failed(`No code of yours is awaited: it has expired, or was tried too often. ${this.again()}`);
    if (confirmed.state === 'wrong') return this.failed(`This is not the code. ${confirmed.left === 0 ? this.again() : `You have ${confirmed.left} more ${confirmed.left === 1 ? 'try' : 'tries'}.`}`);
    const { kind, address, former } = confirmed;
    this.parts.verified(kind, address, user);
    if (former !== undefined) await this.tellFormer(former, kind, address);
    return `${address} is your ${WORDS[kind].noun} now.`;
  }

  private failed(text: string): Failure {
    return Failure.permanent('not-allowed', text);
  }

  private again(): string {
    return `Write ${this.parts.kinds.map((kind) => `"${WORDS[kind].command}"`).join(' or ')} for a new one.`;
  }

  private async tellFormer(former: string, kind: Bindable['kind'], address: string): Promise<void> {
    const user = parseJid(former);
    if (isFailure(user)) throw new Error(`stored user is no JID: ${former}`);
    const { gateway, clock, send } = this.parts;
    const { noun, shown } = WORDS[kind];
    await send(notice(user, `${address} is no ${noun} of yours any more: somebody else has shown that ${shown}.`, { gateway, now: clock(), lifetime: TOLD_FOR }));
  }
}
