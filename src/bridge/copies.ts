/**
 * Copies of what the home server keeps for users who are offline, as its optional module hands them over. The server has the message and
 * delivers it when the user comes: a copy that is not mailed is not lost, and nobody is told. So it is mailed only where all agrees: the user
 * asks for it, does not block the author, no limit is reached, and no two machines talk to each other.
 */
import { bareJid, formatAddress, formatMailAddress, type Jid, type MailAddress } from '../address.js';
import { Failure } from '../failure.js';
import type { SparingLog } from '../log.js';
import type { Message } from '../message.js';
import type { Consent } from './consent.js';
import type { Forwarding } from './forward.js';
import type { IncidentLog } from './incident-log.js';
import type { Limits } from './limits.js';
import type { LoopGuard } from './loop.js';

interface Parts {
  readonly forwarding: Pick<Forwarding, 'wanted' | 'copy'>;
  readonly consent: Pick<Consent, 'sort'>;
  readonly limits: Pick<Limits, 'copy'>;
  readonly loops: Pick<LoopGuard, 'admit'>;
  readonly trouble: SparingLog;
  readonly incidents: Pick<IncidentLog, 'refused'>;
}

export class Copies {
  constructor(private readonly parts: Parts) {}

  /** As `Intake.copied`. */
  async take(from: Jid, to: MailAddress, message: Message): Promise<void> {
    const { forwarding, incidents, trouble } = this.parts;
    try {
      const wanted = await forwarding.wanted(from, to, message);
      if (wanted === undefined) return;
      const { user, mailbox } = wanted;
      const admitted = await this.admit(message, user, mailbox);
      if (admitted instanceof Failure) incidents.refused(formatAddress(bareJid(from)), formatMailAddress(to), admitted);
      else if (admitted !== undefined) await forwarding.copy(admitted, user, mailbox);
    } catch (err) {
      trouble.error({ message: message.id, err }, 'a copy of an offline message is not mailed');
    }
  }

  /** Undefined for whom the user blocks. Rejects as the store does. */
  private async admit(message: Message, user: Jid, mailbox: MailAddress): Promise<Message | Failure | undefined> {
    const { consent, loops, limits } = this.parts;
    const sorted = await consent.sort(message, [{ outlet: 'xmpp', recipient: user }]);
    if (sorted !== undefined && sorted.refused.length > 0) return undefined;
    // Answers come from the user's contact if they are proven, else from the mailbox.
    const asUser = loops.admit(message, user);
    const asMail = loops.admit(message, mailbox);
    if (asUser instanceof Failure) return asUser;
    if (asMail instanceof Failure) return asMail;
    return limits.copy(message, user, mailbox) ?? ((asMail.hops ?? 0) > (asUser.hops ?? 0) ? asMail : asUser);
  }
}
