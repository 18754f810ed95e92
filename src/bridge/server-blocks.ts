/** What chat users block at their own servers: noticed when a message comes back, and given up when it would come through again. */
import { contactOf, formatBareJid, formatJid, type Address, type Jid, type MailAddress } from '../address.js';
import { addressKey } from '../addressees.js';
import { Bounded } from '../bounded.js';
import type { Clock } from '../clock.js';
import { isFailure, type Failure } from '../failure.js';
import type { Consent } from './consent.js';
import type { AccessRules } from './policy.js';

interface Parts {
  readonly rules: AccessRules;
  readonly clock: Clock;
  /** Does this user's server block this contact? Undefined when it cannot be told. Never rejects. */
  readonly probe: (user: Jid, contact: Jid) => Promise<boolean | undefined>;
}

/** An answer is good for this long: a flood of mail is no flood of questions. */
const GOOD_FOR_MS = 5_000;
/** At once, and answers remembered. */
const MOST_OPEN = 50;
const MOST_KNOWN = 1_000;

export class ServerBlocks {
  private readonly known = new Bounded<string, { readonly at: number; readonly answer: Promise<boolean | undefined> }>(MOST_KNOWN);
  private asking = 0;

  constructor(private readonly parts: Parts) {}

  /**
   * A message of the sender's came back. Rejects as the store does.
   * @returns whether that is because he is blocked; then that is kept
   */
  async cameBack(recipient: Address, sender: Address, failure: Failure, consent: Consent): Promise<boolean> {
    if (recipient.kind !== 'jid' || sender.kind !== 'mail' || !MAY_BE_BLOCKED.has(failure.reason)) return false;
    if ((await this.ask(recipient, sender)) !== true) return false;
    return !isFailure(await consent.block(recipient, { entry: addressKey(sender) }, 'server'));
  }

  /** Undefined when it cannot be told. */
  ask(user: Jid, mail: MailAddress): Promise<boolean | undefined> {
    const contact = contactOf(mail, this.parts.rules.gateway);
    if (isFailure(contact)) return Promise.resolve(undefined);
    const key = `${formatBareJid(user)} ${formatJid(contact)}`;
    const now = this.parts.clock();
    const held = this.known.get(key);
    if (held !== undefined && now - held.at < GOOD_FOR_MS) return held.answer;
    if (this.asking >= MOST_OPEN) return Promise.resolve(undefined);
    this.asking++;
    const answer = this.parts.probe(user, contact).finally(() => this.asking--);
    this.known.delete(key);
    this.known.set(key, { at: now, answer });
    return answer;
  }
}

/** How an edge says that the server sent it back. */
const MAY_BE_BLOCKED: ReadonlySet<Failure['reason']> = new Set(['recipient-unavailable', 'no-such-recipient', 'not-allowed'] as const);
