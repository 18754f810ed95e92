/** The one line that tells a chat user, at the first message that is taken, what the gateway can do for him. Once, ever. */
import { bareJid, formatBareJid, formatJid, type GatewayNames, type Jid } from '../address.js';
import type { Clock } from '../clock.js';
import type { Accepted } from '../edge.js';
import type { Log } from '../log.js';
import type { Message } from '../message.js';
import type { NewMessage } from '../store/new-message.js';
import { StoreError } from '../store/store-error.js';
import type { Store } from '../store/store.js';
import { acceptAndQueue, type OutletQueue } from './accept.js';
import type { Accounts } from './accounts.js';
import { notice } from './notice.js';

export interface WelcomeParts {
  readonly accounts: Accounts;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly gateway: GatewayNames;
  readonly queueOf: (outlet: 'xmpp' | 'smtp') => OutletQueue;
  /** ms. */
  readonly lifetime: number;
}

export class Welcome {
  constructor(private readonly parts: WelcomeParts) {}

  /** A message was handed in, with this result. Never rejects: a word of welcome is not worth an error. */
  async wrote(message: Message, accepted: readonly Accepted[]): Promise<void> {
    const { accounts, log } = this.parts;
    const { sender, source } = message;
    if (source !== 'xmpp' || sender.kind !== 'jid' || accounts.wasGreeted(sender)) return;
    if (!accepted.some(({ result }) => result === 'stored')) return;
    accounts.greeting(sender);
    try {
      await this.tell(sender);
    } catch (err) {
      if (!(err instanceof StoreError)) throw err;
      accounts.notGreeted(sender);
      log.warn({ err, user: formatBareJid(sender) }, 'a new user could not be told what can be set; it is tried again at the next message');
    }
  }

  /** The message first: a crash between the two makes it a repeat, which is not sent again. */
  private async tell(user: Jid): Promise<void> {
    const { accounts, clock } = this.parts;
    await acceptAndQueue(this.line(user), this.parts);
    await accounts.greet(user, clock());
  }

  private line(user: Jid): NewMessage {
    const { clock, gateway, lifetime } = this.parts;
    const { domain } = gateway;
    const recipient = bareJid(user);
    const text = `This is the mail gateway ${domain}. Write "help" to ${domain}, or open its commands, to see what you can set.`;
    return notice(recipient, text, { gateway, now: clock(), lifetime, sourceKey: `welcome ${formatJid(recipient)}` });
  }
}
