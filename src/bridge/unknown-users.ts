/**
 * Chat users whom the XMPP server has just refused. XMPP does not tell a component who exists (RFC 6121 §8.5.1 makes an
 * unknown user look like a silent one), so the first mail to an unknown user is accepted and bounced; the next ones are
 * refused at RCPT for a while, which costs nobody a DSN.
 */
import type { Clock } from '../clock.js';

const REMEMBERED_MS = 10 * 60_000;
const MOST = 10_000;

export class UnknownUsers {
  private readonly until = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  add(user: string): void {
    this.until.delete(user);
    this.until.set(user, this.clock() + REMEMBERED_MS);
    const oldest = this.until.keys().next();
    if (this.until.size > MOST && !oldest.done) this.until.delete(oldest.value);
  }

  has(user: string): boolean {
    const until = this.until.get(user);
    if (until === undefined) return false;
    if (until > this.clock()) return true;
    this.until.delete(user);
    return false;
  }
}
