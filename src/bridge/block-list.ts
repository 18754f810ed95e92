/** What chat users block through their clients: the same list as by command, in JIDs. */
import { formatJid, type Jid } from '../address.js';
import type { Clock } from '../clock.js';
import type { BlockList as Contract, SpamReport } from '../edge.js';
import { Failure, isFailure } from '../failure.js';
import type { Store } from '../store/store.js';
import type { Consent } from './consent.js';
import { isAllowed, type AccessRules } from './policy.js';
import { entryOfJid, jidOfEntry } from './strangers.js';

interface Parts {
  readonly consent: Consent;
  readonly store: Pick<Store, 'record'>;
  readonly rules: AccessRules;
  readonly clock: Clock;
}

const NOT_YOURS = Failure.permanent('not-allowed', 'This gateway does not serve you in this.');
const NOBODY = Failure.permanent('bad-address', 'This stands for nobody who could be blocked.');

export class BlockList implements Contract {
  constructor(private readonly parts: Parts) {}

  async block(user: Jid, whom: Jid, report?: SpamReport): Promise<Failure | undefined> {
    const entry = this.entry(user, whom);
    if (isFailure(entry)) return entry;
    const blocked = await this.parts.consent.block(user, { entry });
    if (isFailure(blocked)) return blocked;
    if (report !== undefined) await this.record(user, entry, report);
    return undefined;
  }

  async unblock(user: Jid, whom: Jid): Promise<Failure | undefined> {
    const entry = this.entry(user, whom);
    if (isFailure(entry)) return entry;
    const unblocked = await this.parts.consent.unblock(user, { entry });
    // XEP-0191 §3.3: what is not blocked is unblocked all the same; what stays blocked is not.
    return isFailure(unblocked) && unblocked.reason !== 'no-such-recipient' ? unblocked : undefined;
  }

  async unblockAll(user: Jid): Promise<Failure | undefined> {
    if (!isAllowed(user, this.parts.rules)) return NOT_YOURS;
    for (const { mail } of await this.parts.consent.blocked(user)) await this.parts.consent.unblock(user, { entry: mail });
    return undefined;
  }

  async blocked(user: Jid): Promise<readonly string[] | Failure> {
    if (!isAllowed(user, this.parts.rules)) return NOT_YOURS;
    const entries = await this.parts.consent.blocked(user);
    return [...new Set(entries.map(({ mail }) => jidOfEntry(mail, this.parts.rules.gateway)))];
  }

  private entry(user: Jid, whom: Jid): string | Failure {
    if (!isAllowed(user, this.parts.rules)) return NOT_YOURS;
    return entryOfJid(whom, this.parts.rules.gateway) ?? NOBODY;
  }

  private record(user: Jid, entry: string, { reason, text }: SpamReport): Promise<void> {
    const words = text === undefined ? '' : `: ${text}`;
    const failure = Failure.permanent('not-allowed', `Reported as ${reason}${words}`);
    return this.parts.store.record({ at: this.parts.clock(), what: 'reported', from: entry, to: formatJid(user), failure: failure.toRecord() });
  }
}
