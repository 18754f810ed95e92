/** Binds mailboxes, and telephone numbers, to chat users: a code is sent there, and typed back in chat (src/bridge/confirmation.ts). */
import type { GatewayNames, Jid } from '../address.js';
import type { Clock } from '../clock.js';
import { Failure, isFailure } from '../failure.js';
import type { Binding, BindingStore } from '../store/bindings.js';
import type { NewMessage } from '../store/new-message.js';
import { EXPIRES, formatBindable, WORDS, type Bindable, type Means } from './bindable.js';
import { hashOfCode, newCode } from './code.js';

export interface VerificationParts {
  readonly bindings: BindingStore;
  /** Keys the hashes of codes. */
  readonly key: () => Promise<Uint8Array>;
  readonly gateway: GatewayNames;
  readonly clock: Clock;
  /** Stores and queues. Rejects as the store does. */
  readonly send: (one: NewMessage) => Promise<unknown>;
}

/** Of one kind. */
export class Verification<T extends Bindable> {
  constructor(
    private readonly parts: VerificationParts,
    private readonly means: Means<T>,
  ) {}

  /** Sends a code. Rejects as the store does. @param user bare JID. @param typed the address, as it was typed */
  async ask(user: Jid, typed: string): Promise<string | Failure> {
    const address = this.means.parse(typed);
    if (isFailure(address)) return address;
    const { parts: { bindings, clock }, means } = this;
    const had = await bindings.bindingsOf(user, means.kind);
    const same = had.find((binding) => binding.address.toLowerCase() === formatBindable(address).toLowerCase());
    if (same?.verifiedAt !== undefined) return `${same.address} is verified already.`;
    if (same === undefined && had.length >= means.most) return Failure.permanent('too-many', `You have ${means.most} ${WORDS[means.kind].plural} already. Remove one first.`);
    const refused = await means.admit(user, address);
    if (refused !== undefined) return refused;
    const code = newCode();
    const now = clock();
    await bindings.askBinding({ user, address, codeHash: hashOfCode(code, user, await this.parts.key()), at: now, expiresAt: now + EXPIRES });
    await this.parts.send(means.carrier(address, user, code, now));
    return `A code goes to ${formatBindable(address)} now. Write it here within an hour.`;
  }

  /** Rejects as the store does. @param user bare JID */
  async choose(user: Jid, typed: string): Promise<string | Failure> {
    return this.withOwn(typed, async (address) => ((await this.parts.bindings.chooseBinding(user, address, this.parts.clock())) ? `${formatBindable(address)} is your first choice now.` : undefined));
  }

  /** Rejects as the store does. @param user bare JID */
  async remove(user: Jid, typed: string): Promise<string | Failure> {
    return this.withOwn(typed, async (address) => {
      if (!(await this.parts.bindings.removeBinding(user, address))) return undefined;
      this.means.removed?.(user, address);
      return `${formatBindable(address)} is no ${this.words.noun} of yours any more.`;
    });
  }

  /** Rejects as the store does. @param user bare JID */
  async list(user: Jid): Promise<string> {
    const had = await this.parts.bindings.bindingsOf(user, this.means.kind);
    return had.length === 0 ? `You have bound no ${this.words.noun}. Write "${this.words.command}" to bind one.` : had.map(told).join('\n');
  }

  private get words(): (typeof WORDS)[Bindable['kind']] {
    return WORDS[this.means.kind];
  }

  private async withOwn(typed: string, act: (address: T) => Promise<string | undefined>): Promise<string | Failure> {
    const address = this.means.parse(typed);
    if (isFailure(address)) return address;
    return (await act(address)) ?? Failure.permanent('no-such-recipient', `${formatBindable(address)} is no ${this.words.noun} of yours.`);
  }
}

function told({ kind, address, verifiedAt, first, expiresAt = 0 }: Binding): string {
  if (verifiedAt === undefined) return `${address}: its code is awaited until ${new Date(expiresAt).toUTCString()}`;
  return first === true && kind === 'mail' ? `${address} (first choice)` : address;
}
